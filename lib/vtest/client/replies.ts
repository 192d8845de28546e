// Replies of a vtest server as data, and how they are read. Facts: virglrenderer vtest/vtest_renderer.c.

import { type FileDescriptor } from '../../host';
import { VirglError } from '../../protocol/error';
import type { ClientInput } from './input';
import { HEADER_DWORDS, VTEST_COMMANDS, type VtestCommandName } from '../commands';

/** A reply that begins with a header. */
export interface VtestReply {
  /** Not always that of the command. */
  readonly id: number;
  /** Its dwords, in order; none of these replies has another length. */
  readonly fields: readonly string[];
}

const reply = <const Fields extends readonly string[]>(
  name: VtestCommandName,
  fields: Fields,
): VtestReply & { readonly fields: Fields } => ({ id: VTEST_COMMANDS[name].id, fields });

/** Replies of one length, by command. Those that create a resource have one from version 3 on. */
export const VTEST_REPLIES = {
  RESOURCE_CREATE: reply('RESOURCE_CREATE', ['handle']),
  RESOURCE_CREATE2: reply('RESOURCE_CREATE2', ['handle']),
  RESOURCE_BUSY_WAIT: reply('RESOURCE_BUSY_WAIT', ['busy']),
  PING_PROTOCOL_VERSION: reply('PING_PROTOCOL_VERSION', []),
  PROTOCOL_VERSION: reply('PROTOCOL_VERSION', ['version']),
  GET_PARAM: reply('GET_PARAM', ['valid', 'value']),
  RESOURCE_CREATE_BLOB: reply('RESOURCE_CREATE_BLOB', ['handle']),
  SYNC_CREATE: reply('SYNC_CREATE', ['syncId']),
  SYNC_READ: reply('SYNC_READ', ['valueLow', 'valueHigh']),
  SYNC_WAIT: reply('SYNC_WAIT', []),
  RESOURCE_EXPORT_FD: reply('RESOURCE_EXPORT_FD', []),
} as const satisfies Partial<Record<VtestCommandName, VtestReply>>;

/** A command with a reply of one length. */
export type RepliedName = keyof typeof VTEST_REPLIES;

/** The dwords of a reply by name. */
export type ReplyFields<Name extends RepliedName> = Record<
  (typeof VTEST_REPLIES)[Name]['fields'][number],
  number
>;

/** Capability sets are a few hundred bytes; nothing that comes near this is one. */
const MAX_CAPSET_BYTES = 1024 * 1024;
/** GET_CAPS and GET_CAPS2 count their bytes plus one. */
const CAPS_EXTRA = 1;
/** Their replies have ids of their own: the capability set. */
export const CAPS_IDS = { GET_CAPS: 1, GET_CAPS2: 2 } as const;

/** The error for bytes that no server sends here. */
export const unexpectedReply = (name: VtestCommandName, what: string): VirglError =>
  new VirglError('ERR_VIRGL_DECODE', `${name}: the vtest server sent ${what}`, { operation: name });

/** Reads a header. */
export const readHeader = async (input: ClientInput): Promise<{ length: number; id: number }> => {
  const [length, id] = await input.dwords(HEADER_DWORDS);
  return { length, id };
};

const checkHeader = (
  name: VtestCommandName,
  header: { length: number; id: number },
  expected: { id: number; length?: number },
): void => {
  const { length, id } = header;
  if (id === expected.id && length === (expected.length ?? length)) return;
  const wanted = `a header with id ${expected.id} and length ${expected.length ?? 'of any'}`;
  throw unexpectedReply(name, `id ${id} and length ${length} where the reply is ${wanted}`);
};

/** Reads a reply of one length whose header was read already. */
export const readFields = async <Name extends RepliedName>(
  name: Name,
  header: { length: number; id: number },
  input: ClientInput,
): Promise<ReplyFields<Name>> => {
  const { id, fields }: VtestReply = VTEST_REPLIES[name];
  checkHeader(name, header, { id, length: fields.length });
  const words = await input.dwords(fields.length);
  return Object.fromEntries(fields.map((field, index) => [field, words[index]])) as ReplyFields<Name>;
};

/** Reads a reply of one length. */
export const readReply = async <Name extends RepliedName>(
  name: Name,
  input: ClientInput,
): Promise<ReplyFields<Name>> => readFields(name, await readHeader(input), input);

const readCapsBody = async (
  name: keyof typeof CAPS_IDS,
  header: { length: number; id: number },
  input: ClientInput,
): Promise<Uint8Array> => {
  checkHeader(name, header, { id: CAPS_IDS[name] });
  const { length } = header;
  if (length < CAPS_EXTRA || length - CAPS_EXTRA > MAX_CAPSET_BYTES)
    throw unexpectedReply(name, `a capability set of ${length - CAPS_EXTRA} bytes`);
  return input.bytes(length - CAPS_EXTRA);
};

/** Reads the reply of GET_CAPS. */
export const readCaps = async (input: ClientInput): Promise<Uint8Array> =>
  readCapsBody('GET_CAPS', await readHeader(input), input);

/** Reads the replies of GET_CAPS2 and GET_CAPS: undefined from a server that doesn't know the first, and answers only the other. */
export const readBothCaps = async (input: ClientInput): Promise<Uint8Array | undefined> => {
  const header = await readHeader(input);
  if (header.id === CAPS_IDS.GET_CAPS) {
    await readCapsBody('GET_CAPS', header, input);
    return undefined;
  }
  const caps = await readCapsBody('GET_CAPS2', header, input);
  await readCaps(input);
  return caps;
};

/** Reads the reply of GET_CAPSET: undefined for a set that the server has not. */
export const readCapset = async (input: ClientInput): Promise<Uint8Array | undefined> => {
  const name = 'GET_CAPSET';
  const header = await readHeader(input);
  checkHeader(name, header, { id: VTEST_COMMANDS[name].id });
  const dataBytes = (header.length - 1) * 4;
  if (dataBytes < 0 || dataBytes > MAX_CAPSET_BYTES)
    throw unexpectedReply(name, `a capability set of ${dataBytes} bytes`);
  const [found] = await input.dwords(1);
  const data = await input.bytes(dataBytes);
  return found === 0 ? undefined : data;
};

/** Reads a descriptor that must come. */
export const readFd = async (name: VtestCommandName, input: ClientInput): Promise<FileDescriptor> => {
  const fd = await input.fd();
  if (fd === undefined) throw unexpectedReply(name, 'no file descriptor where one should be');
  return fd;
};
