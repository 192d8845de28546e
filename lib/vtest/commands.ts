// The vtest protocol as data: commands, the dwords of their requests, and what follows them.
// Facts: virglrenderer vtest/vtest_protocol.h (versions 0 to 4) and what vtest_renderer.c reads and writes.

/** Version of the protocol, which client and server agree on; there is no version 1. */
export type VtestVersion = 0 | 2 | 3 | 4;

/** The newest version that this package speaks. */
export const NEWEST_VTEST_VERSION = 4;

/** What follows the fixed dwords of a request, as fields of those name it. */
export type VtestTail =
  /** As many bytes as the header's length says; it counts bytes, for CREATE_RENDERER only. */
  | { kind: 'header-bytes' }
  /** As many dwords as the header's length says. */
  | { kind: 'header-dwords' }
  /** As many bytes as a field says, without padding. */
  | { kind: 'bytes'; countField: string }
  /** For each of the counted things so many dwords; the header's length does not count them. */
  | { kind: 'dwords-each'; countField: string; dwords: number };

/** One command of the protocol. */
export interface VtestCommand {
  readonly id: number;
  /** Names of the dwords that every request of this command has, in order. */
  readonly fields: readonly string[];
  readonly tail?: VtestTail;
  /** A file descriptor follows the request. */
  readonly fd?: true;
  /** The first command of this kind makes the client's context. */
  readonly needsContext: boolean;
  /** First version of the protocol that has it. Servers don't refuse it before. */
  readonly since: VtestVersion;
}

const BOX = ['x', 'y', 'z', 'width', 'height', 'depth'] as const;
const TEXTURE = [
  'handle',
  'target',
  'format',
  'bind',
  'width',
  'height',
  'depth',
  'arraySize',
  'lastLevel',
  'nrSamples',
] as const;
const INLINE_TRANSFER = ['handle', 'level', 'stride', 'layerStride', ...BOX, 'dataSize'] as const;
const SHARED_TRANSFER = ['handle', 'level', ...BOX, 'dataSize', 'offset'] as const;
const TIMELINE_WAIT = ['count', 'timeoutLow', 'timeoutHigh', 'flags'] as const;

/** A handle for each of the counted things, after the fixed dwords. */
const handles = (dwords = 1): VtestTail => ({ kind: 'dwords-each', countField: 'count', dwords });

const command = <const Fields extends readonly string[]>(
  id: number,
  fields: Fields,
  needsContext: boolean,
  since: VtestVersion,
  tail?: VtestTail,
): VtestCommand & { readonly fields: Fields } => ({ id, fields, needsContext, since, tail });

