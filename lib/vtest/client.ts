// A client of a vtest server, ours or virgl_test_server: one method per command of the protocol.
// Facts: virglrenderer vtest/vtest_protocol.h; Mesa src/gallium/winsys/virgl/vtest/virgl_vtest_socket.c.

import { type FileDescriptor, UnixSocket } from '../host';
import { invalidArgument, VirglError } from '../protocol/error';
import { ClientConnection } from './client-connection';
import { checkVersion, negotiateVersion, shakeHands } from './client-handshake';
import type { ClientSocket } from './client-input';
import { readCaps, readCapset, readFd, readReply } from './client-replies';
import {
  createBlob,
  type CreatedBlob,
  type CreatedResource,
  createResource,
  createSharedResource,
  type TextureArgs,
} from './client-resources';
import { type SubmitBatch, submitCmd2Tail, type SyncWaitArgs, syncWaitTail } from './client-sync';
import {
  BUSY_WAIT_FLAGS,
  NEWEST_VTEST_VERSION,
  type VtestCommandName,
  type VtestFields,
  type VtestVersion,
} from './commands';
import { bytesOf, encodeRequest, fromHalves, halvesOf } from './requests';

/** Options of {@link VtestClient.over}. */
export interface VtestClientOptions {
  /** Who this is, for the server's log. Default `virgl`. */
  name?: string;
  /** The newest version to ask for; the server may choose an older one. Default 4. */
  version?: VtestVersion;
  /** How long the server may take to say hello. Default 10 seconds. */
  timeoutMs?: number;
}

/** Options of {@link VtestClient.connect}. */
export interface VtestConnectOptions extends VtestClientOptions {
  /** The server's socket. Default: `VTEST_SOCKET_NAME` of the environment, else `/tmp/.virgl_test`. */
  path?: string;
}

/** Fields of a transfer whose bytes travel over the socket. */
export type InlineTransferArgs = Omit<VtestFields<'TRANSFER_PUT'>, 'dataSize'>;

/** Fields of a transfer through shared memory; servers ignore `dataSize`. */
export type SharedTransferArgs = VtestFields<'TRANSFER_PUT2'>;

const DEFAULT_PATH = '/tmp/.virgl_test';
const DEFAULT_NAME = 'virgl';
const DEFAULT_TIMEOUT_MS = 10_000;
const OPTION_NAMES = ['name', 'version', 'timeoutMs'];

const checkOptions = (operation: string, options: object, names: readonly string[]): void => {
  for (const key of Object.keys(options))
    if (!names.includes(key))
      throw invalidArgument(operation, key, `one of the options ${names.join(', ')}`, key);
};

/**
 * A connection to a vtest server. Requests may be made while others are pending: they go out together and are executed in
 * the order they are made. Each promise settles when its command has been executed. The protocol has no error replies: a
 * server that doesn't like a command closes the connection, and everything rejects with `ERR_VIRGL_CLOSED`, which names
 * the oldest command in flight.
 */
export class VtestClient implements Disposable {
  readonly #connection: ClientConnection;
  readonly #knowsVersions: boolean;
  #version: VtestVersion;

  private constructor(connection: ClientConnection, version: VtestVersion, knowsVersions: boolean) {
    this.#connection = connection;
    this.#version = version;
    this.#knowsVersions = knowsVersions;
  }

  /**
   * Connects to a server that listens at a path.
   * @throws VirglError `ERR_VIRGL_SYSTEM` when nobody listens there, `ERR_VIRGL_ARGUMENT`, `ERR_VIRGL_CLOSED`
   */
  static async connect(options: VtestConnectOptions = {}): Promise<VtestClient> {
    checkOptions('VtestClient.connect', options, [...OPTION_NAMES, 'path']);
    const { path = process.env.VTEST_SOCKET_NAME || DEFAULT_PATH, ...rest } = options;
    return VtestClient.over(UnixSocket.connect(path), rest);
  }

