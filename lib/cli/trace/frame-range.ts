// `--frames 10` and `--frames 10-12`.

import { InvalidArgumentError } from 'commander';
import type { FrameRange } from '../../trace';

/** Help for the option. */
export const FRAMES_HELP = 'frames by number, from 0, such as 10 or 10-12';

/**
 * Reads a range of frames.
 * @throws InvalidArgumentError which commander shows, with the exit code for wrong usage
 */
export const parseFrames = (text: string): FrameRange => {
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  if (first === undefined || Number(last) < Number(first))
    throw new InvalidArgumentError(`Expected ${FRAMES_HELP}.`);
  return { from: Number(first), to: Number(last) };
};

/** Reads a number. */
export const parseNumber = (text: string): number => {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text)))
    throw new InvalidArgumentError('Expected a whole number from 0.');
  return Number(text);
};
