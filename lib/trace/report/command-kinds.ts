// Which commands do work, and on which resource it can be seen.

import type { CommandName } from '../../protocol';
import type { EntryKind } from './page-data';

/** Commands that do work; all others set state. */
export const COMMAND_KINDS: Readonly<Partial<Record<CommandName, EntryKind>>> = {
  DRAW_VBO: 'draw',
  CLEAR: 'clear',
  CLEAR_TEXTURE: 'clear',
  CLEAR_SURFACE: 'clear',
  LAUNCH_GRID: 'compute',
  RESOURCE_INLINE_WRITE: 'transfer',
  BLIT: 'transfer',
  RESOURCE_COPY_REGION: 'transfer',
  TRANSFER3D: 'transfer',
  COPY_TRANSFER3D: 'transfer',
};

/** Host calls that are transfers. */
export const TRANSFER_CALLS: readonly string[] = ['transferReadIov', 'transferWriteIov', 'getRect'];

/** A field of a destination. */
interface DestinationFields {
  resource: string;
  level?: string;
  /** The field with the first layer, in a box or by itself. */
  layer?: string;
}

/** Commands that name the resource that they change. */
export const DESTINATIONS: Readonly<Partial<Record<CommandName, DestinationFields>>> = {
  CLEAR_TEXTURE: { resource: 'resource', level: 'level', layer: 'box.z' },
  RESOURCE_INLINE_WRITE: { resource: 'resource', level: 'level', layer: 'box.z' },
  BLIT: { resource: 'dstResource', level: 'dstLevel', layer: 'dstBox.z' },
  RESOURCE_COPY_REGION: { resource: 'dstResource', level: 'dstLevel', layer: 'dstZ' },
  TRANSFER3D: { resource: 'resource', level: 'level', layer: 'box.z' },
  COPY_TRANSFER3D: { resource: 'resource', level: 'level', layer: 'box.z' },
};
