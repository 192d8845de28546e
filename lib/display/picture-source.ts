// A display whose picture is in memory: frames of a trace that is played, test patterns.

import { invalidArgument } from '../protocol/error';
import { insideOf, RGBA, writeBgrx } from './pixels';
import type { CursorImage, DisplaySource, InputSink, Rect, Size, SourceListener } from './source';
import { SourceListeners } from './source-listeners';

/** Options of {@link PictureSource}. */
export interface PictureSourceOptions {
  /** A name for people. */
  label: string;
  input?: InputSink;
  requestSize?: (width: number, height: number) => void;
}

/** A picture: RGBA rows from top to bottom, without gaps. */
export interface Picture extends Size {
  data: Uint8Array;
}

const BYTES_PER_PIXEL = 4;

/** Shows whatever it was given last. */
export class PictureSource implements DisplaySource {
  readonly input: InputSink | undefined;
  readonly requestSize?: (width: number, height: number) => void;
  #label: string;
  #picture: Picture = { width: 0, height: 0, data: new Uint8Array(0) };
  #cursor: CursorImage | undefined;
  readonly #listeners = new SourceListeners();

  constructor({ label, input, requestSize }: PictureSourceOptions) {
    this.#label = label;
    this.input = input;
    if (requestSize !== undefined) this.requestSize = requestSize;
  }

  get label(): string {
    return this.#label;
  }

  set label(label: string) {
    this.#label = label;
    this.#listeners.tell((listener) => listener.labelChanged?.());
  }

  get size(): Size {
    const { width, height } = this.#picture;
    return { width, height };
  }

  get cursor(): CursorImage | undefined {
    return this.#cursor;
  }

  set cursor(cursor: CursorImage | undefined) {
    this.#cursor = cursor;
    this.#listeners.tell((listener) => listener.cursorChanged());
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
   * Shows a picture. Its bytes are read whenever somebody wants to see them, so they must not change without another call.
   * @param damage what is different from the last one; default: all
   * @throws VirglError `ERR_VIRGL_ARGUMENT`
   */
  show(picture: Picture, damage?: Rect): void {
    const { width, height, data } = picture;
    const lengthBytes = width * height * BYTES_PER_PIXEL;
    if (data.byteLength < lengthBytes)
      throw invalidArgument('PictureSource.show', 'data', `at least ${lengthBytes} bytes`, data.byteLength);
    const isResized = width !== this.#picture.width || height !== this.#picture.height;
    this.#picture = picture;
    this.#listeners.tell((listener) => {
      if (isResized) listener.resized();
      else listener.damaged(damage ?? { x: 0, y: 0, width, height });
    });
  }

  /** There is no picture any more. */
  close(): void {
    this.#listeners.close();
  }

  async read(rect: Rect, into: Uint8Array, strideBytes: number): Promise<void> {
    const { width: pictureWidth, data } = this.#picture;
    const { x, y, width, height } = insideOf(this.#picture, rect);
    for (let row = 0; row < height; row += 1) {
      const from = ((y + row) * pictureWidth + x) * BYTES_PER_PIXEL;
      writeBgrx(data, from, RGBA, into, row * strideBytes, width);
    }
  }

  subscribe(listener: SourceListener): () => void {
    return this.#listeners.add(listener);
  }
}
