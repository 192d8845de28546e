// What can't do without what: a command that names an object needs the command that made it.

import type { Atom } from './atoms';

/** For each piece, the pieces before it that made what it names. */
export const makersOf = (atoms: readonly Atom[]): ReadonlyMap<Atom, readonly Atom[]> => {
  const latest = new Map<string, Atom>();
  const makers = new Map<Atom, readonly Atom[]>();
  for (const atom of atoms) {
    const needed = atom.names.flatMap((key) => latest.get(key) ?? []);
    if (needed.length > 0) makers.set(atom, needed);
    for (const key of atom.makes) latest.set(key, atom);
  }
  return makers;
};

/** Pieces to drop, and all that name what they made, directly or not. */
export const withDependents = (
  atoms: readonly Atom[],
  makers: ReadonlyMap<Atom, readonly Atom[]>,
  dropped: Iterable<Atom>,
): Set<Atom> => {
  const gone = new Set(dropped);
  for (const atom of atoms) if (makers.get(atom)?.some((maker) => gone.has(maker))) gone.add(atom);
  return gone;
};
