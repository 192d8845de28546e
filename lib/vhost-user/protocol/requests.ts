// Every vhost-user request that a front-end sends, as data: number, payload, descriptors, reply.
// Facts: QEMU docs/interop/vhost-user.rst.

import type { PayloadName } from './payloads';

/** One request. */
export interface RequestSpec {
  readonly id: number;
  readonly payload: PayloadName;
  /** Descriptors that may come with it: the fewest and the most. */
  readonly fds: readonly [least: number, most: number];
  /** What is answered in any case; other requests are acknowledged where the front-end asks for it. */
  readonly reply?: PayloadName;
}

/** Most memory regions, and so most descriptors, that one message has. */
export const MAX_REGIONS = 8;

type Extras = Partial<Omit<RequestSpec, 'id' | 'payload'>>;

const request = <const Payload extends PayloadName>(
  id: number,
  payload: Payload,
  extras: Extras = {},
): RequestSpec & { readonly payload: Payload } => ({ id, payload, fds: [0, 0], ...extras });

const ONE_FD = { fds: [1, 1] } as const;
/** One, unless the payload says that there is none. */
const RING_FD = { fds: [0, 1] } as const;

/** What front-ends ask for, `VHOST_USER_` dropped. */
export const REQUESTS = {
  GET_FEATURES: request(1, 'none', { reply: 'u64' }),
  SET_FEATURES: request(2, 'u64'),
  SET_OWNER: request(3, 'none'),
  RESET_OWNER: request(4, 'none'),
  SET_MEM_TABLE: request(5, 'memoryTable', { fds: [0, MAX_REGIONS] }),
  SET_LOG_BASE: request(6, 'log', ONE_FD),
  SET_LOG_FD: request(7, 'none', ONE_FD),
  SET_VRING_NUM: request(8, 'vringState'),
  SET_VRING_ADDR: request(9, 'vringAddress'),
  SET_VRING_BASE: request(10, 'vringState'),
  GET_VRING_BASE: request(11, 'vringState', { reply: 'vringState' }),
  SET_VRING_KICK: request(12, 'u64', RING_FD),
  SET_VRING_CALL: request(13, 'u64', RING_FD),
  SET_VRING_ERR: request(14, 'u64', RING_FD),
  GET_PROTOCOL_FEATURES: request(15, 'none', { reply: 'u64' }),
  SET_PROTOCOL_FEATURES: request(16, 'u64'),
  GET_QUEUE_NUM: request(17, 'none', { reply: 'u64' }),
  SET_VRING_ENABLE: request(18, 'vringState'),
  GET_CONFIG: request(24, 'config', { reply: 'config' }),
  SET_CONFIG: request(25, 'config'),
  GPU_SET_SOCKET: request(33, 'none', ONE_FD),
  RESET_DEVICE: request(34, 'none'),
  GET_MAX_MEM_SLOTS: request(36, 'none', { reply: 'u64' }),
  ADD_MEM_REG: request(37, 'memoryRegion', ONE_FD),
  REM_MEM_REG: request(38, 'memoryRegion', { fds: [0, 1] }),
} as const satisfies Record<string, RequestSpec>;

/** The name of a request. */
export type RequestName = keyof typeof REQUESTS;

/** Requests by their number. */
export const REQUEST_NAMES: ReadonlyMap<number, RequestName> = new Map(
  (Object.keys(REQUESTS) as RequestName[]).map((name) => [REQUESTS[name].id, name]),
);
