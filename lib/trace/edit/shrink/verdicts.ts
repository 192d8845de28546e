// What is known of candidates that were already tried, by their digest; in a file, so that a shrink that was stopped goes on where it was.

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { VirglError } from '../../../protocol/error';

/** Remembers whether candidates fail. */
export interface Verdicts {
  get(digest: string): boolean | undefined;
  set(digest: string, stillFails: boolean): void;
}

const FAILS = '+';
const FINE = '-';

/** Verdicts in memory. */
export const rememberedVerdicts = (): Verdicts => new Map<string, boolean>();

/**
 * Verdicts in a file of lines, each written when it is known; a last line that was cut off is dropped.
 * @param purpose what the verdicts are about: which trace, which check. A file of another purpose is not touched.
 * @throws VirglError ERR_VIRGL_ARGUMENT for a file of another purpose
 */
export const verdictFile = (path: string, purpose: string): Verdicts => {
  const head = `virgl shrink ${JSON.stringify(purpose)}`;
  const known = new Map<string, boolean>();
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const [first, ...lines] = whole.split('\n');
  if (whole === '') writeFileSync(path, `${head}\n`);
  else if (first !== head) {
    const message = `shrink: expected the state of this trace and check for state but received another one; remove ${path} to begin anew`;
    throw new VirglError('ERR_VIRGL_ARGUMENT', message, { operation: 'shrink', field: 'state' });
  } else if (whole.length < text.length) writeFileSync(path, whole);
  for (const line of lines) if (line !== '') known.set(line.slice(1), line.startsWith(FAILS));
  return {
    get: (digest) => known.get(digest),
    set: (digest, stillFails) => {
      known.set(digest, stillFails);
      appendFileSync(path, `${stillFails ? FAILS : FINE}${digest}\n`);
    },
  };
};
