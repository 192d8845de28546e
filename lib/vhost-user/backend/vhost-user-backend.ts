// A vhost-user backend: answers the front-end's requests, and carries what is in the rings to the device. It waits for nothing itself;
// whoever runs it waits for the socket and for kicks.

import type { VirglError } from '../../protocol/error';
import { encodeReply, type VhostUserRequest } from '../protocol/message';
import { REQUESTS, type RequestSpec } from '../protocol/requests';
import type { SplitQueue } from '../queue/split-queue';
import { type BackendOptions, BackendState } from './backend-state';
import { handleRequest, type Reply } from './request-handlers';
import type { Vring } from './vring';

export type { BackendOptions } from './backend-state';

/** Requests of one queue that are handled before somebody else gets a turn. */
const MAX_AT_ONCE = 64;

/** Carries one device for one front-end. */
export class VhostUserBackend implements Disposable {
  readonly #state: BackendState;
  #kickFds: readonly number[] = [];

  constructor(options: BackendOptions) {
    this.#state = new BackendState(options);
  }

  /**
   * Carries a request out, and closes the descriptors of it that are not needed.
   * @returns the reply to send, if there is to be one
   * @throws VirglError for a request that can't be; the connection is to be ended then
   */
  handle(request: VhostUserRequest): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    try {
      const reply = handleRequest(this.#state, request);
      if (!(reply instanceof Promise)) return this.#encode(request, reply);
      return reply.then((late) => {
        this.#findKicks();
        return this.#encode(request, late);
      });
    } finally {
      request[Symbol.dispose]();
      this.#findKicks();
    }
  }

  /**
   * Descriptors that become readable when a driver has put something into a ring; whoever waits for them takes what was kicked. The
   * same list until the next request is done.
   */
  get kickFds(): readonly number[] {
    return this.#kickFds;
  }

  /** Requests that were taken and not answered. */
  get inFlight(): number {
    let count = 0;
    for (const { queue } of this.#state.vrings) count += queue?.inFlight ?? 0;
    return count;
  }

  /** Whether the device is being reset. */
  get isResetting(): boolean {
    return this.#state.resetting !== undefined;
  }

  /**
   * Hands what is in the rings to the device.
   * @returns whether there is more
   */
  process(): boolean {
    let hasMore = false;
    for (const vring of this.#state.vrings) {
      // The ring is looked at again when the reset is over.
      if (this.isResetting) continue;
      if (vring.isRunning && this.#processRing(vring)) hasMore = true;
    }
    return hasMore;
  }

  /** Raises the interrupts that drivers wait for. */
  interrupt(): void {
    for (const vring of this.#state.vrings) vring.callIfWanted();
  }

  /** Lets go of memory, doorbells and rings. */
  [Symbol.dispose](): void {
    this.#state[Symbol.dispose]();
  }

  #findKicks(): void {
    this.#kickFds = this.#state.vrings.flatMap(({ kickFd }) => kickFd ?? []);
  }

  #encode({ name, needsReply }: VhostUserRequest, reply: Reply): Uint8Array | undefined {
    const spec: RequestSpec = REQUESTS[name];
    if (spec.reply !== undefined) return encodeReply(name, reply);
    return needsReply && this.#state.speaks('REPLY_ACK') ? encodeReply(name, 0n) : undefined;
  }

  #processRing(vring: Vring): boolean {
    // A ring that is running has a queue.
    const queue = vring.queue as SplitQueue;
    try {
      queue.pauseKicks();
      for (let count = 0; count < MAX_AT_ONCE; count += 1) {
        const request = queue.take();
        if (request === undefined) {
          if (queue.resumeKicks()) continue;
          return false;
        }
        this.#state.handled += 1;
        this.#state.device.handle(vring.index, request.buffer, (response) => queue.answer(request, response));
      }
      return true;
    } catch (error) {
      const { name, message } = error as VirglError;
      if (name !== 'VirglError') throw error;
      this.#state.options.warn(`queue ${vring.index}: ${message}; the queue is stopped`);
      vring.break();
      return false;
    }
  }
}
