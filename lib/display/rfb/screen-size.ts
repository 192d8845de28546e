// The size of the display as the viewer knows it, and a viewer's wish for another (ExtendedDesktopSize of rfbproto).

import { rectHeader } from '../encode/rect-bytes';
import type { Size } from '../source';
import { ByteMaker } from './byte-maker';
import { PSEUDO } from './encodings';

/** Why a size is told: because there is another, or because this viewer asked for one. */
export type SizeReason = 'ours' | 'asked';

/** How a wish for a size ended, as the wire has it. */
export type SizeStatus = 'done' | 'prohibited' | 'out of resources' | 'invalid';

const REASONS: Readonly<Record<SizeReason, number>> = { ours: 0, asked: 1 };
const STATUSES: Readonly<Record<SizeStatus, number>> = {
  done: 0,
  prohibited: 1,
  'out of resources': 2,
  invalid: 3,
};

/** DesktopSize. */
export const desktopSizeRect = (size: Size): Uint8Array[] => [
  rectHeader({ x: 0, y: 0, ...size }, PSEUDO.desktopSize),
];

/** ExtendedDesktopSize, with one screen that fills the display. */
export const extendedSizeRect = (size: Size, reason: SizeReason, status: SizeStatus): Uint8Array[] => {
  const header = rectHeader({ x: REASONS[reason], y: STATUSES[status], ...size }, PSEUDO.extendedDesktopSize);
  const screen = new ByteMaker().u8(1, 0, 0, 0).u32(0).u16(0, 0, size.width, size.height).u32(0);
  return [header, screen.done()];
};
