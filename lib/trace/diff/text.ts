// A diff as text.

import type { Change, TraceDiff } from './result';
import { fieldLines, pixelLine, placeOf, summaryLine } from './words';

const changeLines = (change: Change): string[] => {
  const { what, a, b, fields, name } = change;
  if (what === 'added') return [`${placeOf(change)}: only in the second`, `  + ${b?.line}`];
  if (what === 'removed') return [`${placeOf(change)}: only in the first`, `  - ${a?.line}`];
  return [`${placeOf(change)}: ${name}`, ...fieldLines(fields).map((line) => `  ${line}`)];
};

/** The diff as lines for people, with a line break at the end. */
export const diffText = (result: TraceDiff): string => {
  const { equal, changes, changeCount, loneFrames, state, pixels } = result;
  const lines = [`${equal ? 'equal' : 'different'}: ${summaryLine(result)}`];
  for (const change of changes) lines.push(...changeLines(change));
  if (changeCount > changes.length) lines.push(`and ${changeCount - changes.length} more changes`);
  for (const { side, frame } of loneFrames)
    lines.push(`frame ${frame}: only in the ${side === 'a' ? 'first' : 'second'}`);
  if (state) {
    lines.push(
      `state at draw ${state.a}${state.a === state.b ? '' : ` (${state.b} in the second)`}, the first that differs:`,
    );
    lines.push(...fieldLines(state.slots).map((line) => `  ${line}`));
  }
  for (const difference of pixels?.different ?? []) lines.push(pixelLine(difference));
  if (pixels?.problem !== undefined) lines.push(pixels.problem);
  return `${lines.join('\n')}\n`;
};
