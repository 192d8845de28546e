// Numbers on the command line.

import { InvalidArgumentError } from 'commander';

/** Reads a number greater than 0. @throws InvalidArgumentError which commander shows, with the exit code for wrong usage */
export const parsePositive = (text: string): number => {
  const number = Number(text);
  if (text.trim() === '' || !(number > 0 && number < Infinity))
    throw new InvalidArgumentError('Expected a number greater than 0.');
  return number;
};

/** Reads a whole number. @throws InvalidArgumentError */
export const parseCount = (text: string): number => {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
};
