// The resources of a host as a trace's calls make, attach and end them, and what is known of the contents of buffers.

import { TextureTarget } from '../../../protocol';
import type { CallRecord, TraceRange } from '../../model';
import type { CallValues } from '../call-arguments';
import type { MemoryContents } from '../memory-contents';
import type { CommandRef, Values } from './tracked-object';

/** The calls that make a resource. */
export type ResourceMaker = Extract<
  CallRecord['name'],
  'resourceCreate' | 'resourceCreateBlob' | 'resourceImportBlob'
>;

/** Memory that a resource has. */
export interface Backing {
  readonly ranges: readonly TraceRange[];
  /** The call that attached it. */
  readonly call: number;
}

/** What is known of the bytes of a buffer, from what was written into it. */
export interface BufferContents {
  /** Zeroes where nothing was written. */
  readonly bytes: Uint8Array;
  /** Pieces that are known, in order, without overlaps. */
  readonly known: readonly { start: number; end: number }[];
}

/** A resource that is alive. */
export interface TrackedResource {
  readonly resourceId: number;
  readonly maker: ResourceMaker;
  /** The call that made it, among all calls. */
  readonly call: number;
  /** Its arguments with defaults, without the backing. */
  readonly args: CallValues;
  /** The contexts it is attached to, with the call that did it. */
  readonly contexts: ReadonlyMap<number, number>;
  readonly backing?: Backing | undefined;
  /** What PIPE_RESOURCE_CREATE or PIPE_RESOURCE_SET_TYPE told of a blob. */
  readonly typed?: { readonly fields: Values; readonly by: CommandRef } | undefined;
  /** Of buffers that something was written into by the client. */
  readonly contents?: BufferContents | undefined;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type Resource = Mutable<Omit<TrackedResource, 'contexts' | 'contents'>> & {
  contexts: Map<number, number>;
  contents: { bytes: Uint8Array; known: { start: number; end: number }[] } | undefined;
};

/** Where and what a transfer to a resource writes. */
export interface Transfer {
  /** First byte in the buffer. */
  readonly start: number;
  readonly lengthBytes: number;
  /** First byte in the memory. */
  readonly offset: number;
  /** The bytes, or the ranges they are in; the backing of the resource if left out. */
  readonly from?: Uint8Array | readonly TraceRange[] | undefined;
}

// Larger buffers exist, but nobody fills them from a client; their size is only a number in a record.
const LARGEST_BUFFER_BYTES = 2 ** 30;

const addKnown = (
  known: readonly { start: number; end: number }[],
  start: number,
  end: number,
): { start: number; end: number }[] => {
  const apart = known.filter((piece) => piece.end < start || piece.start > end);
  const touching = known.filter((piece) => piece.end >= start && piece.start <= end);
  const first = Math.min(start, ...touching.map((piece) => piece.start));
  const last = Math.max(end, ...touching.map((piece) => piece.end));
  return [...apart, { start: first, end: last }].sort((a, b) => a.start - b.start);
};

/** Resources by id. */
export class ResourceTable {
  readonly #resources = new Map<number, Resource>();

  constructor(private readonly memory: MemoryContents) {}

  /** Those that are alive. */
  get all(): ReadonlyMap<number, TrackedResource> {
    return this.#resources;
  }

  create(maker: ResourceMaker, values: CallValues, call: number): void {
    const { backing, ...args } = values;
    const resourceId = args.resourceId as number;
    const ranges = (backing ?? []) as readonly TraceRange[];
    this.#resources.delete(resourceId);
    this.#resources.set(resourceId, {
      resourceId,
      maker,
      call,
      args,
      contexts: new Map(),
      contents: undefined,
      ...(ranges.length > 0 && { backing: { ranges: ranges.map((range) => ({ ...range })), call } }),
    });
  }

  /** Takes a resource back that the call could not make. */
  undo(call: number): void {
    for (const [id, resource] of this.#resources) if (resource.call === call) this.#resources.delete(id);
  }

  end(resourceId: number): void {
    this.#resources.delete(resourceId);
  }

  clear(): void {
    this.#resources.clear();
  }

  attach(resourceId: number, contextId: number, call: number): void {
    this.#resources.get(resourceId)?.contexts.set(contextId, call);
  }

  detach(resourceId: number, contextId: number): void {
    this.#resources.get(resourceId)?.contexts.delete(contextId);
  }

  endContext(contextId: number): void {
    for (const { contexts } of this.#resources.values()) contexts.delete(contextId);
  }

  setBacking(resourceId: number, ranges: readonly TraceRange[] | undefined, call: number): void {
    const resource = this.#resources.get(resourceId);
    if (resource === undefined) return;
    resource.backing =
      ranges === undefined ? undefined : { ranges: ranges.map((range) => ({ ...range })), call };
  }

  setType(resourceId: number, fields: Values, by: CommandRef): void {
    const resource = this.#resources.get(resourceId);
    if (resource !== undefined) resource.typed = { fields, by };
  }

  /** A client writes into a resource; only of buffers the bytes are kept. */
  transfer(resourceId: number, { start, lengthBytes, offset, from }: Transfer): void {
    const resource = this.#resources.get(resourceId);
    if (resource === undefined) return;
    const source = from ?? resource.backing?.ranges;
    if (source === undefined) return;
    const end = start + lengthBytes;
    const contents = this.#contentsOf(resource, end);
    if (contents === undefined) return;
    const bytes =
      source instanceof Uint8Array
        ? source.subarray(offset, offset + lengthBytes)
        : this.memory.gather(source, offset, lengthBytes);
    contents.bytes.set(bytes, start);
    contents.known = addKnown(contents.known, start, end);
  }

  /** A copy between resources: what is known of the source is then known of the destination, the rest no more. */
  copy(from: number, to: number, place: { srcStart: number; dstStart: number; lengthBytes: number }): void {
    const resource = this.#resources.get(to);
    if (resource === undefined) return;
    const { srcStart, dstStart, lengthBytes } = place;
    const source = this.#resources.get(from)?.contents;
    const isKnown =
      source?.known.some(({ start, end }) => start <= srcStart && end >= srcStart + lengthBytes) ?? false;
    if (source !== undefined && isKnown) {
      this.transfer(to, { start: dstStart, lengthBytes, offset: srcStart, from: source.bytes });
    } else {
      this.forget(to, dstStart, dstStart + lengthBytes);
    }
  }

  /** The host may have written into a buffer. */
  forget(resourceId: number, start = 0, end = Infinity): void {
    const contents = this.#resources.get(resourceId)?.contents;
    if (contents === undefined) return;
    contents.known = contents.known.flatMap((piece) =>
      [
        { start: piece.start, end: Math.min(piece.end, start) },
        { start: Math.max(piece.start, end), end: piece.end },
      ].filter((rest) => rest.start < rest.end),
    );
  }

  #contentsOf(resource: Resource, end: number): Resource['contents'] {
    const { target, width } = resource.args as { target?: number; width?: number };
    if (resource.maker !== 'resourceCreate' || target !== TextureTarget.BUFFER || width === undefined)
      return undefined;
    if (end > width || width > LARGEST_BUFFER_BYTES) return undefined;
    resource.contents ??= { bytes: new Uint8Array(width), known: [] };
    return resource.contents;
  }
}
