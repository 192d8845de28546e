// A session's end of the pump: what it is told before each run, and what there is to do when it stops.

import type { PumpStop, RequestPump } from '../../host';
import type { RequestBuffer } from './request-buffer';
import type { SessionState } from './state';

/** Runs requests of one session. */
export class SessionPump {
  readonly #pump: RequestPump;
  readonly #state: SessionState;
  readonly #buffer: RequestBuffer;
  /** Id of the last request of the last run, 0 for none. */
  lastId = 0;

  constructor(pump: RequestPump, state: SessionState, buffer: RequestBuffer) {
    this.#pump = pump;
    this.#state = state;
    this.#buffer = buffer;
  }

  /** Whether nothing is to be done that only JavaScript does. */
  get isUsable(): boolean {
    const { clientName, awaitsFences, failure } = this.#state;
    return clientName !== undefined && !awaitsFences && failure === undefined;
  }

  /** Runs what comes. @throws VirglError as the socket does */
  async run(waitMs: number): Promise<PumpStop> {
    const state = this.#state;
    // What was called last has its answer before the next request is run.
    await state.settled();
    if (state.failure !== undefined) return 'unhandled';
    const session = {
      contextId: state.contextId,
      choosesIds: state.version >= 3,
      budgetBytes: state.home.limits.maxMemoryBytes - state.memoryBytes,
      waitMs,
    };
    let stop: PumpStop;
    try {
      stop = this.#pump.run(this.#buffer, session);
    } finally {
      this.#count();
    }
    await this.#finish(stop);
    return stop;
  }

  #count(): void {
    const { requests, submits, receivedBytes, lastId } = this.#pump.report;
    const { stats } = this.#state;
    stats.commands += requests;
    stats.submits += submits;
    stats.receivedBytes += receivedBytes;
    this.lastId = requests > 0 ? lastId : 0;
  }

  /** As the handler of submits goes on. */
  async #finishSubmit(): Promise<void> {
    const state = this.#state;
    await this.#pump.submitAnswer(state.contextId).catch(state.fail);
    if (state.failure === undefined) state.fences.submitted();
  }

  /** What a request left to do that was run. */
  async #finish(stop: PumpStop): Promise<void> {
    const state = this.#state;
    const pump = this.#pump;
    if (stop === 'submitAnswered') await this.#finishSubmit();
    else if (stop === 'fenceAnswered') await pump.fenceAnswer().catch(state.fail);
    else if (stop === 'answered') pump.hear();
    for (let unsent = pump.takeUnsent(); unsent !== undefined; unsent = pump.takeUnsent()) {
      const { bytes, fd } = unsent;
      if (fd === undefined) await state.peer.send(bytes);
      else await state.peer.sendFd(fd);
      fd?.close();
    }
  }
}
