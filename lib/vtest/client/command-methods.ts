// The commands of the vtest protocol about resources, streams and syncs, one method for each.

import type { FileDescriptor } from '../../host';
import { BUSY_WAIT_FLAGS, type VtestCommandName, type VtestFields, type VtestVersion } from '../commands';
import type { ClientConnection } from './connection';
import { readFd, readReply } from './replies';
import { bytesOf, encodeRequest, fromHalves, halvesOf } from './requests';
import {
  createBlob,
  type CreatedBlob,
  type CreatedResource,
  createResource,
  createSharedResource,
  type TextureArgs,
} from './resources';
import { type SubmitBatch, submitCmd2Tail, type SyncWaitArgs, syncWaitTail } from './sync';

/** Fields of a transfer whose bytes travel over the socket. */
export type InlineTransferArgs = Omit<VtestFields<'TRANSFER_PUT'>, 'dataSize'>;

/** Fields of a transfer through shared memory; servers ignore `dataSize`. */
export type SharedTransferArgs = VtestFields<'TRANSFER_PUT2'>;

/** What a client can ask of its server, once they have agreed on a version. */
export abstract class VtestCommands {
  protected constructor(protected readonly connection: ClientConnection) {}

  /** The version that was agreed on. */
  abstract get version(): VtestVersion;

  /** RESOURCE_CREATE. The handle is chosen by the caller before version 3, and must be 0 from then on. */
  resourceCreate(args: TextureArgs): Promise<CreatedResource> {
    return createResource(this.connection, this.version, args);
  }

  /**
   * RESOURCE_CREATE2: with `dataSize` bytes of memory that the server attaches as the resource's backing; 0 for none.
   * @throws VirglError `ERR_VIRGL_REFUSED` if the server makes no such resource
   */
  resourceCreate2(args: TextureArgs & { dataSize: number }): Promise<CreatedResource> {
    return createSharedResource(this.connection, this.version, args);
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
    return createBlob(this.connection, fields);
  }

  /** RESOURCE_UNREF. */
  resourceUnref(handle: number): Promise<void> {
    return this.silent('RESOURCE_UNREF', { handle });
  }

  /** RESOURCE_EXPORT_FD. The caller closes it. */
  async resourceExportFd(handle: number): Promise<FileDescriptor> {
    const name = 'RESOURCE_EXPORT_FD';
    return this.connection.request(name, encodeRequest(name, { handle }), async (input) => {
      await readReply(name, input);
      return readFd(name, input);
    });
  }

  /** TRANSFER_GET: the bytes of a resource, over the socket. A transfer that fails gives bytes that mean nothing. */
  async transferGet(args: InlineTransferArgs, into: Uint8Array): Promise<void> {
    const request = encodeRequest('TRANSFER_GET', { ...args, dataSize: into.byteLength });
    await this.connection.request('TRANSFER_GET', request, (input) => input.into(into));
  }

  /** TRANSFER_PUT: bytes for a resource, over the socket. They must not change before the promise settles. */
  async transferPut(args: InlineTransferArgs, bytes: Uint8Array | readonly Uint8Array[]): Promise<void> {
    const parts = bytes instanceof Uint8Array ? [bytes] : bytes;
    const dataSize = parts.reduce((total, { byteLength }) => total + byteLength, 0);
    await this.connection.request(
      'TRANSFER_PUT',
      encodeRequest('TRANSFER_PUT', { ...args, dataSize }, parts),
    );
  }

  /** TRANSFER_GET2: from the resource into its shared memory. */
  transferGet2(args: SharedTransferArgs): Promise<void> {
    return this.silent('TRANSFER_GET2', args);
  }

  /** TRANSFER_PUT2: from its shared memory into the resource. */
  transferPut2(args: SharedTransferArgs): Promise<void> {
    return this.silent('TRANSFER_PUT2', args);
  }

  /** SUBMIT_CMD: a stream, whole or in parts. It must not change before the promise settles. */
  async submitCmd(commands: Uint32Array | readonly Uint32Array[]): Promise<void> {
    const parts = commands instanceof Uint32Array ? [commands] : commands;
    await this.connection.request('SUBMIT_CMD', encodeRequest('SUBMIT_CMD', {}, parts.map(bytesOf)));
  }

  /** SUBMIT_CMD2: streams, and the syncs that each of them signals. */
  async submitCmd2(batches: readonly SubmitBatch[]): Promise<void> {
    const request = encodeRequest('SUBMIT_CMD2', {}, [submitCmd2Tail(batches)]);
    await this.connection.request('SUBMIT_CMD2', request);
  }

  /**
   * RESOURCE_BUSY_WAIT: whether anything that was submitted with SUBMIT_CMD is not done yet.
   * @param options `wait`: answer when everything is done. Servers ignore `handle`.
   */
  async busyWait({ handle = 0, wait = false }: { handle?: number; wait?: boolean } = {}): Promise<boolean> {
    const { busy } = await this.replied('RESOURCE_BUSY_WAIT', {
      handle,
      flags: wait ? BUSY_WAIT_FLAGS.wait : 0,
    });
    return busy !== 0;
  }

  /** SYNC_CREATE: a counter of 64 bits. */
  async syncCreate(value: number | bigint = 0): Promise<number> {
    const { low, high } = halvesOf('SYNC_CREATE', 'value', value);
    const { syncId } = await this.replied('SYNC_CREATE', { valueLow: low, valueHigh: high });
    return syncId;
  }

  /** SYNC_UNREF. */
  syncUnref(syncId: number): Promise<void> {
    return this.silent('SYNC_UNREF', { syncId });
  }

  /** SYNC_READ. */
  async syncRead(syncId: number): Promise<bigint> {
    const { valueLow, valueHigh } = await this.replied('SYNC_READ', { syncId });
    return fromHalves(valueLow, valueHigh);
  }

  /** SYNC_WRITE: sets the counter, to a lower value too. */
  async syncWrite(syncId: number, value: number | bigint): Promise<void> {
    const { low, high } = halvesOf('SYNC_WRITE', 'value', value);
    await this.silent('SYNC_WRITE', { syncId, valueLow: low, valueHigh: high });
  }

  /** SYNC_WAIT: an eventfd that becomes readable when all counters, or any, have their value. The caller closes it. */
  async syncWait(args: SyncWaitArgs): Promise<FileDescriptor> {
    const name = 'SYNC_WAIT';
    return this.connection.request(name, encodeRequest(name, {}, [syncWaitTail(args)]), async (input) => {
      await readReply(name, input);
      return readFd(name, input);
    });
  }

  protected async silent<Name extends VtestCommandName>(
    name: Name,
    fields: VtestFields<Name>,
  ): Promise<void> {
    await this.connection.request(name, encodeRequest(name, fields));
  }

  protected async replied<Name extends VtestCommandName & Parameters<typeof readReply>[0]>(
    name: Name,
    fields: VtestFields<Name>,
  ) {
    return this.connection.request(name, encodeRequest(name, fields), (input) =>
      readReply<Name>(name, input),
    );
  }
}
