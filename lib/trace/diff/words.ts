// What text and page of a diff say in the same words.

import type { FieldChange } from './flatten';
import type { Change, PixelDifference, TraceDiff } from './result';

const MOST_FIELDS = 24;

/** Counts, in a line. */
export const summaryLine = ({ frames, steps, changeCount, loneFrames, pixels }: TraceDiff): string => {
  const parts = [
    `${frames.a} and ${frames.b} frames, ${frames.equal} the same`,
    `${steps.a} and ${steps.b} commands and calls, ${changeCount} differ`,
    ...(loneFrames.length > 0 ? [`${loneFrames.length} frames only in one`] : []),
    ...(pixels ? [`${pixels.compared} pictures compared, ${pixels.different.length} differ`] : []),
  ];
  return parts.join('; ');
};

/** Where a change is: `frame 3, command 120`. */
export const placeOf = ({ a, b, kind }: Change): string => {
  const word = kind === 'command' ? 'command' : 'call';
  const at = (side: typeof a): string =>
    `frame ${side?.frame}${side?.number === undefined ? '' : `, ${word} ${side.number}`}`;
  if (a === undefined || b === undefined) return at(a ?? b);
  return at(a) === at(b) ? at(a) : `${at(a)} (${at(b)} in the second)`;
};

/** `field: old -> new`, of the first fields. */
export const fieldLines = (fields: readonly FieldChange[]): string[] => {
  const lines = fields
    .slice(0, MOST_FIELDS)
    .map(({ field, a, b }) => `${field}: ${a ?? '(nothing)'} -> ${b ?? '(nothing)'}`);
  return fields.length > MOST_FIELDS ? [...lines, `and ${fields.length - MOST_FIELDS} more`] : lines;
};

/** What differs in the pixels of a frame. */
export const pixelLine = ({ a, b, problem, differing, total, largest, first }: PixelDifference): string => {
  const frame = a === b ? `frame ${a}` : `frame ${a} (${b} in the second)`;
  if (problem !== undefined) return `${frame}: ${problem}`;
  const where = first ? `, first at ${first.x},${first.y}: ${first.a} -> ${first.b}` : '';
  return `${frame}: ${differing} of ${total} pixels differ, by up to ${largest}${where}`;
};
