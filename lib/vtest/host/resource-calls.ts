// Host calls about resources: making them, their backings, and their end.

import type { MemoryRange } from '../../host';
import type { CheckedArguments } from '../../host/call-table';
import { formatName, resourceFaults } from '../../protocol';
import { VirglError } from '../../protocol/error';
import type { CreatedResource } from '../client/resources';
import { refusal } from './errors';
import type { Spans } from './memory';
import { type CreateArgs, HostResource } from './resource';
import { sizeFault } from './size-limits';
import type { HostState } from './state';
import type { Transfer } from './transfers';

/** Shared memory is only taken from the system as it is used; textures beyond this are moved over the socket. */
const MAX_SHARED_BYTES = 2 ** 30;
/** For resources that need none: a server that made the resource says so by sending memory. */
const MIN_SHARED_BYTES = 4;

const idOf = (args: CheckedArguments): number => args.resourceId as number;

/** Throws unless virglrenderer makes such a thing and vtest can ask for it. */
const checkShape = ({ limits }: HostState, args: CheckedArguments): void => {
  const shape = args as unknown as CreateArgs;
  if (shape.flags !== 0)
    throw new VirglError(
      'ERR_VIRGL_UNSUPPORTED',
      'resourceCreate: the vtest protocol has no flags of resources',
      { operation: 'resourceCreate', resourceId: shape.resourceId, field: 'flags', value: shape.flags },
    );
  if (formatName(shape.format) === undefined)
    throw refusal('resourceCreate', args, `format ${shape.format} is none that virglrenderer knows`);
  const [fault] = resourceFaults({ ...shape, samples: shape.nrSamples });
  if (fault !== undefined)
    throw refusal(
      'resourceCreate',
      args,
      `${fault.field === 'samples' ? 'nrSamples' : fault.field}: ${fault.message}`,
    );
  const tooLarge = sizeFault(shape, limits);
  if (tooLarge !== undefined) throw refusal('resourceCreate', args, tooLarge);
};

const askForResource = (state: HostState, { args, layout }: HostResource): Promise<CreatedResource> => {
  const { resourceId, target, format, bind, width, height, depth, arraySize, lastLevel, nrSamples } = args;
  const texture = {
    handle: resourceId,
    target,
    format,
    bind,
    width,
    height,
    depth,
    arraySize,
    lastLevel,
    nrSamples,
  };
  if (state.client.version < 2) return state.client.resourceCreate(texture);
  const isUseful = layout.sizeBytes <= MAX_SHARED_BYTES && nrSamples <= 1;
  const dataSize = isUseful ? Math.max(MIN_SHARED_BYTES, layout.sizeBytes) : MIN_SHARED_BYTES;
  return state.client.resourceCreate2({ ...texture, dataSize });
};

/** resourceCreate. */
export const createResource = async (state: HostState, args: CheckedArguments): Promise<void> => {
  checkShape(state, args);
  const { backing, ...shape } = args;
  const resource = new HostResource(shape as unknown as CreateArgs);
  const ranges = backing as readonly MemoryRange[];
  if (ranges.length > 0) resource.backing = state.memories.lend(ranges);
  state.resources.set(resource.id, resource);
  try {
    await state.steps.push({ run: () => make(state, resource, args) });
  } catch (error) {
    state.removeResource(resource);
    resource.close();
    throw error;
  }
};

/** Steps behind this one look at what has become of it as soon as it is done. */
const make = async (state: HostState, resource: HostResource, args: CheckedArguments): Promise<void> => {
  try {
    resource.shared = (await askForResource(state, resource)).memory;
    // There may be thousands of them, and their bytes are all that is used.
    resource.shared?.takeFd().close();
  } catch (error) {
    const isRefused = error instanceof VirglError && error.code === 'ERR_VIRGL_REFUSED';
    resource.failure = isRefused
      ? refusal('resourceCreate', args, 'the vtest server made no such resource')
      : (error as VirglError);
    throw resource.failure;
  } finally {
    resource.isReady = true;
  }
};

/** resourceUnref. */
export const unrefResource = (state: HostState, args: CheckedArguments): Promise<void> => {
  const resource = state.resources.get(idOf(args));
  if (resource === undefined) return Promise.resolve();
  state.removeResource(resource);
  const gone = state.steps.push({ run: () => state.client.resourceUnref(resource.id) });
  return gone.finally(() => resource.close());
};

/** The whole of a buffer, at the beginning of memory. */
const wholeBuffer = (resource: HostResource, memory: Spans): Transfer => {
  const w = Math.min(resource.args.width, memory.byteLength);
  const region = { level: 0, box: { x: 0, y: 0, z: 0, w, h: 1, d: 1 } };
  return { resource, region, placement: { offset: 0, stride: w, layerStride: w }, memory };
};

/** resourceAttachIov. Of buffers that live in their backing, the content moves there. */
export const attachBacking = async (state: HostState, args: CheckedArguments): Promise<void> => {
  const resource = state.resources.get(idOf(args));
  if (resource === undefined) return;
  if (resource.backing !== undefined)
    throw refusal('resourceAttachIov', args, `resource ${resource.id} has a backing already`);
  const backing = state.memories.lend(args.backing as readonly MemoryRange[]);
  if (resource.livesInBacking && !resource.isStaging && resource.written) {
    const transfer = wholeBuffer(resource, backing.spans);
    const filled = state.steps.push({ run: () => resource.arrive(() => state.transfers.read(transfer)) });
    resource.backing = backing;
    await filled;
    return;
  }
  resource.backing = backing;
};

/** resourceDetachIov. */
export const detachBacking = async (state: HostState, args: CheckedArguments): Promise<void> => {
  const resource = state.resources.get(idOf(args));
  const backing = resource?.backing;
  if (resource === undefined || backing === undefined) return;
  resource.backing = undefined;
  state.results.delete(resource);
  const keepsBytes = resource.livesInBacking && !resource.isStaging;
  const transfer = wholeBuffer(resource, backing.spans);
  const detached = state.steps.push({
    waits: () => resource.arriving > 0 || !resource.isReady,
    // Nothing that is in flight may use the memory any more when the caller has it back.
    run: async () => {
      if (keepsBytes) await state.transfers.write(transfer);
      else await state.client.busyWait();
    },
  });
  await detached.finally(() => backing.release());
};
