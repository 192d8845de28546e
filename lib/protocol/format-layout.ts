// How the texels of a format lie in memory, worked out from its name. Channels are named from the first byte (of
// array formats) or the lowest bit (of packed ones) up, as Gallium's src/util/format does.

import { VirglError } from './error';
import { formatName, type FormatName } from './formats';

/** One channel of a format. */
export interface FormatChannel {
  /** R, G, B, A, X (unused), L (luminance), I (intensity), Z (depth), S (stencil), Y, U, V, or E (shared exponent). */
  readonly name: string;
  readonly bits: number;
  /** First bit within the block, counted from the lowest bit of the first byte. */
  readonly offsetBits: number;
}

/** The block of texels that a format stores as a unit. */
export interface FormatLayout {
  readonly name: FormatName;
  /** Width of a block in pixels; 1 for uncompressed formats. */
  readonly blockWidth: number;
  /** Height of a block in pixels. */
  readonly blockHeight: number;
  /** Depth of a block in pixels; above 1 only for three-dimensional ASTC. */
  readonly blockDepth: number;
  /** Size of a block in bytes. */
  readonly blockBytes: number;
  /** Channels of a texel; empty for compressed and chroma-subsampled formats. */
  readonly channels: readonly FormatChannel[];
}

type Shape = Omit<FormatLayout, 'name'>;

const compressed = (blockWidth: number, blockHeight: number, blockBytes: number, blockDepth = 1): Shape => ({
  blockWidth,
  blockHeight,
  blockDepth,
  blockBytes,
  channels: [],
});

// First match wins. ASTC blocks always take 16 bytes, whatever they cover.
const COMPRESSED: readonly (readonly [RegExp, (match: RegExpExecArray) => Shape])[] = [
  [/^DXT1_/, () => compressed(4, 4, 8)],
  [/^DXT[35]_/, () => compressed(4, 4, 16)],
  [/^(RGTC|LATC)1_/, () => compressed(4, 4, 8)],
  [/^(RGTC|LATC)2_/, () => compressed(4, 4, 16)],
  [/^BPTC_/, () => compressed(4, 4, 16)],
  [/^ETC1_/, () => compressed(4, 4, 8)],
  [/^ETC2_(RGBA8|SRGBA8|RG11)/, () => compressed(4, 4, 16)],
  [/^ETC2_/, () => compressed(4, 4, 8)],
  [/^ATC_RGB$/, () => compressed(4, 4, 8)],
  [/^ATC_RGBA_/, () => compressed(4, 4, 16)],
  [/^FXT1_/, () => compressed(8, 4, 16)],
  [/^ASTC_(\d+)x(\d+)x(\d+)/, ([, w, h, d]) => compressed(Number(w), Number(h), 16, Number(d))],
  [/^ASTC_(\d+)x(\d+)/, ([, w, h]) => compressed(Number(w), Number(h), 16)],
];

// Names whose digits do not follow the rule: channels of mixed types, and a nameless second byte.
const IRREGULAR: Readonly<Partial<Record<FormatName, string>>> = {
  R8SG8SB8UX8U_NORM: 'R8G8B8X8',
  R5SG5SB6U_NORM: 'R5G5B6',
  R10SG10SB10SA2U_NORM: 'R10G10B10A2',
  R8G8Bx_SNORM: 'R8G8',
  Z24_UNORM_S8_UINT_AS_R8G8B8A8: 'R8G8B8A8',
};

const GROUP = '(?:[A-Z]\\d+)+';
// Two pixels that share chroma in one block: R8G8_B8G8_422 or Y8U8Y8V8_422, but not planes such as Y8_U8V8_422.
const SUBSAMPLED = /^(?:([A-Z]\d+){4}|([A-Z]\d+){8}|([A-Z]\d+){2}_([A-Z]\d+){2})_422_/;
const DEPTH_STENCIL = new RegExp(`^(${GROUP})_(?:UNORM|FLOAT|UINT)_(${GROUP})_(?:UNORM|UINT)$`);
const PADDED_STENCIL = /^(X32)_(S8X24)_UINT$/;
const PLAIN = new RegExp(`^(${GROUP})_(?:444_|400_)?[A-Z]+(?:_EMULATED)?$`);

const channelsOf = (group: string): FormatChannel[] => {
  let offsetBits = 0;
  return Array.from(group.matchAll(/([A-Z])(\d+)/g), ([, name = '', digits]) => {
    const bits = Number(digits);
    const channel = { name, bits, offsetBits };
    offsetBits += bits;
    return channel;
  });
};

const uncompressed = (group: string): Shape | undefined => {
  const channels = channelsOf(group);
  const bits = channels.reduce((sum, channel) => sum + channel.bits, 0);
  if (bits === 0 || bits % 8 !== 0) return undefined;
  return { blockWidth: 1, blockHeight: 1, blockDepth: 1, blockBytes: bits / 8, channels };
};

const shapeOf = (name: FormatName): Shape | undefined => {
  for (const [pattern, shape] of COMPRESSED) {
    const match = pattern.exec(name);
    if (match) return shape(match);
  }
  const irregular = IRREGULAR[name];
  if (irregular !== undefined) return uncompressed(irregular);
  if (SUBSAMPLED.test(name)) {
    const pixels = uncompressed(name.slice(0, name.indexOf('_422_')));
    return pixels && { ...pixels, blockWidth: 2, channels: [] };
  }
  const combined = DEPTH_STENCIL.exec(name) ?? PADDED_STENCIL.exec(name);
  if (combined) return uncompressed(`${combined[1]}${combined[2]}`);
  const plain = PLAIN.exec(name);
  return plain?.[1] === undefined ? undefined : uncompressed(plain[1]);
};

const layouts = new Map<number, FormatLayout>();

/**
 * How the texels of a format lie in memory: `ceil(width / blockWidth) * blockBytes` is the stride of a row.
 * @param format a value of `Format`
 * @throws VirglError ERR_VIRGL_ARGUMENT for a number that is no format, ERR_VIRGL_UNSUPPORTED for a format without
 * a plain layout: NONE, planar and packed 4:2:0 video formats, R1_UNORM
 */
export const formatLayout = (format: number): FormatLayout => {
  const known = layouts.get(format);
  if (known) return known;
  const name = formatName(format);
  if (name === undefined) {
    throw new VirglError(
      'ERR_VIRGL_ARGUMENT',
      `formatLayout: expected a format number but received ${format}`,
      {
        operation: 'formatLayout',
        field: 'format',
        value: format,
      },
    );
  }
  const shape = shapeOf(name);
  if (shape === undefined) {
    throw new VirglError('ERR_VIRGL_UNSUPPORTED', `formatLayout: ${name} has no plain layout in memory`, {
      operation: 'formatLayout',
      field: 'format',
      value: format,
    });
  }
  const layout = { name, ...shape };
  layouts.set(format, layout);
  return layout;
};
