// Timings as 18 bytes of an EDID, and as 20 bytes of a DisplayID block.
// Facts: VESA E-EDID 1.4, section 3.10.2; VESA DisplayID 1.3, section 4.4 (Type I detailed timing).

import type { Sweep, Timing } from './timing';

/** Bytes of a detailed timing. */
export const DETAILED_TIMING_BYTES = 18;

const MAX_12_BITS = 0xfff;
const MAX_16_BITS = 0xffff;
/** Digital, separate syncs, horizontal positive: what reduced blanking has. */
const SYNC_FLAGS = 0x1a;
const MAX_V_PORCH = 0x3f;

/** Whether an 18-byte descriptor can hold a timing. */
export const fitsDetailedTiming = ({ clock10kHz, horizontal, vertical }: Timing): boolean =>
  clock10kHz <= MAX_16_BITS &&
  horizontal.active <= MAX_12_BITS &&
  vertical.active <= MAX_12_BITS &&
  vertical.blank <= MAX_12_BITS &&
  vertical.sync <= MAX_V_PORCH;

const high4 = (first: number, second: number): number => ((first >> 8) << 4) | (second >> 8);

/** How large a display is, in millimetres; 0 for both: not known. */
export interface PhysicalSize {
  widthMm: number;
  heightMm: number;
}

/** The 18 bytes of a timing that fits. */
export const detailedTiming = (
  { clock10kHz, horizontal: h, vertical: v }: Timing,
  { widthMm, heightMm }: PhysicalSize,
): number[] => {
  return [
    clock10kHz & 0xff,
    clock10kHz >> 8,
    h.active & 0xff,
    h.blank & 0xff,
    high4(h.active, h.blank),
    v.active & 0xff,
    v.blank & 0xff,
    high4(v.active, v.blank),
    h.front & 0xff,
    h.sync & 0xff,
    ((v.front & 0xf) << 4) | (v.sync & 0xf),
    ((h.front >> 8) << 6) | ((h.sync >> 8) << 4) | ((v.front >> 4) << 2) | (v.sync >> 4),
    widthMm & 0xff,
    heightMm & 0xff,
    high4(widthMm, heightMm),
    0,
    0,
    SYNC_FLAGS,
  ];
};

const word = (value: number): number[] => [value & 0xff, (value >> 8) & 0xff];
const POSITIVE_SYNC = 0x8000;
const PREFERRED = 0x80;
const ASPECT_UNDEFINED = 8;

const sweepWords = ({ active, blank, front, sync }: Sweep, polarity: number): number[] => [
  ...word(active - 1),
  ...word(blank - 1),
  ...word((front - 1) | polarity),
  ...word(sync - 1),
];

/** The 20 bytes of the preferred timing in a DisplayID block, which can hold sizes up to 65536. */
export const typeOneTiming = ({ clock10kHz, horizontal, vertical }: Timing): number[] => [
  ...word((clock10kHz - 1) & MAX_16_BITS),
  ((clock10kHz - 1) >> 16) & 0xff,
  PREFERRED | ASPECT_UNDEFINED,
  ...sweepWords(horizontal, POSITIVE_SYNC),
  ...sweepWords(vertical, 0),
];
