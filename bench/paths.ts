// Where the benchmarks keep what they build and write.

import path from 'node:path';

/** The repository. */
export const ROOT = path.resolve(__dirname, '..');

/** Compiled peers and workload files; git ignores it. */
export const BUILD = path.join(ROOT, 'build', 'bench');
