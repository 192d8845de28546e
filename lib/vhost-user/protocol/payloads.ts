// What vhost-user messages carry behind their header. Facts: QEMU docs/interop/vhost-user.rst; native endian, which is little here.

import { VirglError } from '../../protocol/error';
import { StructCodec, type StructFields } from '../../virtio-gpu/struct-codec';
import { viewOf } from '../../virtio-gpu/messages';

const U64 = new StructCodec({ value: 'id64' } as const);
const VRING_STATE = new StructCodec({ index: 'u32', value: 'u32' } as const);
const VRING_ADDRESS = new StructCodec({
  index: 'u32',
  flags: 'u32',
  descriptors: 'u64',
  used: 'u64',
  available: 'u64',
  log: 'u64',
} as const);
const TABLE_HEAD = new StructCodec({ count: 'u32', padding: 'pad32' } as const);
const REGION = new StructCodec({
  guestAddress: 'u64',
  sizeBytes: 'u64',
  userAddress: 'u64',
  mmapOffset: 'u64',
} as const);
const REGION_HEAD_BYTES = 8;
const CONFIG = new StructCodec({ offset: 'u32', sizeBytes: 'u32', flags: 'u32' } as const);
const LOG = new StructCodec({ sizeBytes: 'id64', mmapOffset: 'id64' } as const);

/** A piece of the guest's memory, as the front-end describes it. */
export interface MemoryRegion {
  guestAddress: number;
  sizeBytes: number;
  /** Where the front-end has it mapped; addresses of rings are of that kind. */
  userAddress: number;
  /** Where it begins in the descriptor that comes with it. */
  mmapOffset: number;
}

/** A part of the configuration space. */
export interface ConfigPayload {
  offset: number;
  flags: number;
  bytes: Uint8Array;
}

/** What payloads are in JavaScript. */
export interface Payloads {
  none: undefined;
  u64: bigint;
  vringState: { index: number; value: number };
  /** The addresses are the front-end's own. */
  vringAddress: StructFields<{
    index: 'u32';
    flags: 'u32';
    descriptors: 'u64';
    used: 'u64';
    available: 'u64';
    log: 'u64';
  }>;
  memoryTable: MemoryRegion[];
  memoryRegion: MemoryRegion;
  config: ConfigPayload;
  log: { sizeBytes: bigint; mmapOffset: bigint };
}

/** The name of a payload. */
export type PayloadName = keyof Payloads;

/** `VHOST_USER_MAX_CONFIG_SIZE`. */
export const MAX_CONFIG_BYTES = 256;
/** Memory regions in one table. */
const MAX_TABLE = 8;

interface PayloadCodec<Value> {
  /** Fewest and most bytes. */
  readonly sizes: readonly [least: number, most: number];
  /** @throws VirglError where its length is not what it says itself */
  decode(bytes: Uint8Array): Value;
  encode(value: Value): Uint8Array;
}

const lengthError = (field: string, expected: number, received: number): VirglError =>
  new VirglError('ERR_VIRGL_DECODE', `expected ${expected} bytes for ${field} but received ${received}`, {
    field,
    value: received,
  });

const fixed = (sizeBytes: number): readonly [number, number] => [sizeBytes, sizeBytes];

/** A payload that is one structure. */
const struct = <Value>(codec: {
  sizeBytes: number;
  decode(view: DataView, at: number): unknown;
  encode(view: DataView, at: number, fields: never): void;
}): PayloadCodec<Value> => ({
  sizes: fixed(codec.sizeBytes),
  decode: (bytes) => codec.decode(viewOf(bytes), 0) as Value,
  encode: (value) => {
    const bytes = new Uint8Array(codec.sizeBytes);
    codec.encode(viewOf(bytes), 0, value as never);
    return bytes;
  },
});

const memoryTable: PayloadCodec<MemoryRegion[]> = {
  sizes: [TABLE_HEAD.sizeBytes, TABLE_HEAD.sizeBytes + MAX_TABLE * REGION.sizeBytes],
  decode: (bytes) => {
    const view = viewOf(bytes);
    const { count } = TABLE_HEAD.decode(view, 0);
    const expected = TABLE_HEAD.sizeBytes + count * REGION.sizeBytes;
    // Front-ends may send room for regions that they don't have.
    if (count > MAX_TABLE || bytes.byteLength < expected)
      throw lengthError(`a table of ${count} regions`, expected, bytes.byteLength);
    return Array.from({ length: count }, (_, index) =>
      REGION.decode(view, TABLE_HEAD.sizeBytes + index * REGION.sizeBytes),
    );
  },
  encode: (regions) => {
    const bytes = new Uint8Array(TABLE_HEAD.sizeBytes + regions.length * REGION.sizeBytes);
    const view = viewOf(bytes);
    TABLE_HEAD.encode(view, 0, { count: regions.length });
    regions.forEach((region, index) =>
      REGION.encode(view, TABLE_HEAD.sizeBytes + index * REGION.sizeBytes, region),
    );
    return bytes;
  },
};

const memoryRegion: PayloadCodec<MemoryRegion> = {
  sizes: fixed(REGION_HEAD_BYTES + REGION.sizeBytes),
  decode: (bytes) => REGION.decode(viewOf(bytes), REGION_HEAD_BYTES),
  encode: (region) => {
    const bytes = new Uint8Array(REGION_HEAD_BYTES + REGION.sizeBytes);
    REGION.encode(viewOf(bytes), REGION_HEAD_BYTES, region);
    return bytes;
  },
};

const config: PayloadCodec<ConfigPayload> = {
  sizes: [CONFIG.sizeBytes, CONFIG.sizeBytes + MAX_CONFIG_BYTES],
  decode: (bytes) => {
    const { offset, sizeBytes, flags } = CONFIG.decode(viewOf(bytes), 0);
    const expected = CONFIG.sizeBytes + sizeBytes;
    if (bytes.byteLength !== expected)
      throw lengthError(`a configuration of ${sizeBytes} bytes`, expected, bytes.byteLength);
    return { offset, flags, bytes: bytes.slice(CONFIG.sizeBytes) };
  },
  encode: ({ offset, flags, bytes: content }) => {
    const bytes = new Uint8Array(CONFIG.sizeBytes + content.byteLength);
    CONFIG.encode(viewOf(bytes), 0, { offset, sizeBytes: content.byteLength, flags });
    bytes.set(content, CONFIG.sizeBytes);
    return bytes;
  },
};

/** Every payload by its name. */
export const PAYLOADS: { readonly [Name in PayloadName]: PayloadCodec<Payloads[Name]> } = {
  none: { sizes: fixed(0), decode: () => undefined, encode: () => new Uint8Array(0) },
  u64: {
    sizes: fixed(U64.sizeBytes),
    decode: (bytes) => U64.decode(viewOf(bytes), 0).value,
    encode: (value) => {
      const bytes = new Uint8Array(U64.sizeBytes);
      U64.encode(viewOf(bytes), 0, { value });
      return bytes;
    },
  },
  vringState: struct(VRING_STATE),
  vringAddress: struct(VRING_ADDRESS),
  memoryTable,
  memoryRegion,
  config,
  log: struct(LOG),
};