/** Every command, by its name in vtest_protocol.h without `VCMD_`. */
export const VTEST_COMMANDS = {
  GET_CAPS: command(1, [], false, 0),
  RESOURCE_CREATE: command(2, TEXTURE, true, 0),
  RESOURCE_UNREF: command(3, ['handle'], true, 0),
  TRANSFER_GET: command(4, INLINE_TRANSFER, true, 0),
  TRANSFER_PUT: command(5, INLINE_TRANSFER, true, 0, { kind: 'bytes', countField: 'dataSize' }),
  SUBMIT_CMD: command(6, [], true, 0, { kind: 'header-dwords' }),
  RESOURCE_BUSY_WAIT: command(7, ['handle', 'flags'], false, 0),
  CREATE_RENDERER: command(8, [], false, 0, { kind: 'header-bytes' }),
  GET_CAPS2: command(9, [], false, 0),
  PING_PROTOCOL_VERSION: command(10, [], false, 0),
  PROTOCOL_VERSION: command(11, ['version'], false, 0),
  RESOURCE_CREATE2: command(12, [...TEXTURE, 'dataSize'], true, 2),
  TRANSFER_GET2: command(13, SHARED_TRANSFER, true, 2),
  TRANSFER_PUT2: command(14, SHARED_TRANSFER, true, 2),
  GET_PARAM: command(15, ['param'], false, 3),
  GET_CAPSET: command(16, ['capsetId', 'version'], false, 3),
  CONTEXT_INIT: command(17, ['capsetId'], false, 3),
  RESOURCE_CREATE_BLOB: command(
    18,
    ['type', 'flags', 'sizeLow', 'sizeHigh', 'blobIdLow', 'blobIdHigh'],
    true,
    3,
  ),
  SYNC_CREATE: command(19, ['valueLow', 'valueHigh'], true, 3),
  SYNC_UNREF: command(20, ['syncId'], true, 3),
  SYNC_READ: command(21, ['syncId'], true, 3),
  SYNC_WRITE: command(22, ['syncId', 'valueLow', 'valueHigh'], true, 3),
  /** Flags and timeout, then {sync id, value low, value high} for each. */
  SYNC_WAIT: command(23, [], true, 3, { kind: 'header-dwords' }),
  SUBMIT_CMD2: command(24, [], true, 3, { kind: 'header-dwords' }),
  DRM_SYNC_CREATE: command(25, ['flags'], true, 4),
  DRM_SYNC_DESTROY: command(26, ['handle'], true, 4),
  DRM_SYNC_HANDLE_TO_FD: command(27, ['handle'], true, 4),
  DRM_SYNC_FD_TO_HANDLE: { ...command(28, [], true, 4), fd: true },
  DRM_SYNC_IMPORT_SYNC_FILE: { ...command(29, ['handle'], true, 4), fd: true },
  DRM_SYNC_EXPORT_SYNC_FILE: command(30, ['handle'], true, 4),
  DRM_SYNC_WAIT: command(31, TIMELINE_WAIT, true, 4, handles()),
  DRM_SYNC_RESET: command(32, ['count'], true, 4, handles()),
  DRM_SYNC_SIGNAL: command(33, ['count'], true, 4, handles()),
  /** Points of 64 bits for each, then handles. */
  DRM_SYNC_TIMELINE_SIGNAL: command(34, ['count'], true, 4, handles(3)),
  DRM_SYNC_TIMELINE_WAIT: command(35, TIMELINE_WAIT, true, 4, handles(3)),
  DRM_SYNC_QUERY: command(36, ['count', 'flags'], true, 4, handles()),
  DRM_SYNC_TRANSFER: command(
    37,
    [
      'destinationHandle',
      'destinationPointLow',
      'destinationPointHigh',
      'sourceHandle',
      'sourcePointLow',
      'sourcePointHigh',
      'flags',
    ],
    true,
    4,
  ),
  RESOURCE_EXPORT_FD: command(38, ['handle'], true, 4),
} as const satisfies Record<string, VtestCommand>;

/** The name of a command. */
export type VtestCommandName = keyof typeof VTEST_COMMANDS;

/** Names by id. */
export const VTEST_COMMAND_NAMES: ReadonlyMap<number, VtestCommandName> = new Map(
  Object.entries(VTEST_COMMANDS).map(([name, { id }]) => [id, name as VtestCommandName]),
);

/** The fixed dwords of a request, by name. */
export type VtestFields<Name extends VtestCommandName> = Record<
  (typeof VTEST_COMMANDS)[Name]['fields'][number],
  number
>;

/** Dwords of every message's header: length and command id. */
export const HEADER_DWORDS = 2;

/** Longest process name of CREATE_RENDERER, in bytes. */
export const MAX_NAME_BYTES = 1024 * 1024;

/** `VCMD_PARAM_*` of GET_PARAM. */
export const VTEST_PARAMS = { maxTimelineCount: 1, hasTimelineSyncobj: 2 } as const;

/** Rings of a context's timelines, as the `max_timeline_count` of the C server. */
export const MAX_TIMELINE_COUNT = 64;

/** Flags of RESOURCE_BUSY_WAIT. */
export const BUSY_WAIT_FLAGS = { wait: 1 } as const;

/** Flags of SYNC_WAIT. */
export const SYNC_WAIT_FLAGS = { any: 1 } as const;

/** Flags of each batch of SUBMIT_CMD2. */
export const SUBMIT_CMD2_FLAGS = { ringIndex: 1, inFenceFd: 2, outFenceFd: 4 } as const;

/** Dwords of the header of a batch of SUBMIT_CMD2: as servers read them, and as Mesa 23.0 to 25.x write them. */
export const SUBMIT_CMD2_BATCH_DWORDS = { server: 8, packed: 6 } as const;

/** The version of the protocol that a client and a server have in common. */
export const commonVersion = (wanted: number, newest: VtestVersion): VtestVersion => {
  const common = Math.min(wanted, newest);
  return common < 2 ? 0 : (common as VtestVersion);
};
