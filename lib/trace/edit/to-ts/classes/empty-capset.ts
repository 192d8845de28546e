// A capability set of a host that can do nothing, for renderers that are not asked what they can do.

import { CAPSET_V2_SIZES } from '../../../../protocol';

/** Zeroes, as many as the newest set 2 has. */
export const EMPTY_CAPSET = new Uint8Array(Math.max(...Object.values(CAPSET_V2_SIZES)));
