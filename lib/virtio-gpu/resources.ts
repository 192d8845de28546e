// The guest's resources.

import { BlobMem } from '../protocol/enums';
import { unexpected, CommandFault } from './faults';
import type { Backing } from './guest-memory';

/** `VIRTIO_GPU_BLOB_MEM_*`. */
export const BLOB_MEM = BlobMem;
/** `VIRTIO_GPU_BLOB_FLAG_USE_*`. */
export const BLOB_FLAGS = { MAPPABLE: 1, SHAREABLE: 2, CROSS_DEVICE: 4 } as const;

/** What is known of a blob. */
export interface BlobShape {
  readonly blobMem: number;
  readonly blobFlags: number;
}

/** A blob in the host-visible window. */
export interface BlobMapping {
  readonly offsetBytes: number;
  /** Settles when it lies there, or never will. */
  done: Promise<void>;
  /** It is mapped in this process too, because the host does not export it. */
  isMappedHere: boolean;
}

/** A live resource. */
export interface GpuResource {
  readonly id: number;
  /** `TextureTarget`; blobs have none. */
  readonly target: number;
  /** `VIRGL_FORMAT_*` as the guest sees its pixels; 0 for a blob, until a scanout says how to read it. */
  readonly format: number;
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly arraySize: number;
  readonly lastLevel: number;
  readonly bind: number;
  /** `VIRGL_RESOURCE_*`. */
  readonly flags: number;
  /** Bytes of a blob; about that of other resources. */
  readonly sizeBytes: number;
  readonly blob?: BlobShape;
  backing?: Backing;
  uuid?: Uint8Array;
  /** Where it lies in the host-visible window. */
  mapping?: BlobMapping;
}

/** What resources are made of. */
export type ResourceDescription = Omit<GpuResource, 'backing' | 'uuid' | 'mapping'>;

/** Ids are `int` in half of virglrenderer's functions. */
export const MAX_ID = 0x7fffffff;

/** What a resource takes of the host's memory: a blob of the guest's own takes nothing. */
const hostBytes = ({ blob, sizeBytes }: ResourceDescription): number =>
  blob?.blobMem === BLOB_MEM.GUEST ? 0 : sizeBytes;

/** The resources of one guest. */
export class ResourceTable {
  readonly #resources = new Map<number, GpuResource>();
  readonly #maxBytes: number;
  #bytes = 0;

  /** @param maxBytes that all together may take */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#resources.size;
  }

  [Symbol.iterator](): IterableIterator<GpuResource> {
    return this.#resources.values();
  }

  /** @throws CommandFault if there is none */
  get(id: number): GpuResource {
    const resource = this.#resources.get(id);
    if (resource !== undefined) return resource;
    throw unexpected('ERR_INVALID_RESOURCE_ID', 'resource_id', 'a resource that exists', id, {
      resourceId: id,
    });
  }

  /** Adds a resource. @throws CommandFault for an id that can't be, and when it would be too much */
  add(description: ResourceDescription): GpuResource {
    const { id } = description;
    const bytes = hostBytes(description);
    if (id === 0 || id > MAX_ID)
      throw unexpected('ERR_INVALID_RESOURCE_ID', 'resource_id', `1 to ${MAX_ID}`, id, { resourceId: id });
    if (this.#resources.has(id))
      throw unexpected('ERR_INVALID_RESOURCE_ID', 'resource_id', 'an id that is not in use', id, {
        resourceId: id,
      });
    if (this.#bytes + bytes > this.#maxBytes) {
      throw new CommandFault(
        'ERR_OUT_OF_MEMORY',
        `expected resources of at most ${this.#maxBytes} bytes but found ${this.#bytes} and ${bytes} more`,
        { field: 'resource_id', value: id, resourceId: id },
      );
    }
    const resource: GpuResource = { ...description, backing: undefined, uuid: undefined, mapping: undefined };
    this.#resources.set(id, resource);
    this.#bytes += bytes;
    return resource;
  }

  /** Takes a resource out, unless another one has its id by now. */
  remove(resource: GpuResource): void {
    if (this.#resources.get(resource.id) !== resource) return;
    this.#resources.delete(resource.id);
    this.#bytes -= hostBytes(resource);
  }

  /** How many have guest memory. */
  countBackings(): number {
    let count = 0;
    for (const { backing } of this.#resources.values()) if (backing !== undefined) count += 1;
    return count;
  }
}
