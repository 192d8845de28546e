// What a host call reads from the memory of its client, what it writes there, and what it draws to, known when the call is made.
// Recorders and players look at calls through the same observer, so that both mean the same bytes.

import type { HostCallArgs, HostCallName, MemoryRange, ResourceCreateArgs } from '../../host';
import type { CheckedArguments } from '../../host/call-table';
import { checkArguments } from '../../host/check-arguments';
import { HostLedger } from '../../host/ledger';
import { recordCall } from '../../host/ledger-effects';
import type { Region } from '../../vtest/host/layout';
import type { PixelDigest } from '../model';
import { ContextWatch, type StreamEffects, type StreamTransfer } from './context-watch';
import { bytesOf, digestOf, lengthOf, type PlacedRows, rangesOf } from './places';
import { acceptedArguments, type AcceptedCallName, plainArguments } from './plain-arguments';
import { type PictureResource, WatchedResource } from './watched-resource';

const NONE: readonly never[] = [];

/** What a call writes into memory of its caller. */
export interface ReadBack extends PlacedRows {
  part: number;
  resource: WatchedResource;
  /** It is the whole level 0 of a plain texture. */
  isWhole: boolean;
  /** Shared memory that is written. */
  ranges: readonly MemoryRange[];
}

/** What a call does, as far as it can be told when it is made. */
export interface CallEffects {
  /** Memory that the host may read. */
  reads: readonly MemoryRange[];
  readBacks: readonly ReadBack[];
  /** What a submitted stream draws to. */
  stream?: StreamEffects;
  /** Memory that a resource has as its backing from now on, and that one gives back. */
  lent: readonly MemoryRange[];
  returned: readonly MemoryRange[];
  /** Takes back what the call was expected to change: it was refused. */
  undo(): void;
}

/** One shape for the effects of all calls. */
class Effects implements CallEffects {
  reads: readonly MemoryRange[] = NONE;
  readBacks: readonly ReadBack[] = NONE;
  stream: StreamEffects | undefined = undefined;
  lent: readonly MemoryRange[] = NONE;
  returned: readonly MemoryRange[] = NONE;
  /** What else has to be taken back. */
  also: (() => void) | undefined = undefined;

  constructor(readonly takeBack: () => void) {}

  undo(): void {
    this.takeBack();
    this.also?.();
  }
}

/** Rows this close together are compared as one piece. */
const COMPARED_GAP_BYTES = 256;
const GUEST_BLOB = 1;
/** Arguments that hosts choose when they are left out. */
const CHOSEN: { readonly [Name in HostCallName]?: CheckedArguments } = {
  createFence: { fenceId: 1 },
  contextCreateFence: { fenceId: 1 },
  fillCaps: { version: 0 },
};

const wordsOf = (commands: Uint32Array | Uint8Array | MemoryRange): Uint32Array => {
  if (commands instanceof Uint32Array) return commands;
  const bytes =
    commands instanceof Uint8Array
      ? commands
      : commands.memory.bytes.subarray(commands.offsetBytes, commands.offsetBytes + commands.lengthBytes);
  const { buffer, byteOffset, byteLength } = byteOffsetIsAligned(bytes) ? bytes : bytes.slice();
  return new Uint32Array(buffer, byteOffset, Math.floor(byteLength / 4));
};

const byteOffsetIsAligned = ({ byteOffset }: Uint8Array): boolean => byteOffset % 4 === 0;

/**
 * The memory of a transfer: what was given, or the attached backing. An array is an array here, also if it is a view on shared
 * memory: the trace has it as one.
 */
const memoryOf = (
  given: Uint8Array | readonly MemoryRange[] | undefined,
  resource: WatchedResource | undefined,
): PlacedRows['memory'] => given ?? resource?.backing ?? NONE;

/** The digest of what a call has written; undefined where there is nothing to compare. */
export const digestOfReadBack = (readBack: ReadBack): PixelDigest | undefined => {
  if (readBack.resource.isMoody) return undefined;
  const bytes = bytesOf(readBack);
  return bytes && digestOf(bytes, readBack.resource.blockBytes);
};

/** Left out, memory is the attached one; an array may be a view on shared memory, which the check has found out. */
const asGiven = <Name extends 'transferWriteIov' | 'transferReadIov' | 'getRect'>(
  args: CheckedArguments,
  given: unknown,
): HostCallArgs<Name> => {
  const { into, from } = given as { into?: unknown; from?: unknown };
  return { ...args, into, from } as unknown as HostCallArgs<Name>;
};

/** Follows the calls of one host. */
export class HostObserver {
  readonly resources = new Map<number, WatchedResource>();
  readonly #ledger = new HostLedger();
  readonly #contexts = new Map<number, ContextWatch>();
  readonly #guestBlobs = new Set<WatchedResource>();
  /** Somebody may know of a resource that a stream names and nobody has created here: who does adds it by {@link lookBack}. */
  onMissing: ((resourceId: number) => void) | undefined;

