// "Did you mean": the name that takes the fewest edits.

const editDistance = (a: string, b: string): number => {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current[column] = Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1);
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
};

const LEAST_COMMON = 3;

// `FRAGMENT` for FRAG, `DRAW` for DRAW_VBO.
const startAlike = (a: string, b: string): boolean =>
  Math.min(a.length, b.length) >= LEAST_COMMON && (a.startsWith(b) || b.startsWith(a));

/**
 * The candidate nearest to a name (letter case aside), or undefined if none is near: one starts with the other, or at
 * most a third of the longer one differs.
 * @param name what was written
 * @param candidates what is allowed
 */
export const nearestName = (name: string, candidates: Iterable<string>): string | undefined => {
  const written = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const known = candidate.toLowerCase();
    const distance = editDistance(written, known);
    const limit = Math.max(2, Math.floor(Math.max(name.length, candidate.length) / 3));
    if (distance < bestDistance && (distance <= limit || startAlike(written, known))) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
};
