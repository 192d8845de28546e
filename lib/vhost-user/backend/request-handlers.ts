// What a backend does for each vhost-user request.

import { VirglError } from '../../protocol/error';
import { hasBit, maskOf, PROTOCOL_FEATURES, RING_FEATURES } from '../protocol/features';
import type { RequestPayload, VhostUserRequest } from '../protocol/message';
import type { Payloads } from '../protocol/payloads';
import type { RequestName } from '../protocol/requests';
import { isRingSize } from '../queue/ring-areas';
import type { BackendState } from './backend-state';
import type { Doorbell } from './vring';

/** The payload of a reply; undefined for none. */
export type Reply = Payloads[keyof Payloads];

/** Carries a request out. @throws VirglError for one that can't be; the connection ends then */
type Handler<Name extends RequestName> = (
  state: BackendState,
  payload: RequestPayload<Name>,
  request: VhostUserRequest,
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- most have nothing to say
) => Reply | void | Promise<Reply>;

/** Memory slots; QEMU asks for no more than it has itself. */
const MAX_MEMORY_SLOTS = 64n;
/** Longest that the end of a ring waits for commands that the GPU has not done. */
const DRAIN_MS = 2000;
const NO_FD_FLAG = 0x100n;
const RING_MASK = 0xffn;
const MAX_INDEX = 0xffff;

const OFFERED_PROTOCOL_FEATURES = maskOf(Object.values(PROTOCOL_FEATURES));
const OFFERED_RING_FEATURES = maskOf(Object.values(RING_FEATURES));

const badValue = (operation: string, field: string, expected: string, value: unknown): VirglError =>
  new VirglError(
    'ERR_VIRGL_DECODE',
    `vhost-user ${operation}: expected ${expected} for ${field} but received ${String(value)}`,
    { operation, field, value },
  );

const doorbell =
  (bell: Doorbell, name: RequestName) =>
  (state: BackendState, payload: bigint, request: VhostUserRequest): void => {
    const vring = state.vring(name, Number(payload & RING_MASK));
    const hasNoFd = (payload & NO_FD_FLAG) !== 0n;
    if (hasNoFd !== (request.fdCount === 0))
      throw badValue(name, 'fds', hasNoFd ? 'no descriptor' : 'a descriptor', request.fdCount);
    vring.setBell(bell, request.takeFd());
    if (bell !== 'kick') return;
    // A ring without a doorbell would have to be polled.
    if (hasNoFd) throw badValue(name, 'fds', 'an eventfd', 'none');
    state.start(vring);
  };

/** Lets commands that are in flight end, though not for ever. */
const drained = async (state: BackendState, index: number): Promise<void> => {
  const until = performance.now() + DRAIN_MS;
  const { queue } = state.vrings[index];
  while (queue !== undefined && queue.inFlight > 0 && performance.now() < until)
    await new Promise((resolve) => setImmediate(resolve));
};

const getVringBase: Handler<'GET_VRING_BASE'> = (state, { index }) => {
  const vring = state.vring('GET_VRING_BASE', index);
  vring.enabled = false;
  const stop = (): Reply => {
    vring.callIfWanted();
    return { index, value: vring.stop() };
  };
  if ((vring.queue?.inFlight ?? 0) === 0) return stop();
  return drained(state, index).then(stop);
};

const HANDLERS: { readonly [Name in RequestName]: Handler<Name> } = {
  GET_FEATURES: ({ device }) => device.features | OFFERED_RING_FEATURES,
  SET_FEATURES: (state, features) => {
    state.features = features;
    // Front-ends also accept features of rings that nobody offered.
    state.device.acceptFeatures(features & state.device.features);
    // Without the protocol's own features rings can't be enabled one by one.
    if (!hasBit(features, RING_FEATURES.PROTOCOL_FEATURES))
      for (const vring of state.vrings) vring.enabled = true;
  },
  SET_OWNER: () => undefined,
  // Long deprecated; front-ends that send it mean nothing by it.
  RESET_OWNER: () => undefined,
  SET_MEM_TABLE: (state, regions, request) => {
    state.useMemory(state.memory.replaced(regions, request.takeFds()));
  },
  // Nothing is migrated, so nobody needs to know what was written.
  SET_LOG_BASE: () => undefined,
  SET_LOG_FD: () => undefined,
  SET_VRING_NUM: (state, { index, value }) => {
    const vring = state.vring('SET_VRING_NUM', index);
    if (!isRingSize(value)) throw badValue('SET_VRING_NUM', 'num', 'a power of two up to 32768', value);
    vring.size = value;
  },
  SET_VRING_ADDR: (state, { index, descriptors, available, used }) => {
    state.vring('SET_VRING_ADDR', index).addresses = { descriptors, available, used };
  },
  SET_VRING_BASE: (state, { index, value }) => {
    if (value > MAX_INDEX) throw badValue('SET_VRING_BASE', 'num', `at most ${MAX_INDEX}`, value);
    state.vring('SET_VRING_BASE', index).base = value;
  },
  GET_VRING_BASE: getVringBase,
  SET_VRING_KICK: doorbell('kick', 'SET_VRING_KICK'),
  SET_VRING_CALL: doorbell('call', 'SET_VRING_CALL'),
  SET_VRING_ERR: doorbell('err', 'SET_VRING_ERR'),
  GET_PROTOCOL_FEATURES: () => OFFERED_PROTOCOL_FEATURES,
  SET_PROTOCOL_FEATURES: (state, features) => {
    const unknown = features & ~OFFERED_PROTOCOL_FEATURES;
    if (unknown !== 0n)
      throw badValue('SET_PROTOCOL_FEATURES', 'features', 'what was offered', `0x${unknown.toString(16)}`);
    state.protocolFeatures = features;
  },
  GET_QUEUE_NUM: ({ device }) => BigInt(device.queueCount),
  SET_VRING_ENABLE: (state, { index, value }) => {
    state.vring('SET_VRING_ENABLE', index).enabled = value !== 0;
  },
  GET_CONFIG: ({ device }, { offset, flags, bytes }) => ({
    offset,
    flags,
    bytes: device.readConfig(offset, bytes.byteLength),
  }),
  SET_CONFIG: ({ device }, { offset, bytes }) => device.writeConfig(offset, bytes),
  GPU_SET_SOCKET: ({ options }, _, request) => {
    const fd = request.takeFd();
    if (fd === undefined) return;
    if (options.onDisplaySocket === undefined) fd.close();
    else options.onDisplaySocket(fd);
  },
  RESET_DEVICE: (state) => state.reset(),
  GET_MAX_MEM_SLOTS: () => MAX_MEMORY_SLOTS,
  ADD_MEM_REG: (state, region, request) => {
    const fd = request.takeFd();
    // The table of requests asks for one.
    if (fd !== undefined) state.useMemory(state.memory.with(region, fd));
  },
  REM_MEM_REG: (state, region) => {
    state.useMemory(state.memory.without(region));
  },
};

/** Carries a request out; what it returns is the payload of its reply. @throws VirglError */
export const handleRequest = (state: BackendState, request: VhostUserRequest): Reply | Promise<Reply> => {
  const handler = HANDLERS[request.name] as Handler<RequestName>;
  return handler(state, request.payload as never, request) as Reply | Promise<Reply>;
};
