// How two traces are compared.

import type { RenderHost } from '../../host';
import { invalidArgument } from '../../protocol/error';
import { checkKeys } from '../../protocol/check-keys';

/** Options of {@link diff}. */
export interface DiffOptions {
  /** Text that virglrenderer logged counts too. Default false. */
  strict?: boolean;
  /** Resources, contexts and fences are told apart by the order in which they were made, not by their ids. Default false. */
  ignoreIds?: boolean;
  /** Changes that are listed; all are counted. Default 200. */
  maxChanges?: number;
  /** One for each trace: both are replayed, and the pictures of frames compared pixel by pixel. They stay open. */
  hosts?: readonly [RenderHost, RenderHost];
  /** Frames that differ of which pictures are kept; default 20. */
  maxPictures?: number;
}

/** Options with defaults. */
export type CheckedDiffOptions = Required<Omit<DiffOptions, 'hosts'>> & Pick<DiffOptions, 'hosts'>;

const DEFAULTS = { strict: false, ignoreIds: false, maxChanges: 200, maxPictures: 20 } as const;

/** @throws VirglError `ERR_VIRGL_ARGUMENT` */
export const checkDiffOptions = (options: DiffOptions): CheckedDiffOptions => {
  checkKeys('diff', undefined, options, ['hosts', ...Object.keys(DEFAULTS)]);
  for (const name of ['maxChanges', 'maxPictures'] as const) {
    const value = options[name];
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 0))
      throw invalidArgument('diff', name, 'a whole number', value);
  }
  for (const name of ['strict', 'ignoreIds'] as const) {
    const value = options[name];
    if (value !== undefined && typeof value !== 'boolean')
      throw invalidArgument('diff', name, 'true or false', value);
  }
  return { ...DEFAULTS, ...options };
};