  /** Looks at a call that is about to be made; undefined if the host will refuse its arguments. */
  look<Name extends HostCallName>(name: Name, given: HostCallArgs<Name>): CallEffects | undefined {
    let args: CheckedArguments;
    let takeBack: () => void;
    try {
      args =
        plainArguments(name, given, this.#ledger) ?? checkArguments(name, given, this.#ledger, CHOSEN[name]);
      takeBack = recordCall(this.#ledger, name, args);
    } catch {
      return undefined;
    }
    return this.#see(name, args, given, new Effects(takeBack));
  }

  /** Looks at a call that was made already, and was not refused. */
  lookBack(name: AcceptedCallName, given: CheckedArguments): CallEffects {
    const args = acceptedArguments(name, given);
    return this.#see(name, args, given, new Effects(recordCall(this.#ledger, name, args)));
  }

  /** A texture that can be read as a picture: alive, and of one sample. */
  picture(resourceId: number): PictureResource | undefined {
    const resource = this.resources.get(resourceId);
    return resource?.isPicture() === true ? resource : undefined;
  }

  /** A context whose streams need no look at what its client has in shared memory. */
  drawingContext(contextId: number): ContextWatch | undefined {
    return this.#guestBlobs.size === 0 ? this.#contexts.get(contextId) : undefined;
  }

  /** Whether there is such a context. */
  hasContext(contextId: number): boolean {
    return this.#contexts.has(contextId);
  }

  #see(name: HostCallName, args: CheckedArguments, given: unknown, effects: Effects): Effects {
    this.#follow(name, args, given, effects);
    return effects;
  }

  #follow(name: HostCallName, args: CheckedArguments, given: unknown, effects: Effects): void {
    switch (name) {
      case 'contextCreate':
        this.#contexts.set(args.contextId as number, new ContextWatch());
        return;
      case 'contextDestroy':
        this.#contexts.delete(args.contextId as number);
        return;
      case 'submitCmd':
      case 'submitCmd2':
        return this.#submit(args as unknown as HostCallArgs<'submitCmd'>, effects);
      case 'resourceCreate':
        return this.#create(args as unknown as Required<ResourceCreateArgs>, effects);
      case 'resourceCreateBlob':
      case 'resourceImportBlob':
        return this.#createBlob(args as unknown as HostCallArgs<'resourceCreateBlob'>, effects);
      case 'resourceUnref':
        return this.#unref(args.resourceId as number, effects);
      case 'resourceAttachIov':
        return this.#attach(args as unknown as HostCallArgs<'resourceAttachIov'>, effects);
      case 'resourceDetachIov':
        return this.#detach(args.resourceId as number, effects);
      case 'transferWriteIov':
        return this.#write(asGiven<'transferWriteIov'>(args, given), effects);
      case 'transferReadIov':
        return this.#read(asGiven<'transferReadIov'>(args, given), effects);
      case 'getRect':
        return this.#readRect(asGiven<'getRect'>(args, given), effects);
      case 'reset':
        return this.#reset(effects);
      default:
        return;
    }
  }

