// The loop of a session process: waits for the front-end, kicks, fences and displays on the thread that renders, all in one place, and
// wakes no other thread. Each round is a turn of the event loop, so that what was promised in the last one is done before it waits again.

import type { UnixSocket } from '../../host';
import { VirglError } from '../../protocol/error';
import type { VhostUserBackend } from '../backend/vhost-user-backend';
import type { VhostUserRequest } from '../protocol/message';
import { END, RequestReader } from '../protocol/request-reader';
import type { LoopPart } from './loop-part';
import { WaitSet, type WaitSource } from './wait-set';

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

const NONE: readonly number[] = Object.freeze([]);

/** A source of which only one list of descriptors is to be read from. */
const readers = (readFds: () => readonly number[]): WaitSource => ({ readFds, writeFds: () => NONE });

/** Places of the sources: the kicks, the fences, the supervisor, and then the parts. */
const KICKS = 0;
const END_WITH = 2;
const FIRST_PART = 3;

/** Serves one front-end until it leaves. */
export class SessionLoop {
  readonly #options: SessionLoopOptions;
  readonly #reader: RequestReader;
  readonly #waits: WaitSet;
  #hasMore = false;

  constructor(options: SessionLoopOptions) {
    const { socket, backend, parts, fenceFd, endWith } = options;
    this.#options = options;
    this.#reader = new RequestReader(socket);
    const fences = fenceFd === undefined ? NONE : Object.freeze([fenceFd]);
    const supervisor = endWith === undefined ? NONE : Object.freeze([endWith.fd]);
    this.#waits = new WaitSet([
      readers(() => backend.kickFds),
      readers(() => (backend.inFlight > 0 ? fences : NONE)),
      readers(() => supervisor),
      ...parts,
    ]);
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
    const { backend } = this.#options;
    // What was done in the last turn of the event loop.
    backend.interrupt();
    const request = this.#reader.receive(this.#waits.options(this.#waitMs()));
    if (request === END) return false;
    if (request !== undefined) this.#handle(request);
    if (this.#waits.isReady(END_WITH)) throw new VirglError('ERR_VIRGL_CLOSED', 'the server is gone');
    if (this.#waits.isReady(KICKS)) backend.takeKicks();
    this.#hasMore = backend.process();
    this.#turnParts();
    backend.interrupt();
    return true;
  }

  #turnParts(): void {
    const now = performance.now();
    this.#options.parts.forEach((part, index) => {
      if (part.nextMs() <= now || this.#waits.isReady(FIRST_PART + index)) part.turn(now);
    });
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

  #waitMs(): number {
    const { backend, parts, fenceFd } = this.#options;
    if (this.#hasMore || backend.isResetting) return 0;
    const next = parts.reduce((soonest, part) => Math.min(soonest, part.nextMs()), Infinity);
    const untilNext = next === Infinity ? Infinity : Math.max(0, next - performance.now());
    if (backend.inFlight > 0)
      return Math.min(untilNext, fenceFd === undefined ? LOOK_MS : LOOK_BESIDE_FENCES_MS);
    return untilNext === Infinity ? FOR_EVER : untilNext;
  }
}
