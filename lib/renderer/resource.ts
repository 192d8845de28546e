// A buffer or texture.

import type { Box, RenderHost } from '../host';
import { invalidArgument, VirglError } from '../protocol/error';
import { Format, formatLayout, type FormatLayout, TextureTarget } from '../protocol';

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

/** Which part of a resource, and how it lies in memory. */
export interface Region {
  /** Default 0. */
  level?: number;
  /** Default: the whole level, all layers. */
  box?: Partial<Box>;
}

type Described = Required<Omit<ResourceDescriptor, 'label'>>;

const DEFAULTS = { height: 1, depth: 1, arraySize: 1, lastLevel: 0, nrSamples: 0, flags: 0 } as const;

const minify = (size: number, level: number): number => Math.max(1, size >> level);

/** A buffer or texture. Made by `Context.createResource`. */
export class Resource implements AsyncDisposable {
  readonly #host: RenderHost;
  readonly #layout: FormatLayout;
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

  /** Size in bytes of a region, rows and layers without gaps. */
  byteSize(region: Region = {}): number {
    const { w, h, d } = this.#box(region);
    const { blockWidth, blockHeight, blockBytes } = this.#layout;
    return Math.ceil(w / blockWidth) * Math.ceil(h / blockHeight) * d * blockBytes;
  }

  /**
   * Copies bytes into the resource, rows and layers without gaps.
   * @throws VirglError `ERR_VIRGL_ARGUMENT` if there are too few, `ERR_VIRGL_REFUSED`, `ERR_VIRGL_CLOSED`
   */
  async write(data: ArrayBufferView, region: Region = {}): Promise<void> {
    this.#checkAlive('write');
    if (!ArrayBuffer.isView(data)) throw invalidArgument('write', 'data', 'a typed array', data);
    const from = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.#checkRoom('write', 'data', from, region);
    await this.#host.transferWriteIov({ ...this.#transfer(region), from });
  }

  /**
   * Copies the resource's bytes out, rows and layers without gaps, the first row being the one at y = 0.
   * @param into where to; default a new array. Its ArrayBuffer can no longer be transferred to another thread
   * @throws VirglError `ERR_VIRGL_ARGUMENT` if there is too little room, `ERR_VIRGL_REFUSED`, `ERR_VIRGL_CLOSED`
   */
  async read(region: Region & { into?: Uint8Array } = {}): Promise<Uint8Array> {
    this.#checkAlive('read');
    const into = region.into ?? new Uint8Array(this.byteSize(region));
    this.#checkRoom('read', 'into', into, region);
    await this.#host.transferReadIov({ ...this.#transfer(region), into });
    return into;
  }

  /** Destroys the resource. Safe to call twice. */
  destroy(): Promise<void> {
    this.#destroyed ??= this.#host.resourceUnref({ resourceId: this.id });
    return this.#destroyed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.destroy();
  }

  #box({ level = 0, box = {} }: Region): Box {
    const { target, width, height, depth, arraySize } = this.descriptor;
    const layers = target === TextureTarget.TEXTURE_3D ? minify(depth, level) : arraySize;
    const whole = { x: 0, y: 0, z: 0, w: minify(width, level), h: minify(height, level), d: layers };
    const { x = 0, y = 0, z = 0 } = box;
    return { ...whole, w: whole.w - x, h: whole.h - y, d: whole.d - z, ...box };
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
    if (bytes.byteLength >= size) return;
    throw invalidArgument(operation, field, `at least ${size} bytes`, `${bytes.byteLength} bytes`, {
      resourceId: this.id,
    });
  }

  #checkAlive(operation: string): void {
    if (this.#destroyed === undefined) return;
    throw new VirglError(
      'ERR_VIRGL_CLOSED',
      `${operation}: resource ${this.label ?? this.id} was destroyed`,
      {
        operation,
        resourceId: this.id,
      },
    );
  }
}
