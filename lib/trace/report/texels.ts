// Bytes of any uncompressed format as numbers, and as pictures for people.
// Facts: the names of formats (their last words tell the type of the channels), lib/protocol/format-layout.ts.

import type { Image } from '../../image';
import { type FormatChannel, formatLayout } from '../../protocol';

/** What the bits of a channel mean. */
type ChannelType = 'UNORM' | 'SNORM' | 'FLOAT' | 'UINT' | 'SINT' | 'USCALED' | 'SSCALED' | 'SRGB';

interface TypedChannel extends FormatChannel {
  type: ChannelType;
}

/** A format whose texels can be told as numbers. */
export interface TexelReader {
  /** Bytes of a texel. */
  texelBytes: number;
  /** One name per number, padding left out. */
  channels: readonly TypedChannel[];
  /** The numbers of the texel that begins there. */
  read(bytes: Uint8Array, at: number): number[];
}

const TYPES = /UNORM|SNORM|FLOAT|UINT|SINT|USCALED|SSCALED|SRGB/g;

// Depth and stencil formats have a type for each of the two.
const typeOf = (name: string, channel: string): ChannelType => {
  const types = name.match(TYPES) as ChannelType[] | null;
  if (types === null) return 'UNORM';
  return channel === 'S' ? (types.at(-1) ?? 'UINT') : types[0];
};

const halfFloat = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};

// The 11 and 10 bits of R11G11B10: no sign, five bits of exponent.
const smallFloat = (bits: number, width: number): number => halfFloat(bits << (15 - width));

const scratch = new DataView(new ArrayBuffer(8));

const floatOf = (bits: bigint, width: number): number => {
  if (width === 16) return halfFloat(Number(bits));
  if (width < 16) return smallFloat(Number(bits), width);
  scratch.setBigUint64(0, bits);
  return width === 64 ? scratch.getFloat64(0) : scratch.getFloat32(4);
};

const numberOf = (bits: bigint, { bits: width, type }: TypedChannel): number => {
  if (type === 'FLOAT') return floatOf(bits, width);
  if (type === 'UNORM' || type === 'SRGB') return Number(bits) / (2 ** width - 1);
  if (type === 'UINT' || type === 'USCALED') return Number(bits);
  const signed = Number(BigInt.asIntN(width, bits));
  return type === 'SNORM' ? Math.max(-1, signed / (2 ** (width - 1) - 1)) : signed;
};

const bitsAt = (bytes: Uint8Array, at: number, { offsetBits, bits }: FormatChannel): bigint => {
  let value = 0n;
  const first = offsetBits >> 3;
  const last = (offsetBits + bits - 1) >> 3;
  for (let byte = last; byte >= first; byte -= 1) value = (value << 8n) | BigInt(bytes[at + byte] ?? 0);
  return BigInt.asUintN(bits, value >> BigInt(offsetBits & 7));
};

/** How to read a format; undefined for compressed and video formats, and numbers that are no format. */
export const texelReader = (format: number): TexelReader | undefined => {
  let layout;
  try {
    layout = formatLayout(format);
  } catch {
    return undefined;
  }
  const { name, blockBytes, blockWidth, channels } = layout;
  if (channels.length === 0 || blockWidth > 1 || channels.some(({ name: of }) => of === 'E'))
    return undefined;
  const typed = channels
    .filter((channel) => channel.name !== 'X')
    .map((channel) => ({ ...channel, type: typeOf(name, channel.name) }));
  return {
    texelBytes: blockBytes,
    channels: typed,
    read: (bytes, at) => typed.map((channel) => numberOf(bitsAt(bytes, at, channel), channel)),
  };
};

const OPAQUE = 255;
const byteOf = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * 255);

// Integers have no range of their own: they are shown modulo 256.
const shade = (value: number, { type }: TypedChannel): number =>
  type === 'UINT' || type === 'SINT' ? value & 255 : byteOf(value);

