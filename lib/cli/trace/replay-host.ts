// Where a trace is played: in this process, in one of its own, or on a vtest server.

import { InvalidArgumentError } from 'commander';
import { INIT_FLAGS, type InitFlag, NativeHost, type RenderHost } from '../../host';
import type { TraceMeta } from '../../trace';
import { openPrivateHost, VtestHost } from '../../vtest';

const INIT_FLAG_NAMES = Object.keys(INIT_FLAGS) as InitFlag[];

/** Reads `--host`. @throws InvalidArgumentError which commander shows, with the exit code for wrong usage */
export const parseHost = (text: string): string => {
  if (text === 'process' || text === 'native' || /^vtest:.+$/.test(text)) return text;
  throw new InvalidArgumentError('Expected native, process, or vtest:PATH, the socket of a vtest server.');
};

/** The flags that virglrenderer was started with when the trace was recorded. */
const flagsOf = ({ extra }: TraceMeta): InitFlag[] => {
  const flags: unknown = extra?.flags;
  return Array.isArray(flags) ? INIT_FLAG_NAMES.filter((name) => flags.includes(name)) : [];
};

/** Opens what a trace is played on. */
export const openReplayHost = async (where: string, meta: TraceMeta): Promise<RenderHost> => {
  // As vtest servers have it, whose clients most traces are of.
  if (where === 'native') return NativeHost.open({ flags: flagsOf(meta), ignoreLostContexts: true });
  return where === 'process' ? openPrivateHost() : VtestHost.connect({ path: where.slice('vtest:'.length) });
};
