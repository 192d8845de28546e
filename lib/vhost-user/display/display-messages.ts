// The socket on which a vhost-user GPU shows its displays in QEMU, as data. Facts: QEMU docs/interop/vhost-user-gpu.rst.

import type { CursorImage } from '../../image';
import { type DisplayMode, type Rect, type ScanoutBuffer, StructCodec } from '../../virtio-gpu';
import { viewOf } from '../../virtio-gpu/messages';

const HEADER = new StructCodec({ request: 'u32', flags: 'u32', sizeBytes: 'u32' } as const);
/** Bytes before the payload. */
export const DISPLAY_HEADER_BYTES = HEADER.sizeBytes;
const REPLY_FLAG = 4;

/** Numbers of the messages, `VHOST_USER_GPU_` dropped, and the bytes of what QEMU answers to those that it answers. */
export const DISPLAY_MESSAGES = {
  GET_PROTOCOL_FEATURES: { id: 1, replyBytes: 8 },
  SET_PROTOCOL_FEATURES: { id: 2 },
  GET_DISPLAY_INFO: { id: 3, replyBytes: 408 },
  CURSOR_POS: { id: 4 },
  CURSOR_POS_HIDE: { id: 5 },
  CURSOR_UPDATE: { id: 6 },
  SCANOUT: { id: 7 },
  UPDATE: { id: 8 },
  DMABUF_SCANOUT: { id: 9 },
  DMABUF_UPDATE: { id: 10, replyBytes: 0 },
  DMABUF_SCANOUT2: { id: 12 },
} as const satisfies Record<string, { id: number; replyBytes?: number }>;

/** The name of a message. */
export type DisplayMessageName = keyof typeof DISPLAY_MESSAGES;

const QUESTIONS = ['GET_PROTOCOL_FEATURES', 'GET_DISPLAY_INFO', 'DMABUF_UPDATE'] as const;

/** A message that QEMU answers. */
export type DisplayQuestion = (typeof QUESTIONS)[number];

/** Bits of the protocol's features, `VHOST_USER_GPU_PROTOCOL_F_` dropped. */
export const DISPLAY_FEATURES = { EDID: 0, DMABUF2: 1 } as const;

const CURSOR_POSITION = new StructCodec({ scanout: 'u32', x: 'u32', y: 'u32' } as const);
const CURSOR_HOT_SPOT = new StructCodec({ hotX: 'u32', hotY: 'u32' } as const);
const SCANOUT = new StructCodec({ scanout: 'u32', width: 'u32', height: 'u32' } as const);
const UPDATE = new StructCodec({ scanout: 'u32', rect: 'rect' } as const);
const DMABUF_SCANOUT = new StructCodec({
  scanout: 'u32',
  rect: 'rect',
  width: 'u32',
  height: 'u32',
  strideBytes: 'u32',
  flags: 'u32',
  fourcc: 'u32',
} as const);
const MODIFIER_BYTES = 8;
const NO_BUFFER = {
  rect: { x: 0, y: 0, width: 0, height: 0 },
  width: 0,
  height: 0,
  strideBytes: 0,
  flags: 0,
  fourcc: 0,
};
/** Behind a header of virtio-gpu. */
const DISPLAY_INFO = new StructCodec({ modes: 'displayModes' } as const);
const VIRTIO_GPU_HEADER_BYTES = 24;

/** Width and height of a cursor's picture. */
export const CURSOR_SIDE = 64;
const CURSOR_BYTES = CURSOR_SIDE * CURSOR_SIDE * 4;
const PIXEL_BYTES = 4;

const message = (name: DisplayMessageName, payloadBytes: number, isReply = false): Uint8Array => {
  const bytes = new Uint8Array(DISPLAY_HEADER_BYTES + payloadBytes);
  HEADER.encode(viewOf(bytes), 0, {
    request: DISPLAY_MESSAGES[name].id,
    flags: isReply ? REPLY_FLAG : 0,
    sizeBytes: payloadBytes,
  });
  return bytes;
};

/** Asks for something. */
export const encodeQuestion = (name: Exclude<DisplayQuestion, 'DMABUF_UPDATE'>): Uint8Array =>
  message(name, 0);

/** The features of the protocol that QEMU has. */
export const decodeProtocolFeatures = (payload: Uint8Array): bigint => viewOf(payload).getBigUint64(0, true);

/** Accepts features of the protocol. */
export const encodeProtocolFeatures = (features: bigint): Uint8Array => {
  const bytes = message('SET_PROTOCOL_FEATURES', 8);
  viewOf(bytes).setBigUint64(DISPLAY_HEADER_BYTES, features, true);
  return bytes;
};

