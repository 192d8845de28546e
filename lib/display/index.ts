// Pictures to viewers, and input back.

export { Display } from './display';
export { serveRfbConnection } from './rfb/connection';
export type { RfbEvent } from './rfb/events';
export type {
  PasswordAttempt,
  RfbAccess,
  RfbAuthenticate,
  RfbEnd,
  RfbEndKind,
  RfbLimits,
  RfbOptions,
} from './rfb/options';
export type * from './source';
