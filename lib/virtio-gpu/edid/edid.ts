// The EDID of a display: what it is and which modes it has. Facts: VESA E-EDID 1.4, section 3.

import type { Display } from '../displays';
import { detailedTiming, fitsDetailedTiming, type PhysicalSize } from './detailed-timing';
import { block, CTA_TIMINGS, ctaBlock, displayIdBlock } from './extensions';
import { smallerModes } from './modes';
import { type Mode, type Timing, timingOf } from './timing';

const HEADER = [0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0];
/** Three letters of five bits. */
const MANUFACTURER = 'VGL';
const PRODUCT = 1;
const NAME = 'virgl';
/** Years since 1990, when this was written. */
const YEAR = 36;
const VERSION = [1, 4];
/** Digital, 8 bits per colour, no particular interface. */
const DIGITAL_INPUT = 0xa0;
const GAMMA_2_2 = 120;
/** sRGB, and the first timing is the native one. */
const FEATURES = 0x06;
const SRGB_CHROMATICITY = [0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54];
const STANDARD_TIMINGS = 8;
const UNUSED_STANDARD_TIMING = [1, 1];
const MAX_CENTIMETRES = 255;
const DOTS_PER_INCH = 96;
const MIN_REFRESH_HZ = 60;
const TEXT_BYTES = 13;
const TAGS = { name: 0xfc, dummy: 0x10 } as const;

const manufacturer = (): number[] => {
  const packed = Array.from(MANUFACTURER).reduce(
    (bits, letter) => (bits << 5) | (letter.charCodeAt(0) - 64),
    0,
  );
  return [packed >> 8, packed & 0xff];
};

/** At 96 dots per inch, in whole centimetres; too large a display has no size. */
const physicalSize = ({ width, height }: Mode): { centimetres: number[]; millimetres: PhysicalSize } => {
  const size = [width, height].map((pixels) => Math.max(1, Math.round((pixels * 2.54) / DOTS_PER_INCH)));
  const [w, h] = size.some((side) => side > MAX_CENTIMETRES) ? [0, 0] : size;
  return { centimetres: [w, h], millimetres: { widthMm: w * 10, heightMm: h * 10 } };
};

// Byte and bit of modes that every display of old times had.
const ESTABLISHED = [
  { width: 640, height: 480, byte: 0, bit: 5 },
  { width: 800, height: 600, byte: 0, bit: 0 },
  { width: 1024, height: 768, byte: 1, bit: 3 },
] as const;

const isSize =
  (mode: Pick<Mode, 'width' | 'height'>) =>
  ({ width, height }: Pick<Mode, 'width' | 'height'>): boolean =>
    mode.width === width && mode.height === height;

const establishedTimings = (modes: readonly Mode[]): number[] => {
  const bytes = [0, 0, 0];
  for (const known of ESTABLISHED) if (modes.some(isSize(known))) bytes[known.byte] |= 1 << known.bit;
  return bytes;
};

const RATIOS = [16 / 10, 4 / 3, 5 / 4, 16 / 9];

/** Two bytes, for widths of whole characters and usual ratios; undefined for others. */
const standardTiming = ({ width, height, refreshHz }: Mode): number[] | undefined => {
  const ratio = RATIOS.findIndex((known) => width / height === known);
  const characters = width / 8 - 31;
  if (ratio < 0 || !Number.isInteger(characters) || characters < 1 || characters > 0xff) return undefined;
  return [characters, (ratio << 6) | (refreshHz - MIN_REFRESH_HZ)];
};

const text = (tag: number, content: string): number[] => {
  const bytes = Array.from(`${content}\n`.padEnd(TEXT_BYTES, ' '), (letter) => letter.charCodeAt(0));
  return [0, 0, 0, tag, 0, ...bytes.slice(0, TEXT_BYTES)];
};

const dummy = (): number[] => [0, 0, 0, TAGS.dummy, ...new Array<number>(14).fill(0)];

/** How modes are told: in two bytes of the first block, or in 18 of the second. */
interface Placement {
  standard: number[][];
  detailed: Timing[];
}

const place = (modes: readonly Mode[]): Placement => {
  const placement: Placement = { standard: [], detailed: [] };
  for (const mode of modes) {
    if (ESTABLISHED.some(isSize(mode))) continue;
    const two = standardTiming(mode);
    const timing = timingOf(mode);
    if (two !== undefined && placement.standard.length < STANDARD_TIMINGS) placement.standard.push(two);
    else if (fitsDetailedTiming(timing) && placement.detailed.length < CTA_TIMINGS)
      placement.detailed.push(timing);
  }
  return placement;
};

interface FirstBlock {
  mode: Mode;
  modes: readonly Mode[];
  standard: number[][];
  first: Timing;
  serial: number;
  extensions: number;
}

const firstBlock = ({ mode, modes, standard, first, serial, extensions }: FirstBlock): Uint8Array => {
  const { centimetres, millimetres } = physicalSize(mode);
  const unused = new Array<number[]>(STANDARD_TIMINGS - standard.length).fill(UNUSED_STANDARD_TIMING);
  return block([
    ...HEADER,
    ...manufacturer(),
    PRODUCT & 0xff,
    PRODUCT >> 8,
    ...[serial, 0, 0, 0],
    ...[0, YEAR],
    ...VERSION,
    DIGITAL_INPUT,
    ...centimetres,
    GAMMA_2_2,
    FEATURES,
    ...SRGB_CHROMATICITY,
    ...establishedTimings(modes),
    ...[...standard, ...unused].flat(),
    ...detailedTiming(first, millimetres),
    ...text(TAGS.name, `${NAME} ${serial}`),
    ...dummy(),
    ...dummy(),
    extensions,
  ]);
};

/**
 * The EDID of a display: its size is the preferred mode, and no mode is larger.
 * @param index which display it is
 */
export const displayEdid = (display: Display, index: number): Uint8Array => {
  const { width, height, refreshHz } = display;
  const mode = { width, height, refreshHz };
  const modes = smallerModes(mode);
  const preferred = timingOf(mode);
  const isPlain = fitsDetailedTiming(preferred);
  const { standard, detailed } = place(modes);
  // The first block must begin with a timing: the largest that fits, where the preferred one is in a block of its own.
  const first = isPlain ? preferred : (modes.map(timingOf).find(fitsDetailedTiming) ?? preferred);
  const extensions = [
    ...(detailed.length > 0 ? [ctaBlock(detailed, physicalSize(mode).millimetres)] : []),
    ...(isPlain ? [] : [displayIdBlock(preferred)]),
  ];
  const blocks = [
    firstBlock({ mode, modes, standard, first, serial: index + 1, extensions: extensions.length }),
    ...extensions,
  ];
  return new Uint8Array(Buffer.concat(blocks));
};
