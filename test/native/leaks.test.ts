// What is done a thousand times leaves nothing behind: no objects, no descriptors, no threads, no memory.

import type { HostCounts } from '../../lib/host';
import { runChild } from '../support/children';
import { describeNative, isSanitized } from '../support/native-library';

interface Left {
  counts?: HostCounts;
  memories: number;
  descriptors: number;
  threads: number;
  residentBytes: number;
}

const MIB = 1024 * 1024;

/** The scene, how often, and how much the process may grow meanwhile (allocators keep some). */
const SCENES: [scene: string, rounds: number, growthBytes: number][] = [
  ['working', 1000, 16 * MIB],
  ['failing', 1000, 16 * MIB],
  // A leak of one of these streams (400 KB) per round would be 40 MiB.
  ['long streams', 100, 16 * MIB],
  ['files shared', 1000, 16 * MIB],
  // Allocators keep some of what each GL context had: 14 MiB after 30 rounds, 23 after 120 (Mesa 26.1). A renderer that
  // was left open would be several MiB per round.
  ['opening and closing', 100, 48 * MIB],
];

describeNative('leaks', () => {
  test.each(SCENES)('%s, %d times', async (scene, rounds, growthBytes) => {
    const { code, signal, stdout, stderr } = await runChild(
      'leaks.cjs',
      [scene, String(rounds)],
      ['--expose-gc'],
    );
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    const { before, after } = JSON.parse(stdout) as { before: Left; after: Left };
    expect(after.counts).toEqual(before.counts);
    if (after.counts !== undefined)
      expect(after.counts).toMatchObject({ contexts: 0, resources: 1, backings: 0, fences: 0, calls: 0 });
    expect(after.memories).toBe(0);
    expect({ descriptors: after.descriptors, threads: after.threads }).toEqual({
      descriptors: before.descriptors,
      threads: before.threads,
    });
    // Sanitizers keep freed memory in quarantine.
    if (!isSanitized) expect(after.residentBytes - before.residentBytes).toBeLessThan(growthBytes);
  });
});
