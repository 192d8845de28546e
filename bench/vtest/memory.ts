// What a server holds: alone, and with a client that draws.

import { setTimeout as sleep } from 'node:timers/promises';
import { steadyUsage, VtestServer } from '../../test/clients/support/server';
import { framesPerSecond } from './glmark2';

/** The sums over all its processes. */
export interface Holding {
  what: string;
  processes: number;
  /** Shared pages counted once. */
  pssBytes: number;
  /** Shared pages counted in each process. */
  rssBytes: number;
}

const SCENE = 'texture';
const SCENE_S = 6;
const WHEN_MS = 4_000;

const holdingOf = async (what: string, server: VtestServer): Promise<Holding> => {
  const { processes, memoryBytes, residentBytes } = await server.usage();
  return { what, processes, pssBytes: memoryBytes, rssBytes: residentBytes };
};

/** A server as it starts, and the least that serves one client. */
export const measureMemory = async (kind: 'ours' | 'reference', program: string): Promise<Holding[]> => {
  await using usual = await VtestServer.start({ server: kind });
  await steadyUsage(usual);
  const waiting = await holdingOf('waiting', usual);
  // Without the processes that are started ahead.
  await using bare = await VtestServer.start({
    server: kind,
    args: kind === 'ours' ? ['--spare-processes=0'] : [],
  });
  const drawing = framesPerSecond(bare, program, SCENE, SCENE_S);
  await sleep(WHEN_MS);
  const withClient = await holdingOf('supervisor and a client', bare);
  await drawing;
  return [waiting, withClient];
};