const COLOR_PLACES: Readonly<Record<string, readonly number[]>> = {
  R: [0],
  G: [1],
  B: [2],
  A: [3],
  L: [0, 1, 2],
  I: [0, 1, 2, 3],
  Z: [0, 1, 2],
};

// Formats of four bytes need no arithmetic, and are nearly all there are.
const fastPicture = (reader: TexelReader, bytes: Uint8Array, data: Uint8Array): boolean => {
  const { channels, texelBytes } = reader;
  const isPlain = (channel: TypedChannel): boolean =>
    channel.bits === 8 &&
    (channel.type === 'UNORM' || channel.type === 'SRGB') &&
    (COLOR_PLACES[channel.name]?.length ?? 2) === 1;
  if (texelBytes !== 4 || !channels.every(isPlain)) return false;
  for (const { name, offsetBits } of channels) {
    const to = COLOR_PLACES[name][0];
    const from = offsetBits >> 3;
    for (let at = 0; at < data.length; at += 4) data[at + to] = bytes[at + from];
  }
  return true;
};

const slowPicture = (
  { channels, read, texelBytes }: TexelReader,
  bytes: Uint8Array,
  data: Uint8Array,
): void => {
  for (let texel = 0; texel * 4 < data.length; texel += 1) {
    read(bytes, texel * texelBytes).forEach((value, index) => {
      const channel = channels[index];
      for (const place of COLOR_PLACES[channel.name] ?? []) data[texel * 4 + place] = shade(value, channel);
    });
  }
};

// Depth crowds near 1, so that it is spread over what occurs.
const depthPicture = (
  { channels, read, texelBytes }: TexelReader,
  bytes: Uint8Array,
  data: Uint8Array,
): void => {
  const z = channels.findIndex(({ name }) => name === 'Z');
  const values = Array.from({ length: data.length / 4 }, (_, texel) => read(bytes, texel * texelBytes)[z]);
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  const range = most - least || 1;
  values.forEach((value, texel) => data.fill(byteOf((value - least) / range), texel * 4, texel * 4 + 3));
};

/**
 * A level as a picture: tight rows, the first at the top. A colour that the format lacks is 0, alpha 255; depth is spread from
 * black (the nearest there is) to white.
 * @returns undefined for a format that has no picture
 */
export const pictureOf = (
  format: number,
  width: number,
  height: number,
  bytes: Uint8Array,
): Image | undefined => {
  const reader = texelReader(format);
  if (reader === undefined || bytes.byteLength < width * height * reader.texelBytes) return undefined;
  const data = new Uint8Array(width * height * 4);
  for (let at = 3; at < data.length; at += 4) data[at] = OPAQUE;
  if (reader.channels.some(({ name }) => name === 'Z')) depthPicture(reader, bytes, data);
  else if (!fastPicture(reader, bytes, data)) slowPicture(reader, bytes, data);
  return { width, height, data };
};

/** The same picture with at most so many pixels along each side; each is the mean of a square of the large one's. */
export const shrunk = (image: Image, most: number): Image => {
  const factor = Math.max(1, Math.ceil(Math.max(image.width, image.height) / most));
  if (factor === 1) return image;
  const width = Math.max(1, Math.floor(image.width / factor));
  const height = Math.max(1, Math.floor(image.height / factor));
  const [acrossTexels, downTexels] = [Math.min(factor, image.width), Math.min(factor, image.height)];
  const data = new Uint8Array(width * height * 4);
  const rowBytes = image.width * 4;
  for (let at = 0; at < data.length; at += 1) {
    const texel = at >> 2;
    const from = Math.floor(texel / width) * factor * rowBytes + (texel % width) * factor * 4 + (at & 3);
    let sum = 0;
    for (let y = 0; y < downTexels; y += 1)
      for (let x = 0; x < acrossTexels; x += 1) sum += image.data[from + y * rowBytes + x * 4];
    data[at] = Math.round(sum / (acrossTexels * downTexels));
  }
  return { width, height, data };
};