  /** Speaks over a socket that is connected already, and closes it with the client or when it can't be agreed on a version. */
  static async over(socket: ClientSocket, options: VtestClientOptions = {}): Promise<VtestClient> {
    const connection = new ClientConnection(socket);
    let timer: NodeJS.Timeout | undefined;
    try {
      checkOptions('VtestClient', options, OPTION_NAMES);
      const { name = DEFAULT_NAME, version = NEWEST_VTEST_VERSION, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
      const wanted = checkVersion('VtestClient', version);
      const late = `the vtest server did not say hello within ${timeoutMs} ms`;
      timer = setTimeout(() => connection.fail('ERR_VIRGL_CLOSED', late), timeoutMs);
      const agreed = await shakeHands(connection, name, wanted);
      return new VtestClient(connection, agreed.version, agreed.knowsVersions);
    } catch (error) {
      connection.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The version that was agreed on. */
  get version(): VtestVersion {
    return this.#version;
  }

  /** True once the connection has ended, for whatever reason. */
  get closed(): boolean {
    return this.#connection.failure !== undefined;
  }

  /** Why the connection has ended. */
  get failure(): VirglError | undefined {
    return this.#connection.failure;
  }

  /** PING_PROTOCOL_VERSION: does nothing but answer. */
  async ping(): Promise<void> {
    await this.#replied('PING_PROTOCOL_VERSION', {});
  }

  /**
   * PROTOCOL_VERSION: agrees on another version, at most the one given.
   * @returns what the server chose
   */
  async protocolVersion(version: VtestVersion): Promise<VtestVersion> {
    checkVersion('PROTOCOL_VERSION', version);
    if (!this.#knowsVersions) return this.#version;
    this.#version = await negotiateVersion(this.#connection, version);
    return this.#version;
  }

  /** GET_CAPS: capability set 1. */
  getCaps(): Promise<Uint8Array> {
    return this.#connection.request('GET_CAPS', encodeRequest('GET_CAPS', {}), (input) =>
      readCaps('GET_CAPS', input),
    );
  }

  /** GET_CAPS2: capability set 2. */
  getCaps2(): Promise<Uint8Array> {
    return this.#connection.request('GET_CAPS2', encodeRequest('GET_CAPS2', {}), (input) =>
      readCaps('GET_CAPS2', input),
    );
  }

  /** GET_PARAM: one of `VTEST_PARAMS`; undefined if the server doesn't know it. */
  async getParam(param: number): Promise<number | undefined> {
    const { valid, value } = await this.#replied('GET_PARAM', { param });
    return valid === 0 ? undefined : value;
  }

  /** GET_CAPSET: any capability set; undefined if the server has no such set or version. */
  async getCapset(capsetId: number, version = 0): Promise<Uint8Array | undefined> {
    const request = encodeRequest('GET_CAPSET', { capsetId, version });
    return this.#connection.request('GET_CAPSET', request, readCapset);
  }

  /** CONTEXT_INIT: which protocol the context speaks, before anything else is made. */
  contextInit(capsetId: number): Promise<void> {
    return this.#silent('CONTEXT_INIT', { capsetId });
  }

  /** RESOURCE_CREATE. The handle is chosen by the caller before version 3, and must be 0 from then on. */
  resourceCreate(args: TextureArgs): Promise<CreatedResource> {
    return createResource(this.#connection, this.#version, args);
  }

  /**
   * RESOURCE_CREATE2: with `dataSize` bytes of memory that the server attaches as the resource's backing; 0 for none.
   * @throws VirglError `ERR_VIRGL_REFUSED` if the server makes no such resource
   */
  resourceCreate2(args: TextureArgs & { dataSize: number }): Promise<CreatedResource> {
    return createSharedResource(this.#connection, this.#version, args);
  }

  /** RESOURCE_CREATE_BLOB. */
  async resourceCreateBlob(args: {
    type: number;
    flags?: number;
    sizeBytes: number | bigint;
    blobId?: number | bigint;
  }): Promise<CreatedBlob> {
    const { type, flags = 0, sizeBytes, blobId = 0 } = args;
    const size = halvesOf('RESOURCE_CREATE_BLOB', 'sizeBytes', sizeBytes);
    const id = halvesOf('RESOURCE_CREATE_BLOB', 'blobId', blobId);
    const fields = {
      type,
      flags,
      sizeLow: size.low,
      sizeHigh: size.high,
      blobIdLow: id.low,
      blobIdHigh: id.high,
    };
    return createBlob(this.#connection, fields);
  }

  /** RESOURCE_UNREF. */
  resourceUnref(handle: number): Promise<void> {
    return this.#silent('RESOURCE_UNREF', { handle });
  }

  /** RESOURCE_EXPORT_FD. The caller closes it. */
  async resourceExportFd(handle: number): Promise<FileDescriptor> {
    const name = 'RESOURCE_EXPORT_FD';
    return this.#connection.request(name, encodeRequest(name, { handle }), async (input) => {
      await readReply(name, input);
      return readFd(name, input);
    });
  }

  /** TRANSFER_GET: the bytes of a resource, over the socket. A transfer that fails gives bytes that mean nothing. */
  async transferGet(args: InlineTransferArgs, into: Uint8Array): Promise<void> {
    const request = encodeRequest('TRANSFER_GET', { ...args, dataSize: into.byteLength });
    await this.#connection.request('TRANSFER_GET', request, (input) => input.into(into));
  }

  /** TRANSFER_PUT: bytes for a resource, over the socket. They must not change before the promise settles. */
  async transferPut(args: InlineTransferArgs, bytes: Uint8Array | readonly Uint8Array[]): Promise<void> {
    const parts = bytes instanceof Uint8Array ? [bytes] : bytes;
    const dataSize = parts.reduce((total, { byteLength }) => total + byteLength, 0);
    await this.#connection.request(
      'TRANSFER_PUT',
      encodeRequest('TRANSFER_PUT', { ...args, dataSize }, parts),
    );
  }

  /** TRANSFER_GET2: from the resource into its shared memory. */
  transferGet2(args: SharedTransferArgs): Promise<void> {
    return this.#silent('TRANSFER_GET2', args);
  }

  /** TRANSFER_PUT2: from its shared memory into the resource. */
  transferPut2(args: SharedTransferArgs): Promise<void> {
    return this.#silent('TRANSFER_PUT2', args);
  }

  /** SUBMIT_CMD: a stream, whole or in parts. It must not change before the promise settles. */
  async submitCmd(commands: Uint32Array | readonly Uint32Array[]): Promise<void> {
    const parts = commands instanceof Uint32Array ? [commands] : commands;
    await this.#connection.request('SUBMIT_CMD', encodeRequest('SUBMIT_CMD', {}, parts.map(bytesOf)));
  }

  /** SUBMIT_CMD2: streams, and the syncs that each of them signals. */
  async submitCmd2(batches: readonly SubmitBatch[]): Promise<void> {
    const request = encodeRequest('SUBMIT_CMD2', {}, [submitCmd2Tail(batches)]);
    await this.#connection.request('SUBMIT_CMD2', request);
  }

  /**
   * RESOURCE_BUSY_WAIT: whether anything that was submitted with SUBMIT_CMD is not done yet.
   * @param options `wait`: answer when everything is done. Servers ignore `handle`.
   */
  async busyWait({ handle = 0, wait = false }: { handle?: number; wait?: boolean } = {}): Promise<boolean> {
    const { busy } = await this.#replied('RESOURCE_BUSY_WAIT', {
      handle,
      flags: wait ? BUSY_WAIT_FLAGS.wait : 0,
    });
    return busy !== 0;
  }

