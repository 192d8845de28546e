// Releases of virglrenderer, and what is new in which.

import type { Release } from '../schema-types';

/** The release lines, oldest first; `0.8` stands for "0.8 or older". */
export const RELEASES = [
  '0.8',
  '0.9',
  '0.10',
  '1.0',
  '1.1',
  '1.2',
  '1.3',
] as const satisfies readonly Release[];

/** The newest release line that is known here. */
export const NEWEST_RELEASE: Release = '1.3';

/** Whether a release has what is new in another. */
export const hasRelease = (release: Release, since: Release): boolean =>
  RELEASES.indexOf(release) >= RELEASES.indexOf(since);
