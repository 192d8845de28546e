// How a client begins, as Mesa's virgl_vtest_socket.c does: a name, whether the server knows versions, and which one.

import { VirglError } from '../../protocol/error';
import type { ClientConnection } from './connection';
import { readFields, readHeader, readReply, unexpectedReply, VTEST_REPLIES } from './replies';
import { MAX_NAME_BYTES, type VtestVersion } from '../commands';
import { encodeRequest } from './requests';

const encoder = new TextEncoder();
const VERSIONS: readonly number[] = [0, 2, 3, 4] satisfies VtestVersion[];

/** Throws unless it is a version of the protocol. */
export const checkVersion = (operation: string, version: unknown): VtestVersion => {
  if (VERSIONS.includes(version as number)) return version as VtestVersion;
  throw new VirglError(
    'ERR_VIRGL_ARGUMENT',
    `${operation}: expected ${VERSIONS.join(', ')} for version but received ${String(version)}`,
    { operation, field: 'version', value: version },
  );
};

/** Tells the server who is there. */
const createRenderer = (connection: ClientConnection, name: string): Promise<void> => {
  const bytes = encoder.encode(`${name}\0`);
  if (bytes.byteLength > MAX_NAME_BYTES || name.includes('\0'))
    throw new VirglError(
      'ERR_VIRGL_ARGUMENT',
      `VtestClient: expected a string of at most ${MAX_NAME_BYTES - 1} bytes without NUL for name`,
      { operation: 'VtestClient', field: 'name', value: name },
    );
  return connection.request('CREATE_RENDERER', encodeRequest('CREATE_RENDERER', {}, [bytes]));
};

/** A server before versions leaves the first request without an answer, and so answers only the second one. */
const knowsVersions = (connection: ClientConnection): Promise<boolean> => {
  const ping = encodeRequest('PING_PROTOCOL_VERSION', {});
  const wait = encodeRequest('RESOURCE_BUSY_WAIT', { handle: 0, flags: 0 });
  return connection.request('PING_PROTOCOL_VERSION', [...ping, ...wait], async (input) => {
    const header = await readHeader(input);
    if (header.id === VTEST_REPLIES.RESOURCE_BUSY_WAIT.id) {
      await readFields('RESOURCE_BUSY_WAIT', header, input);
      return false;
    }
    await readFields('PING_PROTOCOL_VERSION', header, input);
    await readReply('RESOURCE_BUSY_WAIT', input);
    return true;
  });
};

/** Asks for a version; the server may choose an older one. */
export const negotiateVersion = async (
  connection: ClientConnection,
  wanted: VtestVersion,
): Promise<VtestVersion> => {
  const name = 'PROTOCOL_VERSION';
  const { version } = await connection.request(
    name,
    encodeRequest(name, { version: wanted }),
    async (input) => {
      const fields = await readReply(name, input);
      if (VERSIONS.includes(fields.version) && fields.version <= wanted) return fields;
      throw unexpectedReply(name, `version ${fields.version} where ${wanted} was asked for`);
    },
  );
  return version as VtestVersion;
};

/** What both sides have agreed on. */
export interface Agreement {
  version: VtestVersion;
  /** Whether PROTOCOL_VERSION can be sent again. */
  knowsVersions: boolean;
}

/** Says hello and agrees on a version. */
export const shakeHands = async (
  connection: ClientConnection,
  name: string,
  wanted: VtestVersion,
): Promise<Agreement> => {
  const created = createRenderer(connection, name);
  const [isKnown] = await Promise.all([knowsVersions(connection), created]);
  if (!isKnown) return { version: 0, knowsVersions: false };
  return { version: await negotiateVersion(connection, wanted), knowsVersions: true };
};
