// The loop of a session process: waits for the front-end, kicks, fences and displays on the thread that renders, all in one place, and
// wakes no other thread. Each round is a turn of the event loop, so that what was promised in the last one is done before it waits again.

import { type ReceiveSyncOptions, UnixSocket } from '../../host';
import { VirglError } from '../../protocol/error';
import type { VhostUserBackend } from '../backend/vhost-user-backend';
import type { VhostUserRequest } from '../protocol/message';
import { END, RequestReader } from '../protocol/request-reader';
import type { LoopPart } from './loop-part';

/** What a session's loop takes care of. */
export interface SessionLoopOptions {
  /** Speaks vhost-user. */
  socket: UnixSocket;
  backend: VhostUserBackend;
  parts: readonly LoopPart[];
  /** Becomes readable when a fence of the host was reached. */
  fenceFd?: number;
  /** Ends the session when this is at its end or has something to say. */
  endWith?: UnixSocket;
}

/** Somebody might be done in a turn of the event loop, and no descriptor says when. */
const LOOK_MS = 1;
/** The same while a descriptor says when fences are reached, which is nearly all there is to wait for. */
const LOOK_BESIDE_FENCES_MS = 5;
const FOR_EVER = -1;

const isOver = (socket: UnixSocket | undefined): boolean =>
  socket !== undefined && socket.receiveSync(new Uint8Array(1), { waitMs: 0 }) >= 0;

/** Serves one front-end until it leaves. */
export class SessionLoop {
  readonly #options: SessionLoopOptions;
  readonly #reader: RequestReader;
  #hasMore = false;

  constructor(options: SessionLoopOptions) {
    this.#options = options;
    this.#reader = new RequestReader(options.socket);
  }

  /** Resolves when the front-end has left. @throws VirglError that says why it had to be disconnected */
  run(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const round = (): void => {
        try {
          if (this.#round()) setImmediate(round);
          else resolve();
        } catch (error) {
          reject(error as Error);
        }
      };
      setImmediate(round);
    }).finally(() => this.#reader[Symbol.dispose]());
  }

  /** False at the end. */
  #round(): boolean {
    const { backend, parts, endWith } = this.#options;
    // What was done in the last turn of the event loop.
    backend.interrupt();
    const wait = this.#wait();
    const request = this.#reader.receive(wait);
    if (request === END) return false;
    if (request !== undefined) this.#handle(request);
    else if (wait.waitMs !== 0 && isOver(endWith))
      throw new VirglError('ERR_VIRGL_CLOSED', 'the server is gone');
    this.#hasMore = backend.process();
    const now = performance.now();
    for (const part of parts) part.turn(now);
    backend.interrupt();
    return true;
  }

  #handle(request: VhostUserRequest): void {
    const reply = this.#options.backend.handle(request);
    if (reply instanceof Promise) void reply.then((late) => this.#reply(late));
    else this.#reply(reply);
  }

  #reply(bytes: Uint8Array | undefined): void {
    if (bytes === undefined || this.#options.socket.closed) return;
    if (this.#options.socket.trySend(bytes) !== bytes.byteLength)
      throw new VirglError('ERR_VIRGL_CLOSED', 'vhost-user: the front-end does not read its replies');
  }

  #wait(): ReceiveSyncOptions {
    const { backend, parts, fenceFd, endWith } = this.#options;
    const alsoWake = backend.kickFds;
    const alsoWakeWritable: number[] = [];
    for (const part of parts) {
      alsoWake.push(...part.readFds());
      alsoWakeWritable.push(...part.writeFds());
    }
    if (fenceFd !== undefined && backend.inFlight > 0) alsoWake.push(fenceFd);
    if (endWith !== undefined) alsoWake.push(endWith.fd);
    return { waitMs: this.#waitMs(), alsoWake, alsoWakeWritable };
  }

  #waitMs(): number {
    const { backend, parts, fenceFd } = this.#options;
    if (this.#hasMore || backend.isResetting) return 0;
    const next = parts.reduce((soonest, part) => Math.min(soonest, part.nextMs()), Infinity);
    const untilNext = Math.max(0, next - performance.now());
    if (backend.inFlight > 0)
      return Math.min(untilNext, fenceFd === undefined ? LOOK_MS : LOOK_BESIDE_FENCES_MS);
    return untilNext === Infinity ? FOR_EVER : untilNext;
  }
}
