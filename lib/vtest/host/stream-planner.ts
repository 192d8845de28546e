// The commands of a stream that can't go to a vtest server as they are: those about sub-contexts, of which each context has
// others there, and those that need the backing of a resource, which is not there but here.

import { type Command, CopyTransferFlag, TransferDirection } from '../../protocol';
import type { Placement, Region } from './layout';
import { Spans } from './memory';
import type { HostResource } from './resource';
import type { ContextSubs } from './sub-contexts';
import type { Transfer } from './transfers';

/** What a planner needs of the context that a stream is for. */
export interface StreamContext {
  readonly subs: ContextSubs;
  /** A resource that is attached to it. */
  resource(resourceId: number): HostResource | undefined;
}

/** A part of a stream. */
export type StreamPart =
  | { kind: 'commands'; words: readonly Uint32Array[] }
  | { kind: 'write' | 'read'; transfer: Transfer; backing: HostResource }
  /** The server writes the first bytes of the shared memory, not of the resource. */
  | { kind: 'mirror'; resource: HostResource; bytes: number };

/** What is wrong with a command that no host would carry out. */
export interface StreamFault {
  what: string;
  /** Whether virglrenderer would put the context in its error state. */
  isFatal: boolean;
  commandIndex: number;
  byteOffset: number;
  command: string;
}

/** A stream in parts. */
export interface StreamPlan {
  parts: StreamPart[];
  /** Buffers that results of queries are going to arrive in. */
  results: HostResource[];
  /** Where the stream ends because of a fault; the parts end there too. */
  fault?: StreamFault;
}

/** Bytes that commands write to a backing: `struct virgl_memory_info` and `virgl_pipe_res_layout` of virgl_hw.h. */
const MIRRORED_BYTES = { GET_MEMORY_INFO: 24, GET_PIPE_RESOURCE_LAYOUT: 80 } as const;

/** A command can't be carried out; says why. */
export class Fault extends Error {}

type TransferFields = Region & { resource: number; stride: number; layerStride: number };

/** Plans a stream, command by command. */
export class StreamPlanner {
  readonly plan: StreamPlan = { parts: [], results: [] };
  #words: Uint32Array[] = [];
  /** The sub-context that the commands added next are for. */
  #current: number;

  constructor(private readonly context: StreamContext) {
    this.#current = context.subs.current;
  }

  /** Adds commands. */
  add(...words: Uint32Array[]): void {
    // Said each time: the server forgets it when it looks for results of queries.
    if (this.#words.length === 0) this.#words.push(this.context.subs.select(this.#current));
    this.#words.push(...words);
  }

  /** Ends a run of commands. */
  cut(): void {
    if (this.#words.length === 0) return;
    this.plan.parts.push({ kind: 'commands', words: this.#words });
    this.#words = [];
  }

  /**
   * A command that may need more than being passed on.
   * @returns false if it needs nothing
   */
  special(command: Command): boolean {
    const { subs } = this.context;
    switch (command.name) {
      case 'SET_SUB_CTX':
        return this.#switch(subs.set(command.fields.id));
      case 'CREATE_SUB_CTX':
        return this.#switch(subs.create(command.fields.id));
      case 'DESTROY_SUB_CTX':
        return this.#switch(subs.destroy(command.fields.id));
      case 'TRANSFER3D':
        return this.#transfer(command.fields, command.fields.direction, command.fields.offset);
      case 'COPY_TRANSFER3D':
        return this.#copyTransfer(command.fields);
      case 'RESOURCE_INLINE_WRITE':
        return this.#inlineWrite(command.fields, command.fields.data);
      case 'GET_QUERY_RESULT':
        return this.#queryResult(command.fields.handle);
      case 'GET_MEMORY_INFO':
        return this.#mirror(command, command.fields.resource, MIRRORED_BYTES[command.name]);
      case 'GET_PIPE_RESOURCE_LAYOUT':
        return this.#mirror(command, command.fields.outputResource, MIRRORED_BYTES[command.name]);
      case 'CREATE_OBJECT':
        if (command.object === 'QUERY') subs.addQuery(command.fields.handle, command.fields.resource);
        return false;
      case 'DESTROY_OBJECT':
        subs.removeObject(command.fields.handle);
        return false;
      case 'DECODE_BITSTREAM':
      case 'ENCODE_BITSTREAM':
        throw new Fault('the vtest protocol can not carry the memory that video commands work on');
      default:
        return false;
    }
  }

  #switch(words: Uint32Array[]): true {
    if (words.length > 0) this.add(...words);
    this.#current = this.context.subs.current;
    return true;
  }

  #resource(resourceId: number): HostResource {
    const resource = this.context.resource(resourceId);
    if (resource !== undefined) return resource;
    throw new Fault(`resource ${resourceId} does not exist or is not attached to the context`);
  }

  #backed(resourceId: number): HostResource {
    const resource = this.#resource(resourceId);
    if (resource.backing !== undefined) return resource;
    throw new Fault(`resource ${resourceId} has no backing`);
  }

  #transfer(fields: TransferFields, direction: number, offset: number): true {
    if (direction !== TransferDirection.TO_HOST && direction !== TransferDirection.FROM_HOST)
      throw new Fault(`${direction} is no direction`);
    const kind = direction === TransferDirection.TO_HOST ? 'write' : 'read';
    return this.#move(kind, fields, this.#backed(fields.resource), offset);
  }

