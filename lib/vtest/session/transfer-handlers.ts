// Commands that copy between a client and a resource. A transfer that the host refuses is only logged, as the C server does.

import { VirglError } from '../../protocol/error';
import type { VtestFields } from '../commands';
import type { Handler } from './handler';
import { fieldsOf } from './request-reader';
import type { SessionState } from './state';

interface BoxFields {
  x: number;
  y: number;
  z: number;
  width: number;
  height: number;
  depth: number;
}

const boxOf = ({ x, y, z, width, height, depth }: BoxFields) => ({ x, y, z, w: width, h: height, d: depth });

/** Memory for data on its way to the client, kept because it costs more to get than to fill. */
const scratches = new WeakMap<SessionState, Uint8Array>();

const scratchOf = (state: SessionState, bytes: number): Uint8Array => {
  let scratch = scratches.get(state);
  if (scratch === undefined || scratch.length < bytes) {
    scratch = new Uint8Array(bytes);
    scratches.set(state, scratch);
  }
  return scratch.subarray(0, bytes);
};

/** What both directions with data in the request or reply have in common. */
const inlineArgs = (state: SessionState, resourceId: number, fields: VtestFields<'TRANSFER_GET'>) => {
  const { level, stride, layerStride } = fields;
  return { resourceId, contextId: state.contextId, level, stride, layerStride, box: boxOf(fields) };
};

const get: Handler = async (state, request) => {
  const fields = fieldsOf('TRANSFER_GET', request);
  const { handle, dataSize } = fields;
  const { id } = state.resource('TRANSFER_GET', handle);
  const { maxRequestBytes } = state.home.limits;
  if (dataSize > maxRequestBytes) {
    throw new VirglError(
      'ERR_VIRGL_REFUSED',
      `TRANSFER_GET: dataSize ${dataSize}: a reply may have at most ${maxRequestBytes} bytes`,
      { operation: 'TRANSFER_GET', field: 'dataSize', value: dataSize },
    );
  }
  const into = scratchOf(state, dataSize);
  try {
    await state.host.transferReadIov({ ...inlineArgs(state, id, fields), into });
  } catch (error) {
    state.warn('TRANSFER_GET', error);
    // The client reads so many bytes in any case; they must not be those of an earlier reply.
    into.fill(0);
  }
  await state.settled();
  await state.peer.send(into);
};

const put: Handler = async (state, request, buffer) => {
  const fields = fieldsOf('TRANSFER_PUT', request);
  const { id } = state.resource('TRANSFER_PUT', fields.handle);
  try {
    await state.host.transferWriteIov({
      ...inlineArgs(state, id, fields),
      from: buffer.view(request.tailOffset, request.tailBytes),
    });
  } catch (error) {
    state.warn('TRANSFER_PUT', error);
  }
};

/** Both ways between a resource and the memory that the client shares. */
const shared =
  (name: 'TRANSFER_GET2' | 'TRANSFER_PUT2', call: 'transferReadIov' | 'transferWriteIov'): Handler =>
  (state, request) => {
    const fields = fieldsOf(name, request);
    const { handle, level, offset } = fields;
    const { id } = state.resource(name, handle);
    const args = { resourceId: id, contextId: state.contextId, level, box: boxOf(fields), offset };
    state.trackLoosely(name, state.host[call](args));
  };

/** By command. */
export const TRANSFER_HANDLERS = {
  TRANSFER_GET: get,
  TRANSFER_PUT: put,
  TRANSFER_GET2: shared('TRANSFER_GET2', 'transferReadIov'),
  TRANSFER_PUT2: shared('TRANSFER_PUT2', 'transferWriteIov'),
} as const satisfies Record<string, Handler>;
