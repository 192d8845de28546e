// A buffer or texture.

import type { Box, MemoryRange, RenderHost } from '../host';
import { Format, formatLayout, type FormatLayout, TextureTarget } from '../protocol';
import { invalidArgument, VirglError } from '../protocol/error';
import { BufferPool } from './buffer-pool';
import { checkObject, checkWhole } from './check-input';
import { pixelConverter } from './pixel-conversion';

/** What to make. */
export interface ResourceDescriptor {
  /** Shown in errors. */
  label?: string;
  /** Default `TEXTURE_2D`. */
  target?: (typeof TextureTarget)[keyof typeof TextureTarget];
  /** Default `R8G8B8A8_UNORM`; for buffers `R8_UNORM`. */
  format?: number;
  /** What it will be used for: flags of `Bind` in virgl/protocol. */
  bind: number;
  /** Texels, or bytes for a buffer. */
  width: number;
  /** Texels; default 1. */
  height?: number;
  /** Texels; default 1. */
  depth?: number;
  /** Layers; 6 per cube. Default 1. */
  arraySize?: number;
  /** Number of the smallest mip level. Default 0: one level only. */
  lastLevel?: number;
  /** Samples per texel. Default 0: not multisampled. */
  nrSamples?: number;
  /** Default 0. */
  flags?: number;
  /** Id on the host; the handle that commands name. Default: one past the greatest so far. */
  id?: number;
  /** Shared memory to attach as its backing, which transfers inside command streams use. Default: none. */
  backing?: readonly MemoryRange[];
}

/** Which part of a resource. */
export interface Region {
  /** Default 0. */
  level?: number;
  /** Default: the whole level, all layers. */
  box?: Partial<Box>;
}

/** Options of {@link Resource.read}. */
export interface ReadOptions extends Region {
  /** Where to; default: a new array, or one of `pool`. Its ArrayBuffer can no longer be transferred to another thread. */
  into?: Uint8Array;
  /** Where to take the array from; give it back there. */
  pool?: BufferPool;
  /** Convert to this format, of 8 bits per channel as the resource's own must be. */
  format?: number;
}

/** What a resource needs of the contexts that use it. */
export interface ResourceUser {
  /** Sends what was recorded. @throws VirglError what went wrong with it */
  flush(): Promise<void>;
  /** Sends what was recorded; what goes wrong is told by whatever is called next. */
  send(): void;
  /** Ends views of a resource that is about to be destroyed. */
  forget(resource: Resource): void;
}

type Described = Required<Omit<ResourceDescriptor, 'label' | 'id' | 'backing'>>;

const DEFAULTS = { height: 1, depth: 1, arraySize: 1, lastLevel: 0, nrSamples: 0, flags: 0 } as const;

const REGION_KEYS = ['level', 'box'];
const READ_KEYS = [...REGION_KEYS, 'into', 'pool', 'format'];
const BOX_KEYS = ['x', 'y', 'z', 'w', 'h', 'd'];

const minify = (size: number, level: number): number => Math.max(1, size >> level);

/** Waits for all, so that no transfer still uses memory when its failure is told, or that of another. */
const allDone = async (promises: readonly Promise<unknown>[]): Promise<void> => {
  for (const result of await Promise.allSettled(promises))
    if (result.status === 'rejected') throw result.reason;
};

/** A buffer or texture. Made by `Context.createResource`. */
export class Resource implements AsyncDisposable {
  readonly #layout: FormatLayout;
  readonly #users = new Set<ResourceUser>();
  #destroyed: Promise<void> | undefined;

  private constructor(
    /** Where it lives. */
    readonly host: RenderHost,
    /** Id on the host; the handle that commands name. */
    readonly id: number,
    readonly label: string | undefined,
    /** What was made, with defaults filled in. */
    readonly descriptor: Readonly<Described>,
  ) {
    this.#layout = formatLayout(descriptor.format);
  }

