// The same client in C against `virgl vtest` and against virgl_test_server: how long each of them takes to answer.

import { VtestServer } from '../../test/clients/support/server';
import { isInstalled } from '../../test/support/programs';
import { type Benchmark, Unavailable, type Unit } from '../benchmark';
import type { Contestant } from '../contest';
import type { Goal } from '../goal';
import { buildC } from '../peers/build-c';
import { PeerProcess } from '../peers/peer-process';

const MIB = 1024 * 1024;

// One of the works in peers/c/vtest.c.
const startClient = async (
  kind: 'ours' | 'reference',
  program: string,
  work: readonly string[],
): Promise<Contestant> => {
  const server = await VtestServer.start({ server: kind });
  try {
    const [client] = await PeerProcess.start({ program, args: [server.socketPath, ...work] }, 'ready');
    return {
      run: (iterations) => client.run(iterations),
      picture: () => Promise.resolve(undefined),
      digest: () => client.digest(),
      close: async () => {
        await client.close();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
};

const benchmarkOf = (
  name: string,
  unit: Unit,
  goal: Goal,
  iterations: number,
  work: readonly string[],
): Benchmark => ({
  name: `vtest-${name}`,
  peer: 'virgl_test_server',
  unit,
  goal,
  async prepare() {
    if (!isInstalled('virgl_test_server'))
      throw new Unavailable('virgl_test_server is not installed: scripts/setup.sh --clients');
    const program = buildC('vtest');
    const peer = await startClient('reference', program, work);
    return { peer, ours: await startClient('ours', program, work), iterations };
  },
});

// An iteration is a byte.
const transferOf = (direction: 'put' | 'get', how: 'inline' | 'shared', mebibytes: number): Benchmark => {
  const work = `${direction}-${how}`;
  const sizeBytes = mebibytes * MIB;
  const perRound = mebibytes < 16 ? 8 : 2;
  const goal: Goal = { kind: 'rate', atLeastTimesPeer: 0.95 };
  return benchmarkOf(`${work}-${mebibytes}m`, 'MB/s', goal, perRound * sizeBytes, [work, String(sizeBytes)]);
};

/** Round trips, transfers, connects. */
export const vtestBenchmarks: readonly Benchmark[] = [
  benchmarkOf('ping', 'us', { kind: 'time', atMostTimesPeer: 1.3 }, 500, ['ping']),
  benchmarkOf('submit', 'us', { kind: 'none' }, 200, ['submit']),
  benchmarkOf('connect', 'us', { kind: 'microseconds', atMost: 15_000 }, 1, ['connect']),
  ...(['inline', 'shared'] as const).flatMap((how) =>
    ([1, 16] as const).flatMap((mebibytes) => [
      transferOf('put', how, mebibytes),
      transferOf('get', how, mebibytes),
    ]),
  ),
];
