// Pictures to viewers, and input back.

export { type GuardOptions, guardPasswords } from './attempts';
export { Display, type DisplayOptions } from './display';
export { qmpInput, type QmpExecutor, type QmpInput, type QmpInputOptions } from './input/qmp-input';
export { type Picture, PictureSource, type PictureSourceOptions } from './picture-source';
export { ResourceSource, type ResourceSourceOptions, type ShownTexture } from './resource-source';
export type { PasswordAttempt, RfbAccess, RfbAuthenticate } from './rfb/access';
export { serveRfbConnection } from './rfb/connection';
export type { RfbEvent } from './rfb/events';
export type { RfbEnd, RfbEndKind, RfbLimits, RfbOptions } from './rfb/options';
export type * from './source';
export type { ViewEvent } from './view/events';
export type { ServeViewOptions, ViewLimits } from './view/options';
export { serveView, type ViewServer } from './view/serve-view';
export { serveVnc, VncServer, type VncServerEvent, type VncServerOptions } from './vnc-server';
