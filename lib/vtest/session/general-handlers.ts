// Commands about the connection: versions, names, capabilities, waiting.

import { invalidArgument, VirglError } from '../../protocol/error';
import {
  BUSY_WAIT_FLAGS,
  commonVersion,
  MAX_TIMELINE_COUNT,
  VTEST_COMMANDS,
  VTEST_PARAMS,
} from '../commands';
import type { Handler } from './handler';
import { reply, replyWithBytes } from './replies';
import { fieldsOf } from './request-reader';
import type { SessionState } from './state';

// The C server asks for both sets by this number; sets are filled as far as they go.
const CAPS_VERSION = 1;
/** Sets of the virgl protocol, which are there whatever they contain. */
const VIRGL_CAPSETS = [1, 2];

const decodeName = (bytes: Uint8Array): string => {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
};

const createRenderer: Handler = (state, { tailOffset, tailBytes }, buffer) => {
  if (state.clientName !== undefined) {
    throw new VirglError('ERR_VIRGL_DECODE', 'CREATE_RENDERER: this connection has a renderer already', {
      operation: 'CREATE_RENDERER',
    });
  }
  state.clientName = decodeName(buffer.view(tailOffset, tailBytes));
};

const ping: Handler = (state) => state.peer.send(reply('PING_PROTOCOL_VERSION'));

const protocolVersion: Handler = (state, request) => {
  const { version } = fieldsOf('PROTOCOL_VERSION', request);
  state.version = commonVersion(version, state.home.newestVersion);
  return state.peer.send(reply('PROTOCOL_VERSION', state.version));
};

/** The reply's length is one more than the bytes, and its id tells the set: 1 or 2. */
const sendCaps = async (state: SessionState, capsetId: number): Promise<void> => {
  const caps = await state.host.fillCaps({ capsetId, version: CAPS_VERSION });
  if (caps.length === 0) {
    const operation = capsetId === 1 ? 'GET_CAPS' : 'GET_CAPS2';
    const why = `${operation}: the library has no capability set ${capsetId}`;
    throw new VirglError('ERR_VIRGL_UNSUPPORTED', why, { operation });
  }
  await state.peer.send(replyWithBytes(caps.length + 1, capsetId, caps));
};

const whetherBusy = (state: SessionState): Uint8Array =>
  reply('RESOURCE_BUSY_WAIT', state.fences.busy ? 1 : 0);

const waitWhileBusy = async (state: SessionState, flags: number): Promise<void> => {
  await state.settled();
  if (state.failure !== undefined) return;
  if (state.fences.busy) {
    if ((flags & BUSY_WAIT_FLAGS.wait) !== 0) await state.fences.idle();
    else {
      state.fences.make();
      await state.host.poll();
    }
  }
  await state.peer.send(whetherBusy(state));
};

const busyWait: Handler = (state, request) => {
  const { handle, flags } = fieldsOf('RESOURCE_BUSY_WAIT', request);
  if (handle !== 0 && state.contextId === 0) {
    throw invalidArgument('RESOURCE_BUSY_WAIT', 'handle', '0 before there is a context', handle);
  }
  return state.isSettled && !state.fences.busy
    ? state.peer.send(whetherBusy(state))
    : waitWhileBusy(state, flags);
};

const getParam: Handler = (state, request) => {
  const { param } = fieldsOf('GET_PARAM', request);
  // Timeline sync objects are DRM's, and need a DRM context.
  const known = param === VTEST_PARAMS.maxTimelineCount;
  return state.peer.send(reply('GET_PARAM', known ? 1 : 0, known ? MAX_TIMELINE_COUNT : 0));
};

const getCapset: Handler = async (state, request) => {
  const { capsetId, version } = fieldsOf('GET_CAPSET', request);
  const info = await state.host.getCapSet({ capsetId });
  const caps =
    info.maxSizeBytes > 0 && version <= info.maxVersion
      ? await state.host.fillCaps({ capsetId, version })
      : new Uint8Array();
  // A back-end that does not run leaves its set empty; whoever believed that it runs would hang in it.
  const there = caps.length > 0 && (VIRGL_CAPSETS.includes(capsetId) || caps.some((byte) => byte !== 0));
  if (!there) return state.peer.send(reply('GET_CAPSET', 0));
  const valid = Uint8Array.of(1, 0, 0, 0);
  return state.peer.send(
    replyWithBytes(1 + Math.ceil(caps.length / 4), VTEST_COMMANDS.GET_CAPSET.id, valid, caps),
  );
};

const contextInit: Handler = (state, request) => {
  const { capsetId } = fieldsOf('CONTEXT_INIT', request);
  const { capsetId: present } = state;
  if (
    capsetId === 0 ||
    (present ?? capsetId) !== capsetId ||
    (state.contextId !== 0 && present === undefined)
  ) {
    const allowed = state.contextId !== 0 ? 'what the context was made for' : (present ?? 'a capability set');
    throw invalidArgument('CONTEXT_INIT', 'capsetId', String(allowed), capsetId);
  }
  state.capsetId = capsetId;
};

/** By command. */
export const GENERAL_HANDLERS = {
  GET_CAPS: (state) => sendCaps(state, 1),
  GET_CAPS2: (state) => sendCaps(state, 2),
  CREATE_RENDERER: createRenderer,
  PING_PROTOCOL_VERSION: ping,
  PROTOCOL_VERSION: protocolVersion,
  RESOURCE_BUSY_WAIT: busyWait,
  GET_PARAM: getParam,
  GET_CAPSET: getCapset,
  CONTEXT_INIT: contextInit,
} as const satisfies Record<string, Handler>;
