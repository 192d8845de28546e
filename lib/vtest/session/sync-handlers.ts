// Commands for sync objects.

import { invalidArgument } from '../../protocol/error';
import { SYNC_WAIT_FLAGS } from '../commands';
import type { Handler } from './handler';
import { reply } from './replies';
import { fieldsOf } from './request-reader';

const DWORD = Uint32Array.BYTES_PER_ELEMENT;
const WAIT_HEADER_DWORDS = 2;
const POINT_DWORDS = 3;

const u64 = (low: number, high: number): bigint => BigInt(low) | (BigInt(high) << 32n);

const create: Handler = (state, request) => {
  const { valueLow, valueHigh } = fieldsOf('SYNC_CREATE', request);
  return state.peer.send(reply('SYNC_CREATE', state.syncs.create(u64(valueLow, valueHigh))));
};

const unref: Handler = (state, request) => {
  state.syncs.unref('SYNC_UNREF', fieldsOf('SYNC_UNREF', request).syncId);
};

const read: Handler = async (state, request) => {
  const sync = state.syncs.get('SYNC_READ', fieldsOf('SYNC_READ', request).syncId);
  // What is reached already is to be seen.
  if (state.awaitsFences) await state.host.poll();
  const { value } = sync;
  await state.peer.send(reply('SYNC_READ', Number(value & 0xffffffffn), Number(value >> 32n)));
};

const write: Handler = (state, request) => {
  const { syncId, valueLow, valueHigh } = fieldsOf('SYNC_WRITE', request);
  const sync = state.syncs.get('SYNC_WRITE', syncId);
  state.syncs.signal([{ sync, value: u64(valueLow, valueHigh) }]);
};

const wait: Handler = async (state, { tailOffset, tailBytes }, buffer) => {
  const dwords = buffer.dwords(tailOffset, tailBytes / DWORD);
  if (dwords.length < WAIT_HEADER_DWORDS)
    throw invalidArgument('SYNC_WAIT', 'length', `at least ${WAIT_HEADER_DWORDS} dwords`, dwords.length);
  const [flags, timeoutMs] = dwords;
  const count = Math.floor((dwords.length - WAIT_HEADER_DWORDS) / POINT_DWORDS);
  const points = Array.from({ length: count }, (_, index) =>
    state.syncs.point('SYNC_WAIT', dwords, WAIT_HEADER_DWORDS + index * POINT_DWORDS),
  );
  using event = state.syncs.wait(points, (flags & SYNC_WAIT_FLAGS.any) !== 0, timeoutMs);
  await state.peer.send(reply('SYNC_WAIT'));
  using fd = event.duplicateFd();
  await state.peer.sendFd(fd);
};

/** By command. */
export const SYNC_HANDLERS = {
  SYNC_CREATE: create,
  SYNC_UNREF: unref,
  SYNC_READ: read,
  SYNC_WRITE: write,
  SYNC_WAIT: wait,
} as const satisfies Record<string, Handler>;
