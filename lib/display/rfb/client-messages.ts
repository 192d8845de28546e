// What a viewer says after the handshake (RFC 6143, 7.5; rfbproto), taken from its stream one message at a time.

import { BGR233, type PixelFormat } from '../encode/pixel-format';
import type { Rect } from '../source';
import type { ByteReader } from './byte-reader';
import { protocolError } from './stop';

/** A screen of SetDesktopSize and ExtendedDesktopSize. */
export interface Screen extends Rect {
  id: number;
  flags: number;
}

/** One message of a viewer. */
export type ClientMessage =
  | { message: 'setPixelFormat'; format: PixelFormat; usesColourMap: boolean }
  | { message: 'setEncodings'; numbers: number[] }
  | { message: 'updateRequest'; isIncremental: boolean; rect: Rect }
  | { message: 'key'; keysym: number; scancode?: number; down: boolean }
  | { message: 'pointer'; x: number; y: number; buttons: number }
  /** Undefined if it was too long. */
  | { message: 'cutText'; bytes: Buffer | undefined }
  | { message: 'extendedClipboard'; bytes: Buffer | undefined }
  | { message: 'continuousUpdates'; isOn: boolean; rect: Rect }
  | { message: 'fence'; flags: number; payload: Buffer }
  | { message: 'setDesktopSize'; width: number; height: number; screens: Screen[] };

/** What the form of messages depends on. */
export interface MessageContext {
  /** PointerEvent may have a byte more. */
  hasExtendedMouseButtons: boolean;
  maxClipboardBytes: number;
}

type MessageReader = (reader: ByteReader, context: MessageContext) => Promise<ClientMessage>;

/** More than a viewer could know; the rest is passed over. */
const MOST_ENCODINGS = 1024;
const MOST_FENCE_BYTES = 64;
/** What is longer is no text that somebody has copied. */
const MOST_SKIPPED_BYTES = 256 * 1024 * 1024;
/** A byte of PointerEvent that is followed by more buttons. */
const MORE_BUTTONS = 0x80;
const QEMU_KEY = 0;

const rectAt = (bytes: Buffer, at: number): Rect => ({
  x: bytes.readUInt16BE(at),
  y: bytes.readUInt16BE(at + 2),
  width: bytes.readUInt16BE(at + 4),
  height: bytes.readUInt16BE(at + 6),
});

const isBits = (bits: number): bits is PixelFormat['bitsPerPixel'] => [8, 16, 32].includes(bits);

/** Whether a colour is a number of whole bits that lie in the pixel. */
const fits = (max: number, shift: number, bits: number): boolean =>
  max > 0 && (max & (max + 1)) === 0 && max * 2 ** shift < 2 ** bits;

/** @throws Stop for pixels that can't be */
export const decodePixelFormat = (bytes: Buffer): { format: PixelFormat; usesColourMap: boolean } => {
  const bitsPerPixel = bytes.readUInt8(0);
  if (!isBits(bitsPerPixel)) throw protocolError(`it asked for pixels of ${bitsPerPixel} bits`);
  if (bytes.readUInt8(3) === 0) {
    if (bitsPerPixel !== 8) throw protocolError(`it asked for a colour map of ${bitsPerPixel} bits`);
    return { format: BGR233, usesColourMap: true };
  }
  const format: PixelFormat = {
    bitsPerPixel,
    depth: bytes.readUInt8(1),
    isBigEndian: bytes.readUInt8(2) !== 0,
    redMax: bytes.readUInt16BE(4),
    greenMax: bytes.readUInt16BE(6),
    blueMax: bytes.readUInt16BE(8),
    redShift: bytes.readUInt8(10),
    greenShift: bytes.readUInt8(11),
    blueShift: bytes.readUInt8(12),
  };
  const { redMax, greenMax, blueMax, redShift, greenShift, blueShift } = format;
  const isGood =
    fits(redMax, redShift, bitsPerPixel) &&
    fits(greenMax, greenShift, bitsPerPixel) &&
    fits(blueMax, blueShift, bitsPerPixel);
  if (!isGood) throw protocolError('it asked for colours that lie outside its pixels');
  return { format, usesColourMap: false };
};

