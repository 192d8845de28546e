// The vtest protocol: stock Mesa clients on our renderer, and our scripts on anybody's server.

export { VtestClient, type VtestClientOptions, type VtestConnectOptions } from './client/client';
export { type InlineTransferArgs, type SharedTransferArgs, VtestCommands } from './client/command-methods';
export type { ConnectionEnd } from './client/connection';
export type { CreatedBlob, CreatedResource, TextureArgs } from './client/resources';
export type { SubmitBatch, SyncPoint, SyncWaitArgs } from './client/sync';
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
export type { WrapHost, WrapHostModule, WrappedClient } from './process/wrap-host';
export type { VtestClientInfo, VtestClientReport, VtestServerEvent } from './server/events';
export { DEFAULT_SOCKET_PATH, type VtestServerMode, type VtestServerOptions } from './server/options';
export { VtestServer } from './server/server';
export { DEFAULT_LIMITS, type SessionLimits } from './session/limits';
export { openPrivateHost, type PrivateHostOptions } from './host/private-host';
export { VtestHost, type VtestHostOptions } from './host/vtest-host';
