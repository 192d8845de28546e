// Commands that make and end resources.

import { invalidArgument, VirglError } from '../../protocol/error';
import type { VtestFields } from '../commands';
import type { Handler } from './handler';
import { imageBytes } from './image-bytes';
import { reply } from './replies';
import { fieldsOf } from './request-reader';
import type { ClientMemory } from './shared-with-client';
import type { SessionResource, SessionState } from './state';

type CreateName = 'RESOURCE_CREATE' | 'RESOURCE_CREATE2';

/** From version 3 on the server chooses ids. */
const chooseId = (state: SessionState, operation: string, handle: number): number => {
  if (state.version >= 3) {
    if (handle !== 0)
      throw invalidArgument(
        operation,
        'handle',
        '0, because the server chooses ids from version 3 on',
        handle,
      );
    return state.home.resourceIds.take();
  }
  if (!state.resources.has(handle)) return handle;
  throw new VirglError('ERR_VIRGL_DUPLICATE_HANDLE', `${operation}: resource ${handle} exists already`, {
    operation,
    field: 'handle',
    value: handle,
    resourceId: handle,
  });
};

const createOnHost = async (
  state: SessionState,
  id: number,
  fields: VtestFields<'RESOURCE_CREATE'>,
  memory: ClientMemory | undefined,
): Promise<void> => {
  const { target, format, bind, width, height, depth, arraySize, lastLevel, nrSamples } = fields;
  await state.host.resourceCreate({
    resourceId: id,
    target,
    format,
    bind,
    width,
    height,
    depth,
    arraySize,
    lastLevel,
    nrSamples,
    backing: memory === undefined ? undefined : [memory.memory.range()],
  });
};

/** What is shared with the client. @throws VirglError for too much */
const share = (
  state: SessionState,
  operation: string,
  id: number,
  bytes: number,
): ClientMemory | undefined => {
  if (bytes === 0) return undefined;
  state.checkMemory(operation, 'dataSize', bytes);
  return state.memories.take(bytes, `vtest-res-${id}`);
};

/** Makes the resource, or returns undefined where the host refuses it. */
const make = async (
  state: SessionState,
  name: CreateName,
  fields: VtestFields<'RESOURCE_CREATE'>,
  dataSize: number,
): Promise<SessionResource | undefined> => {
  const ownId = state.version >= 3;
  const id = chooseId(state, name, fields.handle);
  const memory = share(state, name, id, dataSize);
  try {
    await createOnHost(state, id, fields, memory);
  } catch (error) {
    if (memory !== undefined) state.memories.giveBack(memory);
    if (ownId) state.home.resourceIds.giveBack(id);
    // Whoever waits for an answer would wait for ever.
    if (ownId || dataSize > 0) throw error;
    state.warn(name, error);
    return undefined;
  }
  const bytes = imageBytes(fields) + dataSize;
  const resource = { id, bytes, memory, ownId };
  state.addResource(resource);
  state.track(state.host.ctxAttachResource({ contextId: state.contextId, resourceId: id }));
  // Only now, because the host knows better than an estimate what it can't make at all.
  state.checkMemory(name, 'width', 0);
  return resource;
};

const create: Handler = async (state, request) => {
  const resource = await make(state, 'RESOURCE_CREATE', fieldsOf('RESOURCE_CREATE', request), 0);
  if (resource?.ownId === true) await state.peer.send(reply('RESOURCE_CREATE', resource.id));
};

const create2: Handler = async (state, request) => {
  const fields = fieldsOf('RESOURCE_CREATE2', request);
  const resource = await make(state, 'RESOURCE_CREATE2', fields, fields.dataSize);
  if (resource === undefined) return;
  if (resource.ownId) await state.peer.send(reply('RESOURCE_CREATE2', resource.id));
  if (resource.memory === undefined) return;
  await state.peer.sendFd(resource.memory.fd);
  state.memories.sent(resource.memory);
};

const unref: Handler = (state, request) => {
  const { handle } = fieldsOf('RESOURCE_UNREF', request);
  const resource = state.resources.get(handle);
  if (resource !== undefined) state.removeResource(resource);
};

/** By command. */
export const RESOURCE_HANDLERS = {
  RESOURCE_CREATE: create,
  RESOURCE_CREATE2: create2,
  RESOURCE_UNREF: unref,
} as const satisfies Record<string, Handler>;
