// Tight has four zlib streams, so that up to four threads can encode parts of one update, each with streams of its own.

import type { Piece } from '../frame';
import { area } from '../region';

/** Which zlib streams a thread uses for what; like goes with like as far as there are streams. */
export interface TightLane {
  pixels: number;
  bits: number;
  indices: number;
}

const alone = (stream: number): TightLane => ({ pixels: stream, bits: stream, indices: stream });

/** Lanes by their number. */
const LANES: readonly (readonly TightLane[])[] = [
  [{ pixels: 0, bits: 1, indices: 2 }],
  [
    { pixels: 0, bits: 1, indices: 1 },
    { pixels: 2, bits: 3, indices: 3 },
  ],
  [alone(0), alone(1), alone(2)],
  [alone(0), alone(1), alone(2), alone(3)],
];

/** Most lanes of one viewer. */
export const MOST_LANES = LANES.length;

/** What one of some lanes may use. */
export const laneOf = (lane: number, lanes: number): TightLane => {
  const found = LANES[lanes - 1]?.[lane];
  if (found === undefined) throw new RangeError(`lane ${lane} of ${lanes}`);
  return found;
};

/** Less than that is not worth the way to another thread. */
const LEAST_PIXELS = 64 * 1024;
/** Parts begin where tiles of all encodings and blocks of JPEG do. */
const ROWS = 64;

/** A band of a piece. */
const bandOf = ({ rect, offsetBytes, strideBytes }: Piece, from: number, to: number): Piece => ({
  rect: { ...rect, y: rect.y + from, height: to - from },
  offsetBytes: offsetBytes + from * strideBytes,
  strideBytes,
});

/** Splits pieces into at most so many parts of about the same area, in order. */
export const splitPieces = (pieces: readonly Piece[], lanes: number): Piece[][] => {
  const total = pieces.reduce((sum, { rect }) => sum + area(rect), 0);
  const count = Math.max(1, Math.min(lanes, Math.floor(total / LEAST_PIXELS)));
  const share = total / count;
  const parts: Piece[][] = Array.from({ length: count }, () => []);
  let done = 0;
  for (const piece of pieces) {
    const { width, height } = piece.rect;
    for (let from = 0; from < height;) {
      const lane = Math.min(count - 1, Math.floor(done / share));
      const isLast = lane === count - 1;
      const rows = Math.max(1, Math.ceil(((lane + 1) * share - done) / width / ROWS)) * ROWS;
      const to = isLast ? height : Math.min(height, from + rows);
      parts[lane]?.push(bandOf(piece, from, to));
      done += (to - from) * width;
      from = to;
    }
  }
  return parts.filter((part) => part.length > 0);
};
