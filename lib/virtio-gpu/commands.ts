// Every command of a virtio-gpu as data: number, fields behind the header, what follows them, the feature it needs, its answer.
// Facts: virtio 1.2, sections 5.7.6.7 and 5.7.6.9; linux/virtio_gpu.h.

import type { FeatureName } from './features';
import type { ResponseName } from './responses';
import { StructCodec, type StructFields, type StructLayout } from './struct-codec';

/** The header of requests and of responses. */
export const HEADER = new StructCodec({
  type: 'u32',
  flags: 'u32',
  fenceId: 'id64',
  contextId: 'u32',
  ringIndex: 'u8',
  padding: 'pad24',
} as const);

/** Flags of the header. */
export const HEADER_FLAGS = { FENCE: 1, INFO_RING_INDEX: 2 } as const;

/** What follows the fields of a request; a field counts it, here and as the specification calls it. */
export type RequestTail =
  /** Pieces of guest memory: address and length. */
  | { readonly kind: 'memoryEntries'; readonly count: 'entryCount'; readonly field: 'nr_entries' }
  /** A command stream. */
  | { readonly kind: 'bytes'; readonly count: 'size'; readonly field: 'size' };

/** One command. */
export interface CommandSpec<Layout extends StructLayout = StructLayout> {
  readonly id: number;
  /** Behind the header. */
  readonly layout: Layout;
  readonly tail?: RequestTail;
  /** The answer when nothing is wrong. */
  readonly response: ResponseName;
  /** What the guest has to have accepted. */
  readonly needs?: FeatureName;
  /** What it asks for may go on when the host's call has returned: a fence waits for that, too. */
  readonly leavesWork?: true;
}

type Extras = Partial<Pick<CommandSpec, 'tail' | 'response' | 'needs' | 'leavesWork'>>;

const command = <const Layout extends StructLayout>(
  id: number,
  layout: Layout,
  extras: Extras = {},
): CommandSpec<Layout> => ({ id, layout, response: 'OK_NODATA', ...extras });

const RESOURCE = { resourceId: 'u32', padding: 'pad32' } as const;
const BACKING: RequestTail = { kind: 'memoryEntries', count: 'entryCount', field: 'nr_entries' };
const TRANSFER_3D = {
  box: 'box',
  offset: 'u64',
  resourceId: 'u32',
  level: 'u32',
  stride: 'u32',
  layerStride: 'u32',
} as const;
const CURSOR = {
  position: 'cursorPosition',
  resourceId: 'u32',
  hotX: 'u32',
  hotY: 'u32',
  padding: 'pad32',
} as const;

