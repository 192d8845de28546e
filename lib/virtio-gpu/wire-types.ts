// What fields of virtio-gpu structures are: each type has a size, and is read and written in one place. All are little-endian.
// Facts: virtio 1.2, section 5.7.6; linux/virtio_gpu.h.

import type { Box } from '../host';
import type { Rect } from '../image';

export type { Rect } from '../image';

/** A box of texels, as `struct virtio_gpu_box`. */
export type WireBox = Box;

/** Where a cursor is, as `struct virtio_gpu_cursor_pos`. */
export interface CursorPosition {
  scanoutId: number;
  /** May be negative: the hot spot lies inside of the picture. */
  x: number;
  y: number;
}

/** One display of GET_DISPLAY_INFO. */
export interface DisplayMode {
  rect: Rect;
  enabled: boolean;
  flags: number;
}

/** What values of each type are in JavaScript. */
export interface WireValues {
  u8: number;
  u32: number;
  /** Sizes and addresses: as a number, whose low bits are lost above 2⁵³, where no memory lies. */
  u64: number;
  /** Ids of 64 bits, exactly. */
  id64: bigint;
  /** Bytes that mean nothing: written as 0. */
  pad24: never;
  pad32: never;
  rect: Rect;
  box: WireBox;
  cursorPosition: CursorPosition;
  u32x4: number[];
  uuid: Uint8Array;
  name64: Uint8Array;
  edid1024: Uint8Array;
  displayModes: DisplayMode[];
}

/** The name of a field's type. */
export type WireType = keyof WireValues;

interface WireCodec<Value> {
  readonly sizeBytes: number;
  read(view: DataView, at: number): Value;
  write(view: DataView, at: number, value: Value): void;
}

const TWO_32 = 2 ** 32;
/** `VIRTIO_GPU_MAX_SCANOUTS`. */
export const MAX_SCANOUTS = 16;
const MODE_BYTES = 24;

const pad = (sizeBytes: number): WireCodec<never> => ({
  sizeBytes,
  read: () => undefined as never,
  write: () => undefined,
});

const bytes = (sizeBytes: number): WireCodec<Uint8Array> => ({
  sizeBytes,
  read: (view, at) => new Uint8Array(view.buffer, view.byteOffset + at, sizeBytes).slice(),
  write: (view, at, value) => new Uint8Array(view.buffer, view.byteOffset + at, sizeBytes).set(value),
});

const rect: WireCodec<Rect> = {
  sizeBytes: 16,
  read: (view, at) => ({
    x: view.getUint32(at, true),
    y: view.getUint32(at + 4, true),
    width: view.getUint32(at + 8, true),
    height: view.getUint32(at + 12, true),
  }),
  write: (view, at, { x, y, width, height }) => {
    view.setUint32(at, x, true);
    view.setUint32(at + 4, y, true);
    view.setUint32(at + 8, width, true);
    view.setUint32(at + 12, height, true);
  },
};

const displayModes: WireCodec<DisplayMode[]> = {
  sizeBytes: MAX_SCANOUTS * MODE_BYTES,
  read: (view, at) =>
    Array.from({ length: MAX_SCANOUTS }, (_, index) => ({
      rect: rect.read(view, at + index * MODE_BYTES),
      enabled: view.getUint32(at + index * MODE_BYTES + 16, true) !== 0,
      flags: view.getUint32(at + index * MODE_BYTES + 20, true),
    })),
  write: (view, at, modes) =>
    modes.forEach((mode, index) => {
      rect.write(view, at + index * MODE_BYTES, mode.rect);
      view.setUint32(at + index * MODE_BYTES + 16, mode.enabled ? 1 : 0, true);
      view.setUint32(at + index * MODE_BYTES + 20, mode.flags, true);
    }),
};

/** Every type by its name. */
export const WIRE_TYPES: { readonly [Type in WireType]: WireCodec<WireValues[Type]> } = {
  u8: {
    sizeBytes: 1,
    read: (view, at) => view.getUint8(at),
    write: (view, at, value) => view.setUint8(at, value),
  },
  u32: {
    sizeBytes: 4,
    read: (view, at) => view.getUint32(at, true),
    write: (view, at, value) => view.setUint32(at, value, true),
  },
  u64: {
    sizeBytes: 8,
    read: (view, at) => view.getUint32(at, true) + view.getUint32(at + 4, true) * TWO_32,
    write: (view, at, value) => view.setBigUint64(at, BigInt(value), true),
  },
  id64: {
    sizeBytes: 8,
    read: (view, at) => view.getBigUint64(at, true),
    write: (view, at, value) => view.setBigUint64(at, value, true),
  },
  pad24: pad(3),
  pad32: pad(4),
  rect,
  box: {
    sizeBytes: 24,
    read: (view, at) => ({
      x: view.getUint32(at, true),
      y: view.getUint32(at + 4, true),
      z: view.getUint32(at + 8, true),
      w: view.getUint32(at + 12, true),
      h: view.getUint32(at + 16, true),
      d: view.getUint32(at + 20, true),
    }),
    write: (view, at, { x, y, z, w, h, d }) =>
      [x, y, z, w, h, d].forEach((value, index) => view.setUint32(at + index * 4, value, true)),
  },
  cursorPosition: {
    sizeBytes: 16,
    read: (view, at) => ({
      scanoutId: view.getUint32(at, true),
      x: view.getInt32(at + 4, true),
      y: view.getInt32(at + 8, true),
    }),
    write: (view, at, { scanoutId, x, y }) => {
      view.setUint32(at, scanoutId, true);
      view.setInt32(at + 4, x, true);
      view.setInt32(at + 8, y, true);
    },
  },
  u32x4: {
    sizeBytes: 16,
    read: (view, at) => [0, 4, 8, 12].map((offset) => view.getUint32(at + offset, true)),
    write: (view, at, values) =>
      values.forEach((value, index) => view.setUint32(at + index * 4, value, true)),
  },
  uuid: bytes(16),
  name64: bytes(64),
  edid1024: bytes(1024),
  displayModes,
};
