// A display whose picture is a texture of a host: what a script draws. Read back only where and when somebody looks.

import type { RenderHost } from '../host';
import { formatLayout } from '../protocol';
import { invalidArgument } from '../protocol/error';
import { type ChannelOrder, insideOf, writeBgrx } from './pixels';
import type { CursorImage, DisplaySource, InputSink, Rect, Size, SourceListener } from './source';
import { SourceListeners } from './source-listeners';

/** A texture: level 0, layer 0. What `Resource` of a renderer has fits. */
export interface ShownTexture {
  id: number;
  host: RenderHost;
  descriptor: { format: number; width: number; height: number };
}

/** Options of {@link ResourceSource}. */
export interface ResourceSourceOptions {
  /** A name for people. */
  label: string;
  input?: InputSink;
  requestSize?: (width: number, height: number) => void;
}

const BYTES_PER_PIXEL = 4;
const OPERATION = 'ResourceSource.show';

/** @throws VirglError `ERR_VIRGL_ARGUMENT` for other than four channels of eight bits */
const channelOrderOf = (format: number): ChannelOrder => {
  const { name, channels } = formatLayout(format);
  const place = (channel: string): number | undefined => {
    const found = channels.find((one) => one.name === channel && one.bits === 8);
    return found && found.offsetBits / 8;
  };
  const order = ['R', 'G', 'B'].map(place);
  if (channels.length !== 4 || order.includes(undefined))
    throw invalidArgument(OPERATION, 'format', 'red, green, blue and a fourth channel of 8 bits', name);
  return order as unknown as ChannelOrder;
};

/** Shows a texture, the top row being the one at y = 0. */
export class ResourceSource implements DisplaySource {
  readonly label: string;
  readonly input: InputSink | undefined;
  readonly requestSize?: (width: number, height: number) => void;
  readonly cursor: CursorImage | undefined = undefined;
  readonly #listeners = new SourceListeners();
  #shown: (ShownTexture & { order: ChannelOrder }) | undefined;

  constructor({ label, input, requestSize }: ResourceSourceOptions) {
    this.label = label;
    this.input = input;
    if (requestSize !== undefined) this.requestSize = requestSize;
  }

  get size(): Size {
    const { width = 0, height = 0 } = this.#shown?.descriptor ?? {};
    return { width, height };
  }

  /** Whether anybody looks. */
  get isWatched(): boolean {
    return this.#listeners.isWatched;
  }

  /** Resolves when somebody looks, or at the end. */
  watched(): Promise<void> {
    return this.#listeners.watched();
  }

  /**
   * Shows a texture from now on; undefined: none, after which the last one may be destroyed.
   * @throws VirglError `ERR_VIRGL_ARGUMENT` for a format of other than four channels of eight bits
   */
  show(texture: ShownTexture | undefined): void {
    this.#shown = texture && { ...pick(texture), order: channelOrderOf(texture.descriptor.format) };
    this.#listeners.tell((listener) => listener.resized());
  }

  /** Something else is in the texture now. */
  changed(rect: Rect = { x: 0, y: 0, ...this.size }): void {
    this.#listeners.tell((listener) => listener.damaged(rect));
  }

  /** There is no picture any more. */
  close(): void {
    this.#shown = undefined;
    this.#listeners.close();
  }

  async read(rect: Rect, into: Uint8Array, strideBytes: number): Promise<void> {
    const shown = this.#shown;
    const { x, y, width: w, height: h } = insideOf(this.size, rect);
    if (shown === undefined || w === 0 || h === 0) return;
    const stride = w * BYTES_PER_PIXEL;
    const pixels = new Uint8Array(stride * h);
    const box = { x, y, z: 0, w, h, d: 1 };
    await shown.host.transferReadIov({ resourceId: shown.id, box, stride, into: pixels });
    for (let row = 0; row < h; row += 1)
      writeBgrx(pixels, row * stride, shown.order, into, row * strideBytes, w);
  }

  subscribe(listener: SourceListener): () => void {
    return this.#listeners.add(listener);
  }
}

/** A `Resource` has more, and getters. */
const pick = ({ id, host, descriptor }: ShownTexture): ShownTexture => ({ id, host, descriptor });
