// When the other side of a virtqueue has to be told. Facts: virtio 1.2, section 2.7.10.

const WRAP = 0xffff;

/**
 * Whether an index that went from `old` to `now` has passed the entry that the other side waits for.
 * All are 16 bits and wrap.
 */
export const needsEvent = (event: number, now: number, old: number): boolean =>
  ((now - event - 1) & WRAP) < ((now - old) & WRAP);

/** How many entries lie between two indices. */
export const entriesBetween = (from: number, to: number): number => (to - from) & WRAP;

/** The index behind another one. */
export const nextIndex = (index: number): number => (index + 1) & WRAP;
