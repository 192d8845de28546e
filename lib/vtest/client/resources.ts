// Creating resources on a vtest server: what the requests say, and what comes back.

import { type FileDescriptor, SharedMemory } from '../../host';
import { VirglError } from '../../protocol/error';
import type { ClientConnection } from './connection';
import type { ClientInput } from './input';
import { readFields, readFd, readHeader, readReply, unexpectedReply, VTEST_REPLIES } from './replies';
import type { VtestFields, VtestVersion } from '../commands';
import { encodeRequest } from './requests';

type Texture = VtestFields<'RESOURCE_CREATE'>;

/** What to make: fields of RESOURCE_CREATE, of which these must be given. */
export type TextureArgs = Pick<Texture, 'target' | 'format' | 'bind' | 'width'> & Partial<Texture>;

/** A resource that was made. */
export interface CreatedResource {
  /** Chosen by the server from version 3 on, else the one that was asked for. */
  id: number;
  /** The server's backing of the resource, if one was asked for. */
  memory?: SharedMemory;
}

/** A blob that was made. */
export interface CreatedBlob {
  id: number;
  /** Its memory: a dma-buf or a memfd. The caller closes it. */
  fd: FileDescriptor;
}

const DEFAULTS = { handle: 0, height: 1, depth: 1, arraySize: 1, lastLevel: 0, nrSamples: 0 } as const;

type CreateName = 'RESOURCE_CREATE' | 'RESOURCE_CREATE2';

const refused = (name: CreateName, id: number): VirglError =>
  new VirglError('ERR_VIRGL_REFUSED', `${name}: the vtest server made no such resource`, {
    operation: name,
    resourceId: id,
  });

// A server that can't create may just say nothing (virgl_test_server does). So something follows that it always answers.
const withPing = (parts: readonly Uint8Array[]): Uint8Array[] => [
  ...parts,
  ...encodeRequest('PING_PROTOCOL_VERSION', {}),
];

/** Reads the id that the server chose. Undefined if it sent none; then the answer to the ping was read. */
const readId = async (name: CreateName, input: ClientInput): Promise<number | undefined> => {
  const header = await readHeader(input);
  if (header.id !== VTEST_REPLIES.PING_PROTOCOL_VERSION.id)
    return (await readFields(name, header, input)).handle;
  await readFields('PING_PROTOCOL_VERSION', header, input);
  return undefined;
};

/** Creates under an id that the server chooses, without memory. */
const createNumbered = async (
  connection: ClientConnection,
  name: CreateName,
  parts: readonly Uint8Array[],
): Promise<CreatedResource> => {
  const id = await connection.request(name, withPing(parts), async (input) => {
    const chosen = await readId(name, input);
    if (chosen !== undefined) await readReply('PING_PROTOCOL_VERSION', input);
    return chosen;
  });
  if (id === undefined) throw refused(name, 0);
  return { id };
};

const create = async (
  connection: ClientConnection,
  version: VtestVersion,
  name: CreateName,
  { parts, handle }: { parts: readonly Uint8Array[]; handle: number },
): Promise<CreatedResource> => {
  if (version >= 3) return createNumbered(connection, name, parts);
  await connection.request(name, parts);
  return { id: handle };
};

/** Makes a resource without memory. Before version 3 nothing tells whether the server could. */
export const createResource = async (
  connection: ClientConnection,
  version: VtestVersion,
  args: TextureArgs,
): Promise<CreatedResource> => {
  const fields = { ...DEFAULTS, ...args };
  const parts = encodeRequest('RESOURCE_CREATE', fields);
  return create(connection, version, 'RESOURCE_CREATE', { parts, handle: fields.handle });
};

/** Reads id and descriptor of a resource with memory. Undefined if the server made none. */
const readShared = async (
  input: ClientInput,
  handle: number | undefined,
): Promise<{ id: number; fd: FileDescriptor } | undefined> => {
  const name = 'RESOURCE_CREATE2';
  const id = handle ?? (await readId(name, input));
  if (id === undefined) return undefined;
  const fd = await input.fd();
  if (fd === undefined && handle === undefined)
    throw unexpectedReply(name, 'no file descriptor where one should be');
  await readReply('PING_PROTOCOL_VERSION', input);
  return fd && { id, fd };
};

/** Makes a resource with memory that server and client share. */
export const createSharedResource = async (
  connection: ClientConnection,
  version: VtestVersion,
  args: TextureArgs & { dataSize: number },
): Promise<CreatedResource> => {
  const name = 'RESOURCE_CREATE2';
  const fields = { ...DEFAULTS, ...args };
  const parts = encodeRequest(name, fields);
  const { dataSize, handle } = fields;
  if (dataSize === 0) return create(connection, version, name, { parts, handle });
  const chosen = version >= 3 ? undefined : handle;
  const created = await connection.request(name, withPing(parts), (input) => readShared(input, chosen));
  if (created === undefined) throw refused(name, handle);
  using fd = created.fd;
  try {
    return { id: created.id, memory: SharedMemory.fromFd(fd, { sizeBytes: dataSize }) };
  } catch (error) {
    await connection.request('RESOURCE_UNREF', encodeRequest('RESOURCE_UNREF', { handle: created.id }));
    throw error;
  }
};

/** Makes a blob. */
export const createBlob = (
  connection: ClientConnection,
  fields: VtestFields<'RESOURCE_CREATE_BLOB'>,
): Promise<CreatedBlob> => {
  const name = 'RESOURCE_CREATE_BLOB';
  return connection.request(name, encodeRequest(name, fields), async (input) => {
    const { handle } = await readReply(name, input);
    return { id: handle, fd: await readFd(name, input) };
  });
};
