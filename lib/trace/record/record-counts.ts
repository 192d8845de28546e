// What is counted while a host is recorded, in memory that native code can count in too.

import { PUMP_COUNTS as PLACES } from '../../host';

/** The counts of one recording. */
export class RecordCounts {
  /** By {@link PLACES}. */
  readonly places = new Float64Array(Object.keys(PLACES).length);

  constructor() {
    this.places[PLACES.nextMemory] = 1;
  }

  /** Calls that were recorded. */
  get calls(): number {
    return this.places[PLACES.calls] as number;
  }

  /** Frames that have ended. */
  get frames(): number {
    return this.places[PLACES.frames] as number;
  }

  /** When the time was recorded last. */
  get timeMs(): number {
    return this.places[PLACES.timeMs] as number;
  }

  set timeMs(value: number) {
    this.places[PLACES.timeMs] = value;
  }

  /** From when on a frame's beginning is to be seen by the recorder itself. */
  set quietUntilMs(value: number) {
    this.places[PLACES.quietUntilMs] = value;
  }

  /** Counts a call. Returns its number. */
  takeCall(): number {
    return this.#take(PLACES.calls);
  }

  /** Counts a frame. */
  takeFrame(): void {
    this.#take(PLACES.frames);
  }

  /** A number for a memory. */
  takeMemory(): number {
    return this.#take(PLACES.nextMemory);
  }

  #take(place: number): number {
    const before = this.places[place] as number;
    this.places[place] = before + 1;
    return before;
  }
}
