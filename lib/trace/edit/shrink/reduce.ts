// Delta debugging (Zeller and Hildebrandt's ddmin, complements only): leaves out ever smaller runs of a list for as long as that works.

/**
 * Leaves out what can be left out.
 * @param units in order
 * @param leaveOut tries to do without some of them; true if that worked, and then they are gone
 * @param isLeft whether a unit is still there: leaving out one may take others with it
 * @param again whether single units are tried until none can be left out
 */
export const reduce = async <Unit>(
  units: readonly Unit[],
  leaveOut: (units: readonly Unit[]) => Promise<boolean>,
  isLeft: (unit: Unit) => boolean,
  { again = false }: { again?: boolean } = {},
): Promise<void> => {
  let left = units.filter(isLeft);
  for (let size = Math.ceil(left.length / 2); size >= 1;) {
    let worked = false;
    // From the end: what comes later needs what came before.
    for (let end = left.length; end > 0; end -= size) {
      const run = left.slice(Math.max(0, end - size), end).filter(isLeft);
      if (run.length > 0 && (await leaveOut(run))) worked = true;
    }
    left = left.filter(isLeft);
    if (size > 1) size = Math.ceil(Math.min(size, left.length) / 2);
    else if (!worked || !again) return;
  }
};
