// What a session does beside the rings.

/** No descriptors. */
export const NO_FDS: readonly number[] = Object.freeze([]);

/** Something that gets a turn whenever one of its descriptors is ready, or its time has come. */
export interface LoopPart {
  /** Descriptors to be read from; the same list as long as nothing in it changes. */
  readFds(): readonly number[];
  /** Descriptors that have to take more; as {@link readFds}. */
  writeFds(): readonly number[];
  /** When it wants a turn at the latest, by `performance.now()`; Infinity for never. */
  nextMs(): number;
  /** Is not called where nothing is ready and its time has not come. */
  turn(nowMs: number): void;
}