  /** Makes a resource under a free id; attaches it to no context. */
  static async create(
    host: RenderHost,
    id: number,
    descriptor: Omit<ResourceDescriptor, 'id'>,
  ): Promise<Resource> {
    checkObject('createResource', 'descriptor', descriptor);
    const { label, backing, ...given } = descriptor;
    const target = given.target ?? TextureTarget.TEXTURE_2D;
    const format = target === TextureTarget.BUFFER ? Format.R8_UNORM : Format.R8G8B8A8_UNORM;
    const described: Described = { ...DEFAULTS, format, ...given, target };
    const resource = new Resource(host, id, label, described);
    const call = { resourceId: id, ...described };
    await host.resourceCreate(backing === undefined ? call : { ...call, backing });
    return resource;
  }

  /** True after {@link destroy}. */
  get destroyed(): boolean {
    return this.#destroyed !== undefined;
  }

  /** A context begins to use it. Called by contexts. */
  addUser(user: ResourceUser): void {
    this.#users.add(user);
  }

  /** A context ends. Called by contexts. */
  removeUser(user: ResourceUser): void {
    this.#users.delete(user);
  }

  /** For messages, e.g. `resource "target" (id 3)`. */
  describe(): string {
    return `resource${this.label === undefined ? '' : ` ${JSON.stringify(this.label)}`} (id ${this.id})`;
  }

  /** Size in bytes of a region, rows and layers without gaps. */
  byteSize(region: Region = {}): number {
    checkObject('byteSize', 'region', region, REGION_KEYS);
    return this.#size('byteSize', region);
  }

  /**
   * Texels of a level along x, y and z, where z counts slices or layers; bytes for a buffer.
   * @throws VirglError `ERR_VIRGL_ARGUMENT` for a level that it has not
   */
  levelSize(level = 0, operation = 'levelSize', field = 'level'): readonly [number, number, number] {
    const { target, width, height, depth, arraySize, lastLevel } = this.descriptor;
    checkWhole(operation, field, level, [0, lastLevel]);
    const layers = target === TextureTarget.TEXTURE_3D ? minify(depth, level) : arraySize;
    return [target === TextureTarget.BUFFER ? width : minify(width, level), minify(height, level), layers];
  }

  /**
   * Copies bytes into the resource, rows and layers without gaps, after everything recorded so far. They must not change
   * before the promise settles.
   * @throws VirglError `ERR_VIRGL_ARGUMENT` if there are too few, `ERR_VIRGL_REFUSED`, `ERR_VIRGL_CLOSED`
   */
  async write(data: ArrayBufferView, region: Region = {}): Promise<void> {
    this.#checkAlive('write');
    checkObject('write', 'region', region, REGION_KEYS);
    if (!ArrayBuffer.isView(data)) throw invalidArgument('write', 'data', 'a typed array', data);
    const from = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.#checkRoom('write', 'data', from, this.#size('write', region));
    const transfer = this.#transfer('write', region);
    const flushed = this.#flushUsers();
    // Of a cube virglrenderer writes one face per transfer, whatever the box says.
    const isCube = this.descriptor.target === TextureTarget.TEXTURE_CUBE;
    const parts = isCube ? this.#layers(transfer, from) : [{ transfer, part: from }];
    const writes = parts.map(({ transfer: one, part }) => this.host.transferWriteIov({ ...one, from: part }));
    await allDone([flushed, ...writes]);
  }

