// How many updates may be on their way to a viewer that sends no requests: fences say when it has seen them.

/** Two, so that the viewer draws one while the next is made. */
const LEAST_WINDOW = 2;
const MOST_WINDOW = 32;
/** A round trip that takes that much longer than the shortest has waited in a queue. */
const QUEUED = { factor: 1.5, marginMs: 15 };
/** How long the shortest round trip is believed. */
const BASE_LASTS_MS = 10_000;

interface InFlight {
  id: number;
  sentAt: number;
  /** The window was full, so that a larger one might do more. */
  wasFull: boolean;
}

/** Counts updates that a viewer has not seen yet. */
export class FlowControl {
  #inFlight: InFlight[] = [];
  #window = LEAST_WINDOW;
  #lastId = 0;
  #base = { ms: Infinity, at: 0 };
  #lastRoundTripMs: number | undefined;

  /** Whether another update may be sent. */
  get hasRoom(): boolean {
    return this.#inFlight.length < this.#window;
  }

  /** Of the last update that was seen. */
  get roundTripMs(): number | undefined {
    return this.#lastRoundTripMs;
  }

  /** Since when the oldest update has not been seen. */
  waitedMs(now: number): number {
    return this.#inFlight[0] === undefined ? 0 : now - this.#inFlight[0].sentAt;
  }

  /** An update is sent; what its fence carries. */
  sent(now: number): Uint8Array {
    const id = (this.#lastId = (this.#lastId + 1) >>> 0);
    this.#inFlight.push({ id, sentAt: now, wasFull: this.#inFlight.length + 1 >= this.#window });
    const payload = new Uint8Array(4);
    new DataView(payload.buffer).setUint32(0, id);
    return payload;
  }

  /** A fence came back. */
  seen(payload: Buffer, now: number): void {
    if (payload.length !== 4) return;
    const index = this.#inFlight.findIndex(({ id }) => id === payload.readUInt32BE(0));
    const update = this.#inFlight[index];
    if (update === undefined) return;
    // They come back in order: those before were seen too.
    this.#inFlight.splice(0, index + 1);
    this.#learn(now - update.sentAt, update.wasFull, now);
  }

  /** Nothing that is on its way counts any more. */
  reset(): void {
    this.#inFlight = [];
  }

  #learn(roundTripMs: number, wasFull: boolean, now: number): void {
    this.#lastRoundTripMs = roundTripMs;
    if (roundTripMs <= this.#base.ms || now - this.#base.at > BASE_LASTS_MS)
      this.#base = { ms: roundTripMs, at: now };
    const isQueued = roundTripMs > this.#base.ms * QUEUED.factor + QUEUED.marginMs;
    if (isQueued) this.#window = Math.max(LEAST_WINDOW, this.#window - 1);
    else if (wasFull) this.#window = Math.min(MOST_WINDOW, this.#window + 1);
  }
}
