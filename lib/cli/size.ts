// Sizes of pictures on the command line.

import { InvalidArgumentError } from 'commander';
import type { Size } from '../image';

export type { Size } from '../image';

/** Reads `640x480`. @throws InvalidArgumentError which commander shows, with the exit code for wrong usage */
export const parseSize = (text: string): Size => {
  const match = /^(\d{1,5})x(\d{1,5})$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Expected WIDTHxHEIGHT, e.g. 640x480.');
  return { width: Number(match[1]), height: Number(match[2]) };
};
