// A buffer or texture.

import type { Box, RenderHost } from '../host';
import { Format, formatLayout, type FormatLayout, TextureTarget } from '../protocol';
import { invalidArgument, VirglError } from '../protocol/error';
import type { BufferPool } from './buffer-pool';
import { convertPixels } from './pixel-conversion';

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
  /** Sends what was recorded. */
  flush(): Promise<void>;
  /** Ends views of a resource that is about to be destroyed. */
  forget(resource: Resource): void;
}

type Described = Required<Omit<ResourceDescriptor, 'label'>>;

const DEFAULTS = { height: 1, depth: 1, arraySize: 1, lastLevel: 0, nrSamples: 0, flags: 0 } as const;

const minify = (size: number, level: number): number => Math.max(1, size >> level);

/** A buffer or texture. Made by `Context.createResource`. */
export class Resource implements AsyncDisposable {
  readonly #host: RenderHost;
  readonly #layout: FormatLayout;
  readonly #users = new Set<ResourceUser>();
  #destroyed: Promise<void> | undefined;

  private constructor(
    host: RenderHost,
    /** Id on the host; the handle that commands name. */
    readonly id: number,
    readonly label: string | undefined,
    /** What was made, with defaults filled in. */
    readonly descriptor: Readonly<Described>,
  ) {
    this.#host = host;
    this.#layout = formatLayout(descriptor.format);
  }

  /** Makes a resource under a free id; attaches it to no context. */
  static async create(host: RenderHost, id: number, descriptor: ResourceDescriptor): Promise<Resource> {
    const { label, ...given } = descriptor;
    const target = given.target ?? TextureTarget.TEXTURE_2D;
    const format = target === TextureTarget.BUFFER ? Format.R8_UNORM : Format.R8G8B8A8_UNORM;
    const described: Described = { ...DEFAULTS, format, ...given, target };
    const resource = new Resource(host, id, label, described);
    await host.resourceCreate({ resourceId: id, ...described });
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

  /** For messages, e.g. `resource "target" (id 3)`. */
  describe(): string {
    return `resource${this.label === undefined ? '' : ` ${JSON.stringify(this.label)}`} (id ${this.id})`;
  }

  /** Size in bytes of a region, rows and layers without gaps. */
  byteSize(region: Region = {}): number {
    const { w, h, d } = this.#box(region);
    const { blockWidth, blockHeight, blockBytes } = this.#layout;
    return Math.ceil(w / blockWidth) * Math.ceil(h / blockHeight) * d * blockBytes;
  }

  /**
   * Copies bytes into the resource, rows and layers without gaps, after everything recorded so far. They must not change
   * before the promise settles.
   * @throws VirglError `ERR_VIRGL_ARGUMENT` if there are too few, `ERR_VIRGL_REFUSED`, `ERR_VIRGL_CLOSED`
   */
  async write(data: ArrayBufferView, region: Region = {}): Promise<void> {
    this.#checkAlive('write');
    if (!ArrayBuffer.isView(data)) throw invalidArgument('write', 'data', 'a typed array', data);
    const from = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.#checkRoom('write', 'data', from, region);
    const flushed = this.#flushUsers();
    await Promise.all([flushed, this.#host.transferWriteIov({ ...this.#transfer(region), from })]);
  }

  /**
   * Copies the resource's bytes out, rows and layers without gaps, the first row being the one at y = 0, after everything
   * recorded so far.
   * @throws VirglError `ERR_VIRGL_ARGUMENT` if there is too little room, `ERR_VIRGL_REFUSED`, `ERR_VIRGL_CLOSED`
   */
  async read(options: ReadOptions = {}): Promise<Uint8Array> {
    this.#checkAlive('read');
    const { format = this.descriptor.format, pool } = options;
    const converts = format !== this.descriptor.format;
    const size = this.byteSize(options);
    const fresh = (): Uint8Array => pool?.acquire(size) ?? new Uint8Array(size);
    const into = converts ? new Uint8Array(size) : (options.into ?? fresh());
    this.#checkRoom('read', 'into', into, options);
    const flushed = this.#flushUsers();
    await Promise.all([flushed, this.#host.transferReadIov({ ...this.#transfer(options), into })]);
    if (!converts) return into;
    return convertPixels('read', into, { from: this.descriptor.format, to: format }, options.into);
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
    const flushed = this.#flushUsers();
    await Promise.all([flushed, this.#host.resourceUnref({ resourceId: this.id })]);
  }

  // Queued before what follows, so that nobody has to wait for it.
  #flushUsers(): Promise<unknown> {
    return Promise.all([...this.#users].map((user) => user.flush()));
  }

  #box({ level = 0, box = {} }: Region): Box {
    const { target, width, height, depth, arraySize } = this.descriptor;
    const layers = target === TextureTarget.TEXTURE_3D ? minify(depth, level) : arraySize;
    const isBuffer = target === TextureTarget.BUFFER;
    const whole = isBuffer
      ? { w: width, h: 1, d: 1 }
      : { w: minify(width, level), h: minify(height, level), d: layers };
    const { x = 0, y = 0, z = 0 } = box;
    return { x, y, z, w: whole.w - x, h: whole.h - y, d: whole.d - z, ...box };
  }

  #transfer(region: Region) {
    const box = this.#box(region);
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

  #checkRoom(operation: string, field: string, bytes: Uint8Array, region: Region): void {
    const size = this.byteSize(region);
    if (bytes instanceof Uint8Array && bytes.byteLength >= size) return;
    const received = bytes instanceof Uint8Array ? `${bytes.byteLength} bytes` : bytes;
    throw invalidArgument(operation, field, `at least ${size} bytes`, received, { resourceId: this.id });
  }

  #checkAlive(operation: string): void {
    if (!this.destroyed) return;
    throw new VirglError('ERR_VIRGL_CLOSED', `${operation}: ${this.describe()} was destroyed`, {
      operation,
      resourceId: this.id,
    });
  }
}
