// The hosts that verbs play traces on.

import { INIT_FLAGS, type InitFlag, NativeHost, type RenderHost } from '../../host';
import type { TraceMeta } from '../../trace';
import { openPrivateHost, VtestHost } from '../../vtest';

const INIT_FLAG_NAMES = Object.keys(INIT_FLAGS) as InitFlag[];

/** The flags that virglrenderer was started with when the trace was recorded. */
const flagsOf = ({ extra }: TraceMeta): InitFlag[] => {
  const flags: unknown = extra?.flags;
  return Array.isArray(flags) ? INIT_FLAG_NAMES.filter((name) => flags.includes(name)) : [];
};

/** A host to play a trace on: `native`, `process`, or `vtest:PATH`. */
export const openHost = async (where: string, meta: TraceMeta): Promise<RenderHost> => {
  // As vtest servers have it, whose clients most traces are of.
  if (where === 'native') return NativeHost.open({ flags: flagsOf(meta), ignoreLostContexts: true });
  return where === 'process' ? openPrivateHost() : VtestHost.connect({ path: where.slice('vtest:'.length) });
};
