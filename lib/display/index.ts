// Pictures to viewers, and input back.

export { type GuardOptions, guardPasswords } from './attempts';
export { Display, type DisplayOptions } from './display';
export type { PasswordAttempt, RfbAccess, RfbAuthenticate } from './rfb/access';
export { serveRfbConnection } from './rfb/connection';
export type { RfbEvent } from './rfb/events';
export type { RfbEnd, RfbEndKind, RfbLimits, RfbOptions } from './rfb/options';
export type * from './source';
export { serveVnc, VncServer, type VncServerEvent, type VncServerOptions } from './vnc-server';