  /** SYNC_CREATE: a counter of 64 bits. */
  async syncCreate(value: number | bigint = 0): Promise<number> {
    const { low, high } = halvesOf('SYNC_CREATE', 'value', value);
    const { syncId } = await this.#replied('SYNC_CREATE', { valueLow: low, valueHigh: high });
    return syncId;
  }

  /** SYNC_UNREF. */
  syncUnref(syncId: number): Promise<void> {
    return this.#silent('SYNC_UNREF', { syncId });
  }

  /** SYNC_READ. */
  async syncRead(syncId: number): Promise<bigint> {
    const { valueLow, valueHigh } = await this.#replied('SYNC_READ', { syncId });
    return fromHalves(valueLow, valueHigh);
  }

  /** SYNC_WRITE: sets the counter, to a lower value too. */
  async syncWrite(syncId: number, value: number | bigint): Promise<void> {
    const { low, high } = halvesOf('SYNC_WRITE', 'value', value);
    await this.#silent('SYNC_WRITE', { syncId, valueLow: low, valueHigh: high });
  }

  /** SYNC_WAIT: an eventfd that becomes readable when all counters, or any, have their value. The caller closes it. */
  async syncWait(args: SyncWaitArgs): Promise<FileDescriptor> {
    const name = 'SYNC_WAIT';
    return this.#connection.request(name, encodeRequest(name, {}, [syncWaitTail(args)]), async (input) => {
      await readReply(name, input);
      return readFd(name, input);
    });
  }

  /** Ends the connection; pending requests reject. Harmless when it has ended. */
  close(): void {
    this.#connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #silent<Name extends VtestCommandName>(name: Name, fields: VtestFields<Name>): Promise<void> {
    await this.#connection.request(name, encodeRequest(name, fields));
  }

  async #replied<Name extends VtestCommandName & Parameters<typeof readReply>[0]>(
    name: Name,
    fields: VtestFields<Name>,
  ) {
    return this.#connection.request(name, encodeRequest(name, fields), (input) =>
      readReply<Name>(name, input),
    );
  }
}
