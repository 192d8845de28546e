// What a vhost-user-gpu server has to tell.

/** A QEMU that a server serves. */
export interface GpuClientInfo {
  /** Counted from 1. */
  client: number;
  /** Its process, as the kernel knows it. */
  pid: number;
}

/** How a QEMU's connection went. */
export interface GpuClientReport {
  /** Commands of the guest. */
  commands: number;
  durationMs: number;
  /** The command that was begun last. */
  lastCommand?: string;
  /** Why the server ended it, or how its session process died; undefined when QEMU left. */
  reason?: string;
  /** The signal that killed its session process. */
  signal?: string;
}

/** Something that happened in a {@link VhostUserGpuServer}; one line of its log. */
export type VhostUserGpuEvent =
  | { event: 'listening'; path: string }
  | ({ event: 'connected' } & GpuClientInfo)
  | ({ event: 'refused'; reason: string } & GpuClientInfo)
  /** The guest or its QEMU did something wrong. */
  | ({ event: 'warning'; message: string } & GpuClientInfo)
  /** What virglrenderer said while it worked for this guest. */
  | ({ event: 'library'; message: string } & GpuClientInfo)
  /** A display of the guest shows something of this size; 0x0 for nothing. */
  | ({ event: 'display'; display: number; width: number; height: number } & GpuClientInfo)
  | ({ event: 'disconnected' } & GpuClientInfo & GpuClientReport)
  | { event: 'closed'; path?: string };
