// A display source that changes as often as it is told: a desktop of flat and drawn areas, with something that moves on it.

import type { DisplaySource, InputSink, Rect, SourceListener } from 'virgl/display';
import { PICTURES } from '../../test/display/support/pictures';

const WIDTH = 1920;
const HEIGHT = 1080;
/** The photograph is larger than the screen, so that it can move. */
const MARGIN = 256;
/** A whole tile of the encoder, so that it comes as a rectangle of one colour also where all around it is JPEG. */
const SQUARE: Rect = { x: 64, y: 64, width: 64, height: 64 };
/** Colours of the square that tells of clicks; none of them is elsewhere in the picture. */
export const CLICK_COLOURS = [0xfe0102, 0x01fe03, 0x0203fe] as const;

const paint = (width: number, height: number, painter: (x: number, y: number) => number): Uint32Array =>
  Uint32Array.from({ length: width * height }, (_, index) =>
    painter(index % width, Math.floor(index / width)),
  );

/** Where on the screen something moves. */
export const MOVING: Readonly<Record<'window' | 'screen', Rect>> = {
  window: { x: 560, y: 240, width: 800, height: 600 },
  screen: { x: 0, y: 0, width: WIDTH, height: HEIGHT },
};

/** A screen of 1920x1080. */
export class MovingPicture implements DisplaySource {
  readonly label = 'benchmark';
  readonly size = { width: WIDTH, height: HEIGHT };
  readonly cursor = undefined;
  readonly input: InputSink;
  /** Changes that were made. */
  changes = 0;
  readonly #desktop: Uint32Array;
  readonly #photograph = paint(WIDTH + MARGIN, HEIGHT, PICTURES.photograph as () => number);
  readonly #listeners = new Set<SourceListener>();
  #clicks = 0;
  #moving: Rect | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    this.#desktop = paint(WIDTH, HEIGHT, (x, y) =>
      x < 560 && y > 120 ? (PICTURES.text as (x: number, y: number) => number)(x, y) : 0x2d5f8b,
    );
    this.#click();
    let wasDown = false;
    this.input = {
      key: () => undefined,
      pointer: ({ buttons }) => {
        if (buttons !== 0 && !wasDown) this.#click();
        wasDown = buttons !== 0;
      },
    };
  }

  /** Changes a rectangle so many times a second. */
  move(rect: Rect, timesPerSecond: number): void {
    this.#moving = rect;
    let due = performance.now();
    const step = (): void => {
      due += 1000 / timesPerSecond;
      this.changes += 1;
      for (const { damaged } of this.#listeners) damaged(rect);
      this.#timer = setTimeout(step, Math.max(0, due - performance.now()));
    };
    step();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#moving = undefined;
  }

  read(rect: Rect, into: Uint8Array, strideBytes: number): Promise<void> {
    const shift = (this.changes * 4) % MARGIN;
    const rows = new Uint32Array(into.buffer, into.byteOffset, Math.floor(into.byteLength / 4));
    for (let row = 0; row < rect.height; row++) {
      const y = rect.y + row;
      const start = y * WIDTH + rect.x;
      const at = (row * strideBytes) / 4;
      rows.set(this.#desktop.subarray(start, start + rect.width), at);
      this.#overlay(y, shift, rect, rows, at);
    }
    return Promise.resolve();
  }

  subscribe(listener: SourceListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #overlay(y: number, shift: number, rect: Rect, rows: Uint32Array, at: number): void {
    const moving = this.#moving;
    if (moving === undefined || y < moving.y || y >= moving.y + moving.height) return;
    const from = Math.max(rect.x, moving.x);
    const to = Math.min(rect.x + rect.width, moving.x + moving.width);
    if (to <= from) return;
    const start = y * (WIDTH + MARGIN) + from + shift;
    rows.set(this.#photograph.subarray(start, start + to - from), at + from - rect.x);
    if (moving.width === WIDTH && y >= SQUARE.y && y < SQUARE.y + SQUARE.height)
      for (
        let x = Math.max(SQUARE.x, rect.x);
        x < Math.min(SQUARE.x + SQUARE.width, rect.x + rect.width);
        x++
      )
        rows[at + x - rect.x] = this.#colour;
  }

  get #colour(): number {
    return CLICK_COLOURS[this.#clicks % CLICK_COLOURS.length] as number;
  }

  #click(): void {
    this.#clicks += 1;
    for (let y = SQUARE.y; y < SQUARE.y + SQUARE.height; y++)
      this.#desktop.fill(this.#colour, y * WIDTH + SQUARE.x, y * WIDTH + SQUARE.x + SQUARE.width);
    for (const { damaged } of this.#listeners) damaged(SQUARE);
  }
}
