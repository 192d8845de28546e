// The loop of a session process: waits for the front-end, kicks, fences and displays on the thread that renders, all in one place, and
// wakes no other thread. Whatever leaves a promise behind gets a turn of the event loop before it waits again.

import type { ReceiveSyncOptions, UnixSocket } from '../../host';
import { VirglError } from '../../protocol/error';
import type { VhostUserBackend } from '../backend/vhost-user-backend';
import type { VhostUserRequest } from '../protocol/message';
import { END, RequestReader } from '../protocol/request-reader';
import { type LoopPart, NO_FDS } from './loop-part';
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
/** How long to look for the next kick before sleeping, while drivers are that quick: to be woken takes about as long. */
const LOOK_MICROSECONDS = 50;
const QUICK_MS = 0.1;
/** Rounds without a turn of the event loop, at most. */
const MAX_ROUNDS = 64;

const NOT_WAITING: ReceiveSyncOptions = Object.freeze({ waitMs: 0 });

/** A source of which only one list of descriptors is to be read from. */
const readers = (readFds: () => readonly number[]): WaitSource => ({ readFds, writeFds: () => NO_FDS });

/** Places of the sources: the front-end, the fences, the supervisor, and then the parts. */
const FRONT_END = 0;
const END_WITH = 2;
const FIRST_PART = 3;

/** Serves one front-end until it leaves. */
export class SessionLoop {
  readonly #options: SessionLoopOptions;
  readonly #reader: RequestReader;
  readonly #waits: WaitSet;
  #hasMore = false;
  /** The last kick came so soon that it pays to look for the next one. */
  #isQuick = false;

  constructor(options: SessionLoopOptions) {
    const { socket, backend, parts, fenceFd, endWith } = options;
    this.#options = options;
    this.#reader = new RequestReader(socket);
    const frontEnd = Object.freeze([socket.fd]);
    const fences = fenceFd === undefined ? NO_FDS : Object.freeze([fenceFd]);
    const supervisor = endWith === undefined ? NO_FDS : Object.freeze([endWith.fd]);
    this.#waits = new WaitSet(
      () => backend.kickFds,
      [
        readers(() => frontEnd),
        readers(() => (backend.inFlight > 0 ? fences : NO_FDS)),
        readers(() => supervisor),
        ...parts,
      ],
    );
  }

  /** Resolves when the front-end has left. @throws VirglError that says why it had to be disconnected */
  run(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const turn = (): void => {
        try {
          if (this.#turn()) setImmediate(turn);
          else resolve();
        } catch (error) {
          reject(error as Error);
        }
      };
      setImmediate(turn);
    }).finally(() => this.#reader[Symbol.dispose]());
  }

  /** What is done in one turn of the event loop; false at the end. */
  #turn(): boolean {
    // What was done in the last turn.
    this.#options.backend.interrupt();
    this.#sleep();
    for (let rounds = 1; ; rounds += 1) {
      const leftWork = this.#round();
      if (leftWork === END) return false;
      if (leftWork || rounds === MAX_ROUNDS) return true;
      // Nothing is left to the event loop: a driver that is quick need not wait for it.
      if (this.#hasMore) this.#waits.wait(0);
      else if (!this.#look()) return true;
    }
  }

  #sleep(): void {
    const waitMs = this.#waitMs();
    const begin = performance.now();
    // A fence of a short stream is reached as soon.
    const isReady = this.#waits.wait(waitMs, this.#isQuick ? LOOK_MICROSECONDS : 0);
    this.#isQuick = isReady && performance.now() - begin < QUICK_MS;
  }

  #look(): boolean {
    this.#isQuick = this.#isQuick && this.#waits.wait(0, LOOK_MICROSECONDS);
    return this.#isQuick;
  }

  /** Handles what is ready. Returns whether somebody waits for a turn of the event loop now. */
  #round(): boolean | typeof END {
    const { backend } = this.#options;
    if (this.#waits.isReady(END_WITH)) throw new VirglError('ERR_VIRGL_CLOSED', 'the server is gone');
    let leftWork = this.#waits.isReady(FRONT_END);
    if (leftWork) {
      const request = this.#reader.receive(NOT_WAITING);
      if (request === END) return END;
      if (request !== undefined) this.#handle(request);
    }
    this.#hasMore = backend.process();
    leftWork = this.#turnParts() || leftWork;
    backend.interrupt();
    return leftWork || backend.inFlight > 0 || backend.isResetting;
  }

  /** Whether any of them did something. */
  #turnParts(): boolean {
    const { parts } = this.#options;
    const now = performance.now();
    let anyDid = false;
    for (let index = 0; index < parts.length; index += 1) {
      const part = parts[index];
      if (part.nextMs() > now && !this.#waits.isReady(FIRST_PART + index)) continue;
      part.turn(now);
      anyDid = true;
    }
    return anyDid;
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
    let next = Infinity;
    for (const part of parts) next = Math.min(next, part.nextMs());
    const untilNext = next === Infinity ? Infinity : Math.max(0, next - performance.now());
    if (backend.inFlight > 0)
      return Math.min(untilNext, fenceFd === undefined ? LOOK_MS : LOOK_BESIDE_FENCES_MS);
    return untilNext === Infinity ? FOR_EVER : untilNext;
  }
}
