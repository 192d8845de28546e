// Which items of two lists belong together: the same ones first, then those of the same name between them.

import { diffArrays } from 'diff';

/** Positions in both lists; one is missing where an item has no partner. */
export interface Pair {
  a?: number;
  b?: number;
  /** Whether the two are the same. */
  equal: boolean;
}

/** Beyond so many changes lists have little in common, and to find it takes too long. */
const MOST_EDITS = 1000;

type Same = { a: number; b: number; length: number };

// Runs of the same items.
const runsOf = (a: readonly string[], b: readonly string[]): Same[] => {
  const parts = diffArrays([...a], [...b], { maxEditLength: MOST_EDITS });
  if (parts === undefined) return [];
  const runs: Same[] = [];
  let [atA, atB] = [0, 0];
  for (const { added, removed, value } of parts) {
    if (!added && !removed) runs.push({ a: atA, b: atB, length: value.length });
    if (!added) atA += value.length;
    if (!removed) atB += value.length;
  }
  return runs;
};

// Pairs for what lies between runs.
const withGaps = (
  lengths: { a: number; b: number },
  runs: readonly Same[],
  between: (from: { a: number; b: number }, to: { a: number; b: number }) => Pair[],
): Pair[] => {
  const pairs: Pair[] = [];
  let at = { a: 0, b: 0 };
  for (const { a, b, length } of [...runs, { ...lengths, length: 0 }]) {
    if (a > at.a || b > at.b) pairs.push(...between(at, { a, b }));
    for (let index = 0; index < length; index += 1) pairs.push({ a: a + index, b: b + index, equal: true });
    at = { a: a + length, b: b + length };
  }
  return pairs;
};

const alone = (from: { a: number; b: number }, to: { a: number; b: number }): Pair[] => [
  ...Array.from({ length: to.a - from.a }, (_, index): Pair => ({ a: from.a + index, equal: false })),
  ...Array.from({ length: to.b - from.b }, (_, index): Pair => ({ b: from.b + index, equal: false })),
];

/** What an item is compared by. */
export interface Alignable {
  key: string;
  /** Items of the same name can be one that changed. */
  name: string;
}

/** Pairs of two lists, in order. */
export const align = (a: readonly Alignable[], b: readonly Alignable[]): Pair[] => {
  const keys = (items: readonly Alignable[]): string[] => items.map(({ key }) => key);
  const names = (items: readonly Alignable[]): string[] => items.map(({ name }) => name);
  return withGaps({ a: a.length, b: b.length }, runsOf(keys(a), keys(b)), (from, to) => {
    const [partA, partB] = [a.slice(from.a, to.a), b.slice(from.b, to.b)];
    const pairs = withGaps({ a: partA.length, b: partB.length }, runsOf(names(partA), names(partB)), alone);
    return pairs.map((pair) => ({
      ...(pair.a !== undefined && { a: pair.a + from.a }),
      ...(pair.b !== undefined && { b: pair.b + from.b }),
      equal: false,
    }));
  });
};

/** Pairs of frames by their hashes; between those that are the same they belong together in order. */
export const alignFrames = (a: readonly string[], b: readonly string[]): Pair[] =>
  align(
    a.map((key) => ({ key, name: 'frame' })),
    b.map((key) => ({ key, name: 'frame' })),
  );
