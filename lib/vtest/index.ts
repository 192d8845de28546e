// The vtest protocol: stock Mesa clients on our renderer, and our scripts on anybody's server.

export {
  commonVersion,
  MAX_TIMELINE_COUNT,
  NEWEST_VTEST_VERSION,
  VTEST_COMMAND_NAMES,
  VTEST_COMMANDS,
  type VtestCommand,
  type VtestCommandName,
  type VtestFields,
  type VtestTail,
  type VtestVersion,
} from './commands';
export { clientEnvironment, runProgram, type RunOptions, type RunReport } from './run/run-program';
export type { VtestClientInfo, VtestClientReport, VtestServerEvent } from './server/events';
export { DEFAULT_SOCKET_PATH, type VtestServerMode, type VtestServerOptions } from './server/options';
export { VtestServer } from './server/server';
export { DEFAULT_LIMITS, type SessionLimits } from './session/limits';
