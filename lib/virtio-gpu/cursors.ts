// The pointer of each display.

import type { Cursor, Tell } from './listener';

/** A picture of a pointer, and where it points. */
export type CursorPicture = Pick<Cursor, 'resourceId' | 'width' | 'height' | 'pixels' | 'hotX' | 'hotY'>;

/** Where a pointer is. */
export interface Point {
  x: number;
  y: number;
}

interface Pointer {
  cursor: Cursor;
  /** Pictures that were asked for: one that comes late is old. */
  asked: number;
}

const hidden = (): Pointer => ({
  cursor: {
    resourceId: 0,
    width: 0,
    height: 0,
    pixels: new Uint8Array(0),
    hotX: 0,
    hotY: 0,
    x: 0,
    y: 0,
    visible: false,
  },
  asked: 0,
});

/** The pointers of a device. */
export class Cursors {
  readonly #pointers: Pointer[];
  readonly #tell: Tell;

  constructor(count: number, tell: Tell) {
    this.#pointers = Array.from({ length: count }, hidden);
    this.#tell = tell;
  }

  /** Moves a pointer; one that has a picture is visible again. */
  move(index: number, { x, y }: Point): void {
    const { cursor } = this.#pointers[index];
    Object.assign(cursor, { x, y });
    if (cursor.visible || cursor.resourceId === 0) this.#tell('cursorMoved', index, { x, y });
    else this.#change(index, { visible: true });
  }

  /** Takes a pointer away. */
  hide(index: number, { x, y }: Point): void {
    const pointer = this.#pointers[index];
    pointer.asked += 1;
    Object.assign(pointer.cursor, { x, y });
    if (pointer.cursor.visible) this.#change(index, { visible: false });
  }

  /**
   * A pointer gets another picture, which has to be read first.
   * @returns to be called with it; the position is the newest by then
   */
  await(index: number, { x, y }: Point): (picture: CursorPicture) => void {
    const pointer = this.#pointers[index];
    const asked = (pointer.asked += 1);
    Object.assign(pointer.cursor, { x, y });
    return (picture) => {
      if (pointer === this.#pointers[index] && pointer.asked === asked)
        this.#change(index, { ...picture, visible: true });
    };
  }

  /** All pointers go. */
  clear(): void {
    this.#pointers.forEach(({ cursor: { visible } }, index) => {
      const pointer = (this.#pointers[index] = hidden());
      if (visible) this.#tell('cursor', index, pointer.cursor);
    });
  }

  #change(index: number, change: Partial<Cursor>): void {
    const pointer = this.#pointers[index];
    // A new object, because who listens may keep the old one.
    pointer.cursor = { ...pointer.cursor, ...change };
    this.#tell('cursor', index, { ...pointer.cursor });
  }
}
