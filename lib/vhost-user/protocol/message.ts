// One vhost-user message: its header, its payload, the descriptors that came with it.

import type { FileDescriptor } from '../../host';
import { VirglError } from '../../protocol/error';
import { viewOf } from '../../virtio-gpu/messages';
import { StructCodec } from '../../virtio-gpu/struct-codec';
import { PAYLOADS, type Payloads } from './payloads';
import { REQUEST_NAMES, type RequestName, REQUESTS, type RequestSpec } from './requests';

const HEADER = new StructCodec({ request: 'u32', flags: 'u32', sizeBytes: 'u32' } as const);
/** Bytes before the payload. */
export const HEADER_BYTES = HEADER.sizeBytes;

const VERSION = 1;
const VERSION_MASK = 3;
const REPLY_FLAG = 4;
const NEED_REPLY_FLAG = 8;

/** The payload of a request. */
export type RequestPayload<Name extends RequestName> = Payloads[(typeof REQUESTS)[Name]['payload']];

/** What a header says. */
export interface MessageHeader {
  name: RequestName;
  sizeBytes: number;
  /** The front-end waits for an acknowledgement. */
  needsReply: boolean;
  isReply: boolean;
}

const badMessage = (operation: string, message: string, details: object = {}): VirglError =>
  new VirglError('ERR_VIRGL_DECODE', `vhost-user ${operation}: ${message}`, { operation, ...details });

/** Reads a header. @throws VirglError `ERR_VIRGL_DECODE` for one that no message can have */
export const decodeHeader = (bytes: Uint8Array): MessageHeader => {
  const { request, flags, sizeBytes } = HEADER.decode(viewOf(bytes), 0);
  const name = REQUEST_NAMES.get(request);
  if (name === undefined)
    throw badMessage('message', `expected the number of a request but received ${request}`, {
      field: 'request',
      value: request,
    });
  if ((flags & VERSION_MASK) !== VERSION)
    throw badMessage(name, `expected version 1 for flags but received 0x${flags.toString(16)}`, {
      field: 'flags',
      value: flags,
    });
  return {
    name,
    sizeBytes,
    needsReply: (flags & NEED_REPLY_FLAG) !== 0,
    isReply: (flags & REPLY_FLAG) !== 0,
  };
};

/** Looks at the header of a request before its payload is read. @throws VirglError `ERR_VIRGL_DECODE` */
export const checkRequestHeader = ({ name, sizeBytes, isReply }: MessageHeader): void => {
  if (isReply) throw badMessage(name, 'expected a request but received a reply', { field: 'flags' });
  const [least, most] = PAYLOADS[REQUESTS[name].payload].sizes;
  if (sizeBytes >= least && sizeBytes <= most) return;
  const expected = least === most ? `${least}` : `${least} to ${most}`;
  throw badMessage(name, `expected ${expected} bytes of payload but received ${sizeBytes}`, {
    field: 'size',
    value: sizeBytes,
  });
};

/** A request that was received as a whole. It owns its descriptors until they are taken. */
export class VhostUserRequest implements Disposable {
  readonly name: RequestName;
  readonly needsReply: boolean;
  readonly payload: Payloads[keyof Payloads];
  readonly #fds: FileDescriptor[];

  /**
   * Takes over `fds`, also when it throws.
   * @throws VirglError `ERR_VIRGL_DECODE`
   */
  constructor({ name, needsReply }: MessageHeader, payload: Uint8Array, fds: FileDescriptor[]) {
    this.name = name;
    this.needsReply = needsReply;
    this.#fds = fds;
    const spec: RequestSpec = REQUESTS[name];
    const [least, most] = spec.fds;
    try {
      if (fds.length < least || fds.length > most) {
        const expected = least === most ? `${least}` : `${least} to ${most}`;
        throw badMessage(name, `expected ${expected} descriptors but received ${fds.length}`, {
          field: 'fds',
          value: fds.length,
        });
      }
      this.payload = PAYLOADS[spec.payload].decode(payload);
    } catch (error) {
      this[Symbol.dispose]();
      if (error instanceof VirglError && error.operation === undefined)
        throw badMessage(name, error.message, { field: error.field, value: error.value, cause: error });
      throw error;
    }
  }

  /** How many descriptors nobody has taken. */
  get fdCount(): number {
    return this.#fds.length;
  }

  /** The next descriptor; whoever takes it closes it. */
  takeFd(): FileDescriptor | undefined {
    return this.#fds.shift();
  }

  /** The rest of the descriptors. */
  takeFds(): FileDescriptor[] {
    return this.#fds.splice(0);
  }

  /** Closes the descriptors that nobody took. */
  [Symbol.dispose](): void {
    for (const fd of this.takeFds()) fd.close();
  }
}

const encode = (name: RequestName, flags: number, payload: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(HEADER_BYTES + payload.byteLength);
  HEADER.encode(viewOf(bytes), 0, {
    request: REQUESTS[name].id,
    flags: VERSION | flags,
    sizeBytes: payload.byteLength,
  });
  bytes.set(payload, HEADER_BYTES);
  return bytes;
};

/** What a front-end sends. */
export const encodeRequest = <Name extends RequestName>(
  name: Name,
  payload: RequestPayload<Name>,
  { needsReply = false }: { needsReply?: boolean } = {},
): Uint8Array => {
  const { encode: encodePayload } = PAYLOADS[REQUESTS[name].payload];
  return encode(name, needsReply ? NEED_REPLY_FLAG : 0, encodePayload(payload as never));
};

/** The answer to a request that has one. */
export const encodeReply = (name: RequestName, payload: Payloads[keyof Payloads]): Uint8Array => {
  const { reply = 'u64' }: RequestSpec = REQUESTS[name];
  return encode(name, REPLY_FLAG, PAYLOADS[reply].encode(payload as never));
};