  /**
   * Copies the resource's bytes out, rows and layers without gaps, the first row being the one at y = 0, after everything
   * recorded so far.
   * @throws VirglError `ERR_VIRGL_ARGUMENT` if there is too little room, `ERR_VIRGL_REFUSED`, `ERR_VIRGL_CLOSED`
   */
  async read(options: ReadOptions = {}): Promise<Uint8Array> {
    this.#checkAlive('read');
    checkObject('read', 'options', options, READ_KEYS);
    const { format = this.descriptor.format, into: given, pool } = options;
    if (pool !== undefined && !(pool instanceof BufferPool))
      throw invalidArgument('read', 'pool', 'a BufferPool', pool);
    const transfer = this.#transfer('read', options);
    const size = this.#size('read', options);
    const converter = pixelConverter('read', this.descriptor.format, format);
    const resultBytes = converter?.sizeOf(size) ?? size;
    if (given !== undefined) this.#checkRoom('read', 'into', given, resultBytes);
    const result = given ?? pool?.acquire(resultBytes) ?? new Uint8Array(resultBytes);
    const raw = converter === undefined ? result : new Uint8Array(size);
    const flushed = this.#flushUsers();
    try {
      // virglrenderer reads one layer per transfer, whatever the box says (vrend_transfer_send_readpixels).
      const reads = this.#layers(transfer, raw).map(({ transfer: one, part: into }) =>
        this.host.transferReadIov({ ...one, into }),
      );
      await allDone([flushed, ...reads]);
    } catch (error) {
      if (given === undefined) pool?.release(result);
      throw error;
    }
    converter?.convert(raw, result);
    return result;
  }

  /** Destroys the resource, after everything recorded so far, and the views of it. Safe to call twice. */
  destroy(): Promise<void> {
    this.#destroyed ??= this.#destroy();
    return this.#destroyed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.destroy();
  }

  async #destroy(): Promise<void> {
    for (const user of this.#users) user.forget(this);
    for (const user of this.#users) user.send();
    await this.host.resourceUnref({ resourceId: this.id });
  }

  // Queued before what follows, so that nobody has to wait for it.
  #flushUsers(): Promise<unknown> {
    return Promise.all([...this.#users].map((user) => user.flush()));
  }

  #box(operation: string, { level = 0, box = {} }: Region): Box {
    checkObject(operation, 'box', box, BOX_KEYS);
    const [width, height, layers] = this.levelSize(level, operation);
    const { x = 0, y = 0, z = 0 } = box;
    const whole = { x, y, z, w: width - x, h: height - y, d: layers - z, ...box };
    const sides = [
      ['x', 'w', width],
      ['y', 'h', height],
      ['z', 'd', layers],
    ] as const;
    for (const [start, length, size] of sides) {
      checkWhole(operation, `box.${start}`, whole[start], [0, size - 1]);
      checkWhole(operation, `box.${length}`, whole[length], [1, size - whole[start]]);
    }
    return whole;
  }

  #size(operation: string, region: Region): number {
    return this.#bytesOf(this.#box(operation, region));
  }

  #bytesOf({ w, h, d }: Box): number {
    const { blockWidth, blockHeight, blockBytes } = this.#layout;
    return Math.ceil(w / blockWidth) * Math.ceil(h / blockHeight) * d * blockBytes;
  }

  #transfer(operation: string, region: Region) {
    const box = this.#box(operation, region);
    const { blockWidth, blockHeight, blockBytes } = this.#layout;
    // Named, because virglrenderer would otherwise take the stride of the whole level.
    const stride = Math.ceil(box.w / blockWidth) * blockBytes;
    const layerStride = stride * Math.ceil(box.h / blockHeight);
    const isBuffer = this.descriptor.target === TextureTarget.BUFFER;
    return {
      resourceId: this.id,
      level: region.level ?? 0,
      box,
      ...(isBuffer ? {} : { stride, layerStride }),
    };
  }

  /** One transfer per layer or slice. */
  #layers({ box, ...transfer }: { resourceId: number; level: number; box: Box }, bytes: Uint8Array) {
    const layerBytes = this.#bytesOf({ ...box, d: 1 });
    return Array.from({ length: box.d }, (_, layer) => ({
      transfer: { ...transfer, box: { ...box, z: box.z + layer, d: 1 } },
      part: box.d === 1 ? bytes : bytes.subarray(layer * layerBytes, (layer + 1) * layerBytes),
    }));
  }

  #checkRoom(operation: string, field: string, bytes: unknown, size: number): void {
    if (bytes instanceof Uint8Array && bytes.byteLength >= size) return;
    const received = bytes instanceof Uint8Array ? `${bytes.byteLength} bytes` : bytes;
    throw invalidArgument(operation, field, `a Uint8Array of at least ${size} bytes`, received, {
      resourceId: this.id,
    });
  }

  #checkAlive(operation: string): void {
    if (!this.destroyed) return;
    throw new VirglError('ERR_VIRGL_CLOSED', `${operation}: ${this.describe()} was destroyed`, {
      operation,
      resourceId: this.id,
    });
  }
}