  #add(resource: WatchedResource, effects: Effects): void {
    const { id, backing } = resource;
    this.resources.set(id, resource);
    if (resource.isGuestBlob) this.#guestBlobs.add(resource);
    effects.lent = backing;
    effects.also = () => {
      if (this.resources.get(id) === resource) this.resources.delete(id);
      this.#guestBlobs.delete(resource);
    };
  }

  #create(args: Required<ResourceCreateArgs>, effects: Effects): void {
    this.#add(new WatchedResource(args.resourceId, args, args.backing, false), effects);
  }

  #createBlob(
    { resourceId, blobMem, backing = NONE }: HostCallArgs<'resourceCreateBlob'>,
    effects: Effects,
  ): void {
    this.#add(new WatchedResource(resourceId, undefined, backing, blobMem === GUEST_BLOB), effects);
  }

  #unref(resourceId: number, effects: Effects): void {
    const resource = this.resources.get(resourceId);
    if (resource === undefined) return;
    this.resources.delete(resourceId);
    this.#guestBlobs.delete(resource);
    effects.returned = resource.backing;
  }

  #attach({ resourceId, backing }: HostCallArgs<'resourceAttachIov'>, effects: Effects): void {
    const resource = this.resources.get(resourceId);
    // Hosts refuse a second backing.
    if (resource === undefined || resource.backing.length > 0) return;
    resource.backing = backing;
    effects.lent = backing;
    effects.also = () => {
      resource.backing = NONE;
    };
  }

  #detach(resourceId: number, effects: Effects): void {
    const resource = this.resources.get(resourceId);
    if (resource === undefined) return;
    effects.returned = resource.backing;
    resource.backing = NONE;
  }

  #reset(effects: Effects): void {
    effects.returned = [...this.resources.values()].flatMap(({ backing }) => backing);
    this.resources.clear();
    this.#guestBlobs.clear();
    this.#contexts.clear();
  }

  /** Where a transfer's rows lie; undefined where the host would refuse it. */
  #rowsOf(
    resource: WatchedResource | undefined,
    { level, box, stride, layerStride, offset }: Omit<StreamTransfer, 'toHost' | 'resourceId' | 'backingId'>,
    memory: PlacedRows['memory'],
  ): { rows: PlacedRows; region: Region } | undefined {
    const { layout } = resource ?? {};
    if (layout === undefined || lengthOf(memory) === 0) return undefined;
    const region = layout.normalize({ level, box });
    if (region.box.w === 0 || region.box.h === 0 || region.box.d === 0) return undefined;
    const given = { offset, stride, layerStride };
    if (layout.fault(region, given, lengthOf(memory)) !== undefined) return undefined;
    return {
      rows: { extent: layout.extent(region), placement: layout.placement(region, given), memory },
      region,
    };
  }

  #readsOf(
    resource: WatchedResource | undefined,
    at: Omit<StreamTransfer, 'toHost' | 'resourceId' | 'backingId'>,
    memory: PlacedRows['memory'],
  ): readonly MemoryRange[] {
    if (memory instanceof Uint8Array) return NONE;
    const placed = this.#rowsOf(resource, at, memory);
    // A host that takes it nevertheless may read anything.
    return placed === undefined ? memory : rangesOf(placed.rows, COMPARED_GAP_BYTES);
  }

  #write(args: HostCallArgs<'transferWriteIov'>, effects: Effects): void {
    const resource = this.resources.get(args.resourceId);
    const { level = 0, stride = 0, layerStride = 0, box, offset = 0, from } = args;
    const at = { level, stride, layerStride, box, offset: Number(offset) };
    effects.reads = this.#readsOf(resource, at, memoryOf(from, resource));
  }

  #read(args: HostCallArgs<'transferReadIov'>, effects: Effects): void {
    const resource = this.resources.get(args.resourceId);
    const { level = 0, stride = 0, layerStride = 0, box, offset = 0, into } = args;
    const at = { level, stride, layerStride, box, offset: Number(offset) };
    const readBack = this.#readBack(0, resource, at, memoryOf(into, resource));
    if (readBack !== undefined) effects.readBacks = [readBack];
  }

  #readRect(args: HostCallArgs<'getRect'>, effects: Effects): void {
    const resource = this.resources.get(args.resourceId);
    const { x, y, width: w, height: h, offset = 0, into } = args;
    // Rows lie as far apart as those of the texture, which is what a stride of 0 stands for.
    const at = { level: 0, stride: 0, layerStride: 0, box: { x, y, z: 0, w, h, d: 1 }, offset };
    const readBack = this.#readBack(0, resource, at, into);
    if (readBack !== undefined) effects.readBacks = [readBack];
  }

  #readBack(
    part: number,
    resource: WatchedResource | undefined,
    at: Omit<StreamTransfer, 'toHost' | 'resourceId' | 'backingId'>,
    memory: PlacedRows['memory'],
  ): ReadBack | undefined {
    const placed = this.#rowsOf(resource, at, memory);
    if (placed === undefined || resource === undefined) return undefined;
    const { rows, region } = placed;
    return { ...rows, part, resource, isWhole: resource.isWhole(region), ranges: rangesOf(rows, 0) };
  }

  /** A resource that a stream names. */
  #named(id: number): WatchedResource | undefined {
    if (!this.resources.has(id)) this.onMissing?.(id);
    return this.resources.get(id);
  }

  #submit({ contextId, commands }: HostCallArgs<'submitCmd'>, effects: Effects): void {
    const reads: MemoryRange[] = [];
    if ('memory' in commands) reads.push(commands);
    const stream = this.#contexts.get(contextId)?.walk(wordsOf(commands));
    if (stream !== undefined) {
      effects.stream = stream;
      const readBacks: ReadBack[] = [];
      let part = 0;
      for (const transfer of stream.transfers) {
        const resource = this.#named(transfer.resourceId);
        const backing = this.#named(transfer.backingId)?.backing ?? NONE;
        if (transfer.toHost) {
          reads.push(...this.#readsOf(resource, transfer, backing));
          continue;
        }
        const readBack = this.#readBack(part, resource, transfer, backing);
        if (readBack !== undefined) readBacks.push(readBack);
        part += 1;
      }
      for (const id of stream.moody) {
        const resource = this.#named(id);
        if (resource !== undefined) resource.isMoody = true;
      }
      effects.readBacks = readBacks;
    }
    for (const { backing } of this.#guestBlobs) reads.push(...backing);
    effects.reads = reads;
  }
}
