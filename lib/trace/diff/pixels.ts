// Both traces are replayed side by side, and whoever is at a frame first waits for the other: so never more than two pictures are
// in memory, however long the traces are.

import type { RenderHost } from '../../host';
import type { TraceSource } from '../model';
import type { PlayedPicture } from '../play/play-options';
import { play } from '../play/player';
import type { Pair } from './align';
import { comparePictures } from './compare-pixels';
import type { PixelDifference, TraceDiff } from './result';

type Side = 'a' | 'b';
type Waiting = { picture: PlayedPicture | undefined; go: () => void };

class Meeting {
  readonly #waiting = new Map<number, Waiting>();
  #isOver = false;

  constructor(
    private readonly compare: (pair: number, first: Waiting['picture'], second: Waiting['picture']) => void,
  ) {}

  /** Resolves when the other side is at the same pair, or never will be. */
  meet(pair: number, side: Side, picture: PlayedPicture | undefined): Promise<void> {
    const other = this.#waiting.get(pair);
    if (other !== undefined) {
      this.#waiting.delete(pair);
      if (side === 'a') this.compare(pair, picture, other.picture);
      else this.compare(pair, other.picture, picture);
      other.go();
      return Promise.resolve();
    }
    if (this.#isOver) return Promise.resolve();
    return new Promise((go) => this.#waiting.set(pair, { picture, go }));
  }

  /** One side has ended: nobody waits for it any more. */
  end(): void {
    this.#isOver = true;
    for (const { go } of this.#waiting.values()) go();
    this.#waiting.clear();
  }
}

/** Compares the pictures of frames that belong together. */
export const diffPixels = async (
  sources: Readonly<Record<Side, TraceSource>>,
  [hostA, hostB]: readonly [RenderHost, RenderHost],
  pairs: readonly Pair[],
  maxPictures: number,
): Promise<NonNullable<TraceDiff['pixels']>> => {
  let compared = 0;
  const different: PixelDifference[] = [];
  const meeting = new Meeting((index, first, second) => {
    compared += 1;
    const { a = 0, b = 0 } = pairs[index];
    const found = comparePictures({ a, b }, first, second);
    if (found === undefined) return;
    if (different.length >= maxPictures) delete found.pictures;
    different.push(found);
  });
  const playSide = async (side: Side, host: RenderHost): Promise<string | undefined> => {
    const byFrame = new Map(
      pairs.flatMap((pair, index): [number, number][] => {
        const frame = pair.a === undefined || pair.b === undefined ? undefined : pair[side];
        return frame === undefined ? [] : [[frame, index]];
      }),
    );
    try {
      await play(sources[side], host, {
        onFrame: async (frame, picture) => {
          const index = byFrame.get(frame);
          if (index !== undefined) await meeting.meet(index, side, picture);
        },
      });
      return undefined;
    } catch (error) {
      return `the replay of the ${side === 'a' ? 'first' : 'second'} ended early: ${error instanceof Error ? error.message : String(error)}`;
    } finally {
      meeting.end();
    }
  };
  const problems = await Promise.all([playSide('a', hostA), playSide('b', hostB)]);
  const problem = problems.filter((text) => text !== undefined).join('; ');
  different.sort((a, b) => a.a - b.a);
  return { compared, different, ...(problem !== '' && { problem }) };
};
