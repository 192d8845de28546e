// What a player found out: what was compared, and what was not as recorded.

import type { PixelDigest } from '../model';

/** Something that is not as it was recorded. */
export interface PlayDifference {
  what: 'readback' | 'picture' | 'error' | 'fence';
  /** The call, by its number in the trace. */
  call?: number;
  frame?: number;
  message: string;
}

/** How a trace was played. */
export interface PlayReport {
  calls: number;
  frames: number;
  submits: number;
  /** Submits that were refused, here or when the trace was recorded. */
  failedSubmits: number;
  /** Calls that mean nothing to a player, such as those that export descriptors. */
  skipped: number;
  /** Read-backs and pictures of frames that were compared, and how many were the same. */
  compared: number;
  equal: number;
  /** Pictures of frames that were compared, and how many of them are of one colour. */
  pictures: number;
  emptyPictures: number;
  /** The first hundred. */
  differences: PlayDifference[];
  differenceCount: number;
  /** What the recorded host could do and this one can't, and the other way round. */
  capsetDifferences: string[];
  durationMs: number;
  /** Nothing differs, and not every picture is of one colour. */
  isGood: boolean;
}

const MAX_LISTED = 100;
const SHOWN_DIGITS = 12;

const short = ({ sha256, lengthBytes, differing }: PixelDigest): string =>
  `${sha256.slice(0, SHOWN_DIGITS)} (${lengthBytes} bytes, ${differing} other than the first)`;

/** Counts and lists. */
export class Findings {
  calls = 0;
  frames = 0;
  submits = 0;
  failedSubmits = 0;
  skipped = 0;
  readonly capsetDifferences: string[] = [];
  #compared = 0;
  #equal = 0;
  #pictures = 0;
  #emptyPictures = 0;
  #differenceCount = 0;
  readonly #differences: PlayDifference[] = [];
  readonly #begin = performance.now();

  differ(difference: PlayDifference): void {
    this.#differenceCount += 1;
    if (this.#differences.length < MAX_LISTED) this.#differences.push(difference);
  }

  /** Compares what came with what came when the trace was recorded. */
  compare(
    place: Omit<PlayDifference, 'message'>,
    name: string,
    recorded: PixelDigest,
    own: PixelDigest | undefined,
  ): void {
    this.#compared += 1;
    if (place.what === 'picture') {
      this.#pictures += 1;
      if (own?.differing === 0) this.#emptyPictures += 1;
    }
    if (own?.sha256 === recorded.sha256) this.#equal += 1;
    else {
      const got = own === undefined ? 'nothing' : short(own);
      this.differ({ ...place, message: `${name}: expected ${short(recorded)} but received ${got}` });
    }
  }

  report(): PlayReport {
    const { calls, frames, submits, failedSubmits, skipped, capsetDifferences } = this;
    const areAllEmpty = this.#pictures > 0 && this.#pictures === this.#emptyPictures;
    return {
      calls,
      frames,
      submits,
      failedSubmits,
      skipped,
      compared: this.#compared,
      equal: this.#equal,
      pictures: this.#pictures,
      emptyPictures: this.#emptyPictures,
      differences: this.#differences,
      differenceCount: this.#differenceCount,
      capsetDifferences,
      durationMs: performance.now() - this.#begin,
      isGood: this.#differenceCount === 0 && !areAllEmpty,
    };
  }
}
