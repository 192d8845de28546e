// Checks that need no script: a pixel, an error of the host, a crash. Each plays candidates in another process.

import { invalidArgument } from '../../../protocol/error';
import type { TraceSource } from '../../model';
import type { CandidateEnd, CandidateRunner } from './candidate-runner';
import type { PixelPlace } from './play-candidate';

/** Says whether a candidate shows the fault. */
export type Check = (candidate: TraceSource) => Promise<boolean>;

const PIXEL = /^(\d+),(\d+)=(#[0-9a-f]{6})$/i;

// Ids and sizes change while a trace shrinks.
const pattern = (message: string): string => message.replace(/0x[0-9a-f]+|\d+/gi, '#');

// Pixels that nothing drew, and memory that something broke, may be left over from other candidates: what is found must also be found in a
// process of its own.
const confirmed =
  (runner: CandidateRunner, isBad: (end: CandidateEnd) => boolean, place?: PixelPlace): Check =>
  async (candidate) => {
    if (!isBad(await runner.play(candidate, place))) return false;
    return runner.wasAlone || isBad(await runner.playAlone(candidate, place));
  };

/**
 * Fails while a pixel of the last picture has a colour.
 * @param text `x,y=#rrggbb`; rows as they lie in the texture
 * @throws VirglError ERR_VIRGL_ARGUMENT for another text
 */
export const checkPixel = (runner: CandidateRunner, text: string): Check => {
  const [, x, y, color] = PIXEL.exec(text) ?? [];
  if (x === undefined || y === undefined || color === undefined)
    throw invalidArgument('shrink', 'pixel', 'x,y=#rrggbb', text);
  const place = { x: Number(x), y: Number(y) };
  return confirmed(runner, (end) => end.kind === 'played' && end.pixel === color.toLowerCase(), place);
};

/** Fails while the host reports an error whose message contains a text. */
export const checkError =
  (runner: CandidateRunner, text: string): Check =>
  async (candidate) => {
    const end = await runner.play(candidate);
    return end.kind === 'played' && end.errors.some(({ message }) => message.includes(text));
  };

/**
 * Fails while the host reports the error that it reports first for the whole trace, whatever numbers are in its message: any error would
 * do for one that the shrinker made itself.
 */
export const checkSameError = (runner: CandidateRunner, whole: TraceSource): Check => {
  const errorsOf = async (trace: TraceSource): Promise<string[]> => {
    const end = await runner.play(trace);
    return end.kind === 'played' ? end.errors.map(({ code, message }) => `${code} ${pattern(message)}`) : [];
  };
  let wanted: string | undefined;
  return async (candidate) => {
    wanted ??= (await errorsOf(whole))[0];
    return wanted !== undefined && (await errorsOf(candidate)).includes(wanted);
  };
};

/** Fails while playing it kills the process by a signal, other than by taking too long. */
export const checkCrash = (runner: CandidateRunner): Check =>
  confirmed(runner, (end) => end.kind === 'died' && end.signal !== undefined);
