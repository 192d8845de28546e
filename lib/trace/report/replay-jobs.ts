// Plays a trace with stops, and does at each stop what was left to do there.

import type { RenderHost } from '../../host';
import type { TraceSource } from '../model';
import { play } from '../play/player';
import type { Job } from './collect';
import { type Place, ProbeHost } from './probe-host';
import { readPart } from './read-resource';

/** @returns what went wrong, in words for the page; undefined if nothing did */
export const replayJobs = async (
  source: TraceSource,
  host: RenderHost,
  jobs: ReadonlyMap<Place, Job[]>,
): Promise<string | undefined> => {
  const probe = new ProbeHost(host, {
    wants: (place) => jobs.has(place),
    at: async (place, inner, replayMs) => {
      for (const job of jobs.get(place) ?? [])
        await job((shape, part) => readPart(inner, shape, part), replayMs);
    },
  });
  try {
    const { differences } = await play(source, probe);
    const [first] = differences;
    if (first !== undefined)
      return `The replay went otherwise than the recording, ${differences.length} times; first: ${first.message}`;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return `The replay ended early, so that later pictures are missing: ${message}`;
  } finally {
    await probe.close();
  }
  return undefined;
};