/** The commands of the control queue, `VIRTIO_GPU_CMD_` dropped. */
export const CONTROL_COMMANDS = {
  GET_DISPLAY_INFO: command(0x100, {}, { response: 'OK_DISPLAY_INFO' }),
  RESOURCE_CREATE_2D: command(0x101, { resourceId: 'u32', format: 'u32', width: 'u32', height: 'u32' }),
  RESOURCE_UNREF: command(0x102, RESOURCE),
  SET_SCANOUT: command(0x103, { rect: 'rect', scanoutId: 'u32', resourceId: 'u32' }),
  RESOURCE_FLUSH: command(0x104, { rect: 'rect', ...RESOURCE }),
  TRANSFER_TO_HOST_2D: command(0x105, { rect: 'rect', offset: 'u64', ...RESOURCE }),
  RESOURCE_ATTACH_BACKING: command(0x106, { resourceId: 'u32', entryCount: 'u32' }, { tail: BACKING }),
  RESOURCE_DETACH_BACKING: command(0x107, RESOURCE),
  GET_CAPSET_INFO: command(
    0x108,
    { capsetIndex: 'u32', padding: 'pad32' },
    { response: 'OK_CAPSET_INFO', needs: 'VIRGL' },
  ),
  GET_CAPSET: command(0x109, { capsetId: 'u32', version: 'u32' }, { response: 'OK_CAPSET', needs: 'VIRGL' }),
  GET_EDID: command(0x10a, { scanoutId: 'u32', padding: 'pad32' }, { response: 'OK_EDID', needs: 'EDID' }),
  RESOURCE_ASSIGN_UUID: command(0x10b, RESOURCE, { response: 'OK_RESOURCE_UUID', needs: 'RESOURCE_UUID' }),
  RESOURCE_CREATE_BLOB: command(
    0x10c,
    {
      resourceId: 'u32',
      blobMem: 'u32',
      blobFlags: 'u32',
      entryCount: 'u32',
      blobId: 'id64',
      size: 'u64',
    },
    { tail: BACKING, needs: 'RESOURCE_BLOB' },
  ),
  SET_SCANOUT_BLOB: command(
    0x10d,
    {
      rect: 'rect',
      scanoutId: 'u32',
      resourceId: 'u32',
      width: 'u32',
      height: 'u32',
      format: 'u32',
      padding: 'pad32',
      strides: 'u32x4',
      offsets: 'u32x4',
    },
    { needs: 'RESOURCE_BLOB' },
  ),
  CTX_CREATE: command(
    0x200,
    { nameLength: 'u32', contextInit: 'u32', debugName: 'name64' },
    { needs: 'VIRGL' },
  ),
  CTX_DESTROY: command(0x201, {}, { needs: 'VIRGL' }),
  CTX_ATTACH_RESOURCE: command(0x202, RESOURCE, { needs: 'VIRGL' }),
  CTX_DETACH_RESOURCE: command(0x203, RESOURCE, { needs: 'VIRGL' }),
  RESOURCE_CREATE_3D: command(
    0x204,
    {
      resourceId: 'u32',
      target: 'u32',
      format: 'u32',
      bind: 'u32',
      width: 'u32',
      height: 'u32',
      depth: 'u32',
      arraySize: 'u32',
      lastLevel: 'u32',
      nrSamples: 'u32',
      flags: 'u32',
      padding: 'pad32',
    },
    { needs: 'VIRGL' },
  ),
  TRANSFER_TO_HOST_3D: command(0x205, TRANSFER_3D, { needs: 'VIRGL' }),
  TRANSFER_FROM_HOST_3D: command(0x206, TRANSFER_3D, { needs: 'VIRGL' }),
  SUBMIT_3D: command(
    0x207,
    { size: 'u32', padding: 'pad32' },
    { tail: { kind: 'bytes', count: 'size', field: 'size' }, needs: 'VIRGL', leavesWork: true },
  ),
  RESOURCE_MAP_BLOB: command(
    0x208,
    { resourceId: 'u32', padding: 'pad32', offset: 'u64' },
    { response: 'OK_MAP_INFO', needs: 'RESOURCE_BLOB' },
  ),
  RESOURCE_UNMAP_BLOB: command(0x209, RESOURCE, { needs: 'RESOURCE_BLOB' }),
} as const satisfies Record<string, CommandSpec>;

/** The commands of the cursor queue. */
export const CURSOR_COMMANDS = {
  UPDATE_CURSOR: command(0x300, CURSOR),
  MOVE_CURSOR: command(0x301, CURSOR),
} as const satisfies Record<string, CommandSpec>;

/** Every command of both queues. */
export const COMMANDS = { ...CONTROL_COMMANDS, ...CURSOR_COMMANDS } as const;

/** The name of a command. */
export type CommandName = keyof typeof COMMANDS;
/** The name of a command of the control queue. */
export type ControlCommandName = keyof typeof CONTROL_COMMANDS;
/** The name of a command of the cursor queue. */
export type CursorCommandName = keyof typeof CURSOR_COMMANDS;

/** The fields of a command's request. */
export type CommandFields<Name extends CommandName> = StructFields<(typeof COMMANDS)[Name]['layout']>;