  #copyTransfer(
    fields: TransferFields & { stagingResource: number; stagingOffset: number; flags: number },
  ): true {
    const kind = (fields.flags & CopyTransferFlag.READ_FROM_HOST) === 0 ? 'write' : 'read';
    return this.#move(kind, fields, this.#backed(fields.stagingResource), fields.stagingOffset);
  }

  /** A copy between a resource and a backing, its own or another's. */
  #move(kind: 'write' | 'read', fields: TransferFields, backing: HostResource, offset: number): true {
    // `backing` was found to have one.
    const transfer = this.#checked(fields, offset, backing.backing?.spans ?? new Spans([]));
    this.cut();
    this.plan.parts.push({ kind, transfer, backing });
    return true;
  }

  #inlineWrite(fields: TransferFields, data: ArrayBufferView): boolean {
    const resource = this.context.resource(fields.resource);
    if (resource?.livesInBacking !== true || resource.backing === undefined) return false;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const transfer = this.#checked(fields, 0, new Spans([bytes]));
    this.cut();
    this.plan.parts.push({ kind: 'write', transfer, backing: resource });
    return true;
  }

  #checked(fields: TransferFields, offset: number, memory: Spans): Transfer {
    const resource = this.#resource(fields.resource);
    const { stride, layerStride } = fields;
    const given: Placement = { offset, stride, layerStride };
    const region = resource.layout.normalize(fields);
    const fault = resource.layout.fault(region, given, memory.byteLength);
    if (fault !== undefined) throw new Fault(fault);
    return { resource, region, placement: resource.layout.placement(region, given), memory };
  }

  #queryResult(handle: number): false {
    const resourceId = this.context.subs.resourceOfQuery(handle);
    const resource = resourceId === undefined ? undefined : this.context.resource(resourceId);
    if (resource?.backing !== undefined) this.plan.results.push(resource);
    return false;
  }

  #mirror(command: Command, resourceId: number, bytes: number): boolean {
    const resource = this.context.resource(resourceId);
    if (resource?.backing === undefined) return false;
    if (resource.shared === undefined)
      throw new Fault(
        'it needs memory shared with the server, which is there from version 2 of the protocol on',
      );
    if (Math.min(resource.shared.sizeBytes, resource.backing.spans.byteLength) < bytes)
      throw new Fault(`resource ${resourceId} has less than ${bytes} bytes of backing`);
    this.add(wordsOf(command));
    this.cut();
    this.plan.parts.push({ kind: 'mirror', resource, bytes });
    return true;
  }
}

/** The words of a decoded command, which lie in the stream it was decoded from. */
const wordsOf = ({ payload }: Command): Uint32Array =>
  new Uint32Array(payload.buffer, payload.byteOffset - Uint32Array.BYTES_PER_ELEMENT, payload.length + 1);