/** A display has another size; 0x0 for nothing to show. */
export const encodeScanout = (scanout: number, width: number, height: number): Uint8Array => {
  const bytes = message('SCANOUT', SCANOUT.sizeBytes);
  SCANOUT.encode(viewOf(bytes), DISPLAY_HEADER_BYTES, { scanout, width, height });
  return bytes;
};

/** New pixels of a display, to be filled in. */
export const encodeUpdate = (scanout: number, rect: Rect): { bytes: Uint8Array; pixels: Uint8Array } => {
  const bytes = message('UPDATE', UPDATE.sizeBytes + rect.width * rect.height * PIXEL_BYTES);
  UPDATE.encode(viewOf(bytes), DISPLAY_HEADER_BYTES, { scanout, rect });
  return { bytes, pixels: bytes.subarray(DISPLAY_HEADER_BYTES + UPDATE.sizeBytes) };
};

/** A display shows this dma-buf, whose descriptor goes with the message; undefined: none any more. */
export const encodeDmabufScanout = (
  scanout: number,
  buffer: Omit<ScanoutBuffer, 'fd'> | undefined,
): Uint8Array => {
  const { sizeBytes } = DMABUF_SCANOUT;
  const modifier = buffer?.modifier;
  // Without a modifier the older message: to QEMU one that is not there and 0, which is LINEAR, are not the same.
  const bytes =
    modifier === undefined
      ? message('DMABUF_SCANOUT', sizeBytes)
      : message('DMABUF_SCANOUT2', sizeBytes + MODIFIER_BYTES);
  const view = viewOf(bytes);
  DMABUF_SCANOUT.encode(view, DISPLAY_HEADER_BYTES, { ...(buffer ?? NO_BUFFER), scanout });
  if (modifier !== undefined) view.setBigUint64(DISPLAY_HEADER_BYTES + sizeBytes, modifier, true);
  return bytes;
};

/** A part of the dma-buf that a display shows has changed; answered when it is shown. */
export const encodeDmabufUpdate = (scanout: number, rect: Rect): Uint8Array => {
  const bytes = message('DMABUF_UPDATE', UPDATE.sizeBytes);
  UPDATE.encode(viewOf(bytes), DISPLAY_HEADER_BYTES, { scanout, rect });
  return bytes;
};

/** Where a cursor is shown, or that it is not shown. */
export const encodeCursorPosition = (
  scanout: number,
  { x, y, visible }: { x: number; y: number; visible: boolean },
): Uint8Array => {
  const bytes = message(visible ? 'CURSOR_POS' : 'CURSOR_POS_HIDE', CURSOR_POSITION.sizeBytes);
  CURSOR_POSITION.encode(viewOf(bytes), DISPLAY_HEADER_BYTES, {
    scanout,
    x: Math.max(0, x),
    y: Math.max(0, y),
  });
  return bytes;
};

/** A cursor has another picture; one of another size is cut or filled up with nothing. */
export const encodeCursor = (scanout: number, cursor: CursorImage): Uint8Array => {
  const { width, height, pixels, hotX, hotY, x, y } = cursor;
  const pictureAt = CURSOR_POSITION.sizeBytes + CURSOR_HOT_SPOT.sizeBytes;
  const bytes = message('CURSOR_UPDATE', pictureAt + CURSOR_BYTES);
  const view = viewOf(bytes);
  CURSOR_POSITION.encode(view, DISPLAY_HEADER_BYTES, { scanout, x: Math.max(0, x), y: Math.max(0, y) });
  CURSOR_HOT_SPOT.encode(view, DISPLAY_HEADER_BYTES + CURSOR_POSITION.sizeBytes, { hotX, hotY });
  const rowBytes = Math.min(width, CURSOR_SIDE) * PIXEL_BYTES;
  for (let row = 0; row < Math.min(height, CURSOR_SIDE); row += 1) {
    const from = row * width * PIXEL_BYTES;
    const into = DISPLAY_HEADER_BYTES + pictureAt + row * CURSOR_SIDE * PIXEL_BYTES;
    bytes.set(pixels.subarray(from, from + rowBytes), into);
  }
  return bytes;
};

/** What the header of a reply says. */
export interface DisplayReplyHeader {
  name: DisplayQuestion | undefined;
  isReply: boolean;
  sizeBytes: number;
}

/** Reads the header of what QEMU sends. */
export const decodeDisplayHeader = (bytes: Uint8Array): DisplayReplyHeader => {
  const { request, flags, sizeBytes } = HEADER.decode(viewOf(bytes), 0);
  const name = QUESTIONS.find((question) => DISPLAY_MESSAGES[question].id === request);
  return { name, isReply: (flags & REPLY_FLAG) !== 0, sizeBytes };
};

/** The answer to GET_DISPLAY_INFO. */
export const decodeDisplayInfo = (payload: Uint8Array): DisplayMode[] =>
  DISPLAY_INFO.decode(viewOf(payload), VIRTIO_GPU_HEADER_BYTES).modes;
