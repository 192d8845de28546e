// Commands that make and end resources.

import { DONE } from '../../host';
import { invalidArgument, VirglError } from '../../protocol/error';
import type { VtestFields } from '../commands';
import type { Handler } from './handler';
import { imageBytes } from '../../protocol/image-bytes';
import { reply } from './replies';
import { fieldsOf } from './request-reader';
import type { ClientMemory } from './shared-with-client';
import type { SessionState } from './state';

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
    return state.takeId();
  }
  if (state.find(handle) === undefined && state.home.shared?.get(handle) === undefined) return handle;
  throw new VirglError('ERR_VIRGL_DUPLICATE_HANDLE', `${operation}: resource ${handle} exists already`, {
    operation,
    field: 'handle',
    value: handle,
    resourceId: handle,
  });
};

const createOnHost = (
  state: SessionState,
  id: number,
  fields: VtestFields<'RESOURCE_CREATE'>,
  memory: ClientMemory | undefined,
): Promise<void> => {
  const { target, format, bind, width, height, depth, arraySize, lastLevel, nrSamples } = fields;
  return state.host.resourceCreate({
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

/** What a request asks for, while the host makes it. */
interface Making {
  name: CreateName;
  id: number;
  ownId: boolean;
  fields: VtestFields<'RESOURCE_CREATE'>;
  dataSize: number;
  memory: ClientMemory | undefined;
}

const isMade = (state: SessionState, making: Making): void | Promise<void> => {
  const { name, id, ownId, fields, dataSize, memory } = making;
  const resource = { id, bytes: imageBytes(fields) + dataSize, memory, ownId };
  state.addResource(resource);
  state.attach(resource);
  // Only now, because the host knows better than an estimate what it can't make at all.
  state.checkMemory(name, 'width', 0);
  const replied = ownId ? state.peer.send(reply(name, id)) : undefined;
  if (memory === undefined) return replied;
  // Behind the reply: what is sent keeps its order.
  const sent = state.peer.sendFd(memory.fd);
  if (sent !== undefined) return sent.then(() => state.memories.sent(memory));
  state.memories.sent(memory);
};

const isRefused = (
  state: SessionState,
  { name, id, ownId, dataSize, memory }: Making,
  error: unknown,
): void => {
  if (memory !== undefined) state.memories.giveBack(memory);
  if (ownId) state.home.resourceIds.giveBack(id);
  // Whoever waits for an answer would wait for ever.
  if (ownId || dataSize > 0) throw error;
  state.warn(name, error);
};

/** Made, told and attached without a wait where the host is inline: this is a part of every frame. */
const make = (
  state: SessionState,
  name: CreateName,
  fields: VtestFields<'RESOURCE_CREATE'>,
  dataSize: number,
): void | Promise<void> => {
  const id = chooseId(state, name, fields.handle);
  const memory = share(state, name, id, dataSize);
  const making = { name, id, ownId: state.version >= 3, fields, dataSize, memory };
  const made = createOnHost(state, id, fields, memory);
  if (made === DONE) return isMade(state, making);
  return made.then(
    () => isMade(state, making),
    (error: unknown) => isRefused(state, making, error),
  );
};

const create: Handler = (state, request) =>
  make(state, 'RESOURCE_CREATE', fieldsOf('RESOURCE_CREATE', request), 0);

const create2: Handler = (state, request) => {
  const fields = fieldsOf('RESOURCE_CREATE2', request);
  return make(state, 'RESOURCE_CREATE2', fields, fields.dataSize);
};

const unref: Handler = (state, request) => {
  const { handle } = fieldsOf('RESOURCE_UNREF', request);
  const resource = state.find(handle);
  if (resource !== undefined) state.removeResource(resource);
};

/** By command. */
export const RESOURCE_HANDLERS = {
  RESOURCE_CREATE: create,
  RESOURCE_CREATE2: create2,
  RESOURCE_UNREF: unref,
} as const satisfies Record<string, Handler>;
