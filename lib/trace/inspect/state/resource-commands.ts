// What commands do to the contents of resources: who reads, who writes, and the bytes where the stream or memory has them.

import { CopyTransferFlag, TextureTarget, TransferDirection, type Command } from '../../../protocol';
import type { NumberedCommand } from '../numbered-commands';
import { referencesOf } from '../references';
import type { StateName } from './bindings';
import type { ContextState } from './context';
import type { ResourceTable } from './resources';
import type { BoundSlot } from './sub-context';
import { refOf } from './tracked-object';

// Fields that name a resource which the command writes. What a command names otherwise it reads.
const WRITTEN_FIELDS: Readonly<Partial<Record<Command['name'], readonly string[]>>> = {
  RESOURCE_INLINE_WRITE: ['resource'],
  TRANSFER3D: ['resource'],
  COPY_TRANSFER3D: ['resource'],
  CLEAR_TEXTURE: ['resource'],
  BLIT: ['dstResource'],
  RESOURCE_COPY_REGION: ['dstResource'],
  GET_QUERY_RESULT_QBO: ['resource'],
  GET_MEMORY_INFO: ['resource'],
  GET_PIPE_RESOURCE_LAYOUT: ['outputResource'],
  ENCODE_BITSTREAM: ['dstResource', 'feedbackResource'],
};

type Access = 'read' | 'write' | 'both';

/** The state that a command works on, and what it does to the resources there. */
type StateAccess = Readonly<Partial<Record<StateName, Access>>>;

const SHADER_ACCESS: StateAccess = {
  uniformBuffers: 'read',
  samplerViews: 'read',
  shaderImages: 'both',
  shaderBuffers: 'both',
  atomicBuffers: 'both',
};

const STATE_ACCESS: Readonly<Partial<Record<Command['name'], StateAccess>>> = {
  CLEAR: { framebuffer: 'both' },
  DRAW_VBO: {
    ...SHADER_ACCESS,
    framebuffer: 'both',
    vertexBuffers: 'read',
    indexBuffer: 'read',
    streamOutput: 'both',
  },
  LAUNCH_GRID: SHADER_ACCESS,
};

// Compute work sees the state of its own stage; atomic buffers have none.
const isSeenBy = (command: Command, slot: BoundSlot): boolean =>
  slot.stage === undefined || (slot.stage === 'COMPUTE') === (command.name === 'LAUNCH_GRID');

/** The resources whose contents a command reads or may read, and writes or may write. */
export interface ResourceUse {
  readonly reads: ReadonlySet<number>;
  readonly writes: ReadonlySet<number>;
}

const resourcesOfSlot = ({ objects, resources }: BoundSlot): number[] => [
  ...resources,
  ...objects.flatMap((object) => object.resources),
];

/**
 * Which resources a command works on: those that it names, and for draws, clears and compute work those that are bound.
 * Only drawn-to resources count as read too, since what is not drawn over stays.
 */
export const resourceUse = (
  { command, subContextId }: NumberedCommand,
  context: ContextState,
): ResourceUse => {
  const reads = new Set<number>();
  const writes = new Set<number>();
  const written = WRITTEN_FIELDS[command.name] ?? [];
  for (const { unit, id, path } of referencesOf(command)) {
    if (unit === 'resource') (written.includes(path) ? writes : reads).add(id);
  }
  const sub = context.subContexts.get(subContextId);
  if (sub === undefined) return { reads, writes };
  if (command.name === 'CLEAR_SURFACE') {
    for (const id of sub.objects.get(command.fields.surface)?.resources ?? []) writes.add(id);
  } else if (command.name === 'GET_QUERY_RESULT') {
    for (const id of sub.objects.get(command.fields.handle)?.resources ?? []) writes.add(id);
  }
  const access = STATE_ACCESS[command.name];
  if (access === undefined) return { reads, writes };
  for (const slot of sub.slots.values()) {
    const how = access[slot.state];
    if (how === undefined || !isSeenBy(command, slot)) continue;
    for (const id of resourcesOfSlot(slot)) {
      if (how !== 'write') reads.add(id);
      if (how !== 'read') writes.add(id);
    }
  }
  return { reads, writes };
};

const isBuffer = (resources: ResourceTable, id: number): boolean =>
  resources.all.get(id)?.args.target === TextureTarget.BUFFER;

/** Moves on what is known of the contents of buffers, before the command changes what is bound. */
export const applyToResources = (
  numbered: NumberedCommand,
  context: ContextState,
  resources: ResourceTable,
): void => {
  const { command } = numbered;
  switch (command.name) {
    case 'RESOURCE_INLINE_WRITE': {
      const { resource, box, data } = command.fields;
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      const lengthBytes = Math.min(box.w, bytes.length);
      resources.transfer(resource, { start: box.x, lengthBytes, offset: 0, from: bytes });
      return;
    }
    case 'TRANSFER3D': {
      const { resource, box, offset, direction } = command.fields;
      if (direction === TransferDirection.TO_HOST)
        resources.transfer(resource, { start: box.x, lengthBytes: box.w, offset });
      return;
    }
    case 'COPY_TRANSFER3D': {
      const { resource, box, stagingResource, stagingOffset, flags } = command.fields;
      if ((flags & CopyTransferFlag.READ_FROM_HOST) !== 0) return;
      const from = resources.all.get(stagingResource)?.backing?.ranges ?? [];
      resources.transfer(resource, { start: box.x, lengthBytes: box.w, offset: stagingOffset, from });
      return;
    }
    case 'RESOURCE_COPY_REGION': {
      const { srcResource, dstResource, srcBox, dstX } = command.fields;
      if (isBuffer(resources, srcResource))
        resources.copy(srcResource, dstResource, {
          srcStart: srcBox.x,
          dstStart: dstX,
          lengthBytes: srcBox.w,
        });
      return;
    }
    case 'PIPE_RESOURCE_SET_TYPE':
      resources.setType(command.fields.resource, command.fields, refOf(numbered));
      return;
    case 'DRAW_VBO':
    case 'LAUNCH_GRID':
    case 'GET_QUERY_RESULT':
    case 'GET_QUERY_RESULT_QBO':
    case 'GET_MEMORY_INFO':
    case 'GET_PIPE_RESOURCE_LAYOUT':
    case 'ENCODE_BITSTREAM':
      for (const id of resourceUse(numbered, context).writes) resources.forget(id);
      return;
    default:
  }
};
