// What a vtest server has to tell.

/** A client of a server. */
export interface VtestClientInfo {
  /** Counted from 1. */
  client: number;
  /** Its process, as the kernel knows it. */
  pid: number;
}

/** Something that happened in a {@link VtestServer}; one line of its log. */
export type VtestServerEvent =
  | { event: 'listening'; path: string }
  | ({ event: 'connected' } & VtestClientInfo)
  | ({ event: 'refused'; reason: string } & VtestClientInfo)
  | ({ event: 'warning'; message: string } & VtestClientInfo)
  /** What virglrenderer said while it worked for this client. */
  | ({ event: 'library'; message: string } & VtestClientInfo)
  | ({ event: 'disconnected' } & VtestClientInfo & VtestClientReport)
  | { event: 'closed'; path: string };

/** How a client's connection went. */
export interface VtestClientReport {
  /** As the client called itself. */
  name?: string;
  commands: number;
  submits: number;
  receivedBytes: number;
  durationMs: number;
  /** The command that was begun last. */
  lastCommand?: string;
  /** Why the server ended it, or how its session process died; undefined when the client left. */
  reason?: string;
  /** The signal that killed its session process. */
  signal?: string;
}
