// A display source for tests: pixels in memory, changed by the test.

import type {
  CursorImage,
  DisplaySource,
  InputSink,
  KeyInput,
  PointerInput,
  Rect,
  SourceListener,
} from 'virgl/display';

/** Pixels 0xRRGGBB by their place. */
export type Painter = (x: number, y: number) => number;

/** Keeps what viewers typed and pointed at. */
export class InputLog implements InputSink {
  readonly keys: KeyInput[] = [];
  readonly pointers: PointerInput[] = [];
  readonly texts: string[] = [];

  key(input: KeyInput): void {
    this.keys.push(input);
  }

  pointer(input: PointerInput): void {
    this.pointers.push(input);
  }

  clipboard(text: string): void {
    this.texts.push(text);
  }
}

/** A picture that a test paints. */
export class TestPattern implements DisplaySource {
  label = 'test pattern';
  size: { width: number; height: number };
  cursor: CursorImage | undefined;
  readonly input = new InputLog();
  /** How often a rectangle was read. */
  reads = 0;
  /** Set to be asked for other sizes. */
  requestSize?: (width: number, height: number) => void;
  pixels: Uint32Array;
  readonly listeners = new Set<SourceListener>();

  constructor(width: number, height: number, painter: Painter = () => 0) {
    this.size = { width, height };
    this.pixels = new Uint32Array(width * height);
    this.paint({ x: 0, y: 0, width, height }, painter);
  }

  read(rect: Rect, into: Uint8Array, strideBytes: number): Promise<void> {
    this.reads += 1;
    const bytes = new Uint8Array(this.pixels.buffer);
    for (let y = 0; y < Math.min(rect.height, this.size.height - rect.y); y++) {
      const from = ((rect.y + y) * this.size.width + rect.x) * 4;
      const width = Math.min(rect.width, this.size.width - rect.x);
      into.set(bytes.subarray(from, from + width * 4), y * strideBytes);
    }
    return Promise.resolve();
  }

  subscribe(listener: SourceListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Paints a rectangle and tells. */
  paint(rect: Rect, painter: Painter): void {
    for (let y = rect.y; y < rect.y + rect.height; y++)
      for (let x = rect.x; x < rect.x + rect.width; x++)
        this.pixels[y * this.size.width + x] = painter(x, y) | 0xff000000;
    for (const { damaged } of this.listeners) damaged(rect);
  }

  /** Another size, black. */
  resize(width: number, height: number, painter: Painter = () => 0): void {
    this.size = { width, height };
    this.pixels = new Uint32Array(width * height);
    for (const { resized } of this.listeners) resized();
    this.paint({ x: 0, y: 0, width, height }, painter);
  }

  setCursor(cursor: CursorImage | undefined): void {
    this.cursor = cursor;
    for (const { cursorChanged } of this.listeners) cursorChanged();
  }

  tell(what: (listener: SourceListener) => void): void {
    for (const listener of [...this.listeners]) what(listener);
  }
}