const readSetEncodings: MessageReader = async (reader) => {
  const count = (await reader.take(3)).readUInt16BE(1);
  const kept = Math.min(count, MOST_ENCODINGS);
  const bytes = await reader.take(kept * 4);
  await reader.skip((count - kept) * 4);
  return {
    message: 'setEncodings',
    numbers: Array.from({ length: kept }, (_, index) => bytes.readInt32BE(index * 4)),
  };
};

const readPointer: MessageReader = async (reader, { hasExtendedMouseButtons }) => {
  const bytes = await reader.take(5);
  const low = bytes.readUInt8(0);
  const at = { x: bytes.readUInt16BE(1), y: bytes.readUInt16BE(3) };
  if (!hasExtendedMouseButtons || (low & MORE_BUTTONS) === 0)
    return { message: 'pointer', ...at, buttons: low };
  const high = (await reader.take(1)).readUInt8(0);
  return { message: 'pointer', ...at, buttons: (low & 0x7f) | (high << 7) };
};

const readCutText: MessageReader = async (reader, { maxClipboardBytes }) => {
  const length = (await reader.take(7)).readInt32BE(3);
  const message = length < 0 ? 'extendedClipboard' : 'cutText';
  const lengthBytes = Math.abs(length);
  // Compressed, and with a few numbers: what is longer than the text may be, is too long in any case.
  if (lengthBytes <= maxClipboardBytes) return { message, bytes: await reader.take(lengthBytes) };
  if (lengthBytes > MOST_SKIPPED_BYTES) throw protocolError(`it sent a text of ${lengthBytes} bytes`);
  await reader.skip(lengthBytes);
  return { message, bytes: undefined };
};

const readFence: MessageReader = async (reader) => {
  const head = await reader.take(8);
  const length = head.readUInt8(7);
  if (length > MOST_FENCE_BYTES) throw protocolError(`it sent a fence of ${length} bytes`);
  return {
    message: 'fence',
    flags: head.readUInt32BE(3),
    // A copy: it outlasts what was received with it.
    payload: Buffer.from(await reader.take(length)),
  };
};

const readSetDesktopSize: MessageReader = async (reader) => {
  const head = await reader.take(7);
  const count = head.readUInt8(5);
  const bytes = await reader.take(count * 16);
  return {
    message: 'setDesktopSize',
    width: head.readUInt16BE(1),
    height: head.readUInt16BE(3),
    screens: Array.from({ length: count }, (_, index) => ({
      id: bytes.readUInt32BE(index * 16),
      ...rectAt(bytes, index * 16 + 4),
      flags: bytes.readUInt32BE(index * 16 + 12),
    })),
  };
};

const readQemu: MessageReader = async (reader) => {
  const kind = (await reader.take(1)).readUInt8(0);
  if (kind !== QEMU_KEY) throw protocolError(`it sent a QEMU message of kind ${kind}, which nobody offered`);
  const bytes = await reader.take(10);
  return {
    message: 'key',
    down: bytes.readUInt16BE(0) !== 0,
    keysym: bytes.readUInt32BE(2),
    scancode: bytes.readUInt32BE(6),
  };
};

/** How each message is read, by its number. */
const READERS: Readonly<Record<number, MessageReader>> = {
  0: async (reader) => ({
    message: 'setPixelFormat',
    ...decodePixelFormat((await reader.take(19)).subarray(3)),
  }),
  2: readSetEncodings,
  3: async (reader) => {
    const bytes = await reader.take(9);
    return { message: 'updateRequest', isIncremental: bytes.readUInt8(0) !== 0, rect: rectAt(bytes, 1) };
  },
  4: async (reader) => {
    const bytes = await reader.take(7);
    return { message: 'key', down: bytes.readUInt8(0) !== 0, keysym: bytes.readUInt32BE(3) };
  },
  5: readPointer,
  6: readCutText,
  150: async (reader) => {
    const bytes = await reader.take(9);
    return { message: 'continuousUpdates', isOn: bytes.readUInt8(0) !== 0, rect: rectAt(bytes, 1) };
  },
  248: readFence,
  251: readSetDesktopSize,
  255: readQemu,
};

/**
 * The next message.
 * @throws Stop `protocol` for what RFB does not know, `left` at the end of the stream
 */
export const readClientMessage = async (
  reader: ByteReader,
  context: MessageContext,
): Promise<ClientMessage> => {
  const type = (await reader.take(1)).readUInt8(0);
  const read = READERS[type];
  if (read === undefined) throw protocolError(`it sent a message of type ${type}`);
  return read(reader, context);
};
