// What a viewer is told with its next update besides pixels: a size, the mouse pointer, the display's name, extensions.

import type { Display } from '../display';
import type { PixelFormat } from '../encode/pixel-format';
import { rectHeader } from '../encode/rect-bytes';
import type { CursorImage, Size } from '../source';
import { ByteMaker } from './byte-maker';
import { cursorRect, drawsCursor } from './cursor-rect';
import { PSEUDO, ViewerEncodings } from './encodings';
import { desktopSizeRect, extendedSizeRect, type SizeReason, type SizeStatus } from './screen-size';

/** A rectangle of an update: its header and its content. */
export type Rectangle = readonly Uint8Array[];

/** Extensions that are announced by an empty rectangle. */
const ANNOUNCED = ['qemuExtendedKeyEvent', 'extendedMouseButtons'] as const;
const NOWHERE = { x: 0, y: 0, width: 0, height: 0 };
const CURSOR_KEYS = ['pixels', 'width', 'height', 'hotX', 'hotY', 'visible'] as const;

/** What is noted is told once, as the viewer's encodings have it. */
export class ViewerNews {
  readonly #display: Pick<Display, 'cursor' | 'label'>;
  #encodings = new ViewerEncodings();
  #size: { reason: SizeReason; status: SizeStatus } | undefined;
  #hasCursor = false;
  #hasLabel = false;
  #announcements: number[] = [];
  #shownCursor: CursorImage | undefined;

  constructor(display: Pick<Display, 'cursor' | 'label'>) {
    this.#display = display;
  }

  get isEmpty(): boolean {
    return !this.hasSize && !this.#hasCursor && !this.#hasLabel && this.#announcements.length === 0;
  }

  /** A new size goes alone: what follows is drawn on it. */
  get hasSize(): boolean {
    return this.#size !== undefined;
  }

  /** What the viewer has said that it can do; it is answered where it is new. */
  setEncodings(encodings: ViewerEncodings): void {
    const before = this.#encodings;
    this.#encodings = encodings;
    const isNew = (name: keyof typeof PSEUDO): boolean => encodings.has(name) && !before.has(name);
    this.#announcements.push(...ANNOUNCED.filter(isNew).map((name) => PSEUDO[name]));
    if (isNew('extendedDesktopSize')) this.noteSize('ours', 'done');
    if (drawsCursor(encodings)) this.#shownCursor = undefined;
    this.noteCursor();
  }

  /** The size, or what became of a wish for another. */
  noteSize(reason: SizeReason, status: SizeStatus): void {
    this.#size = { reason, status };
  }

  /** There is another size. It is told with what became of a wish, if that is to be told. */
  noteNewSize(): void {
    if (this.#encodings.has('extendedDesktopSize') || this.#encodings.has('desktopSize'))
      this.#size ??= { reason: 'ours', status: 'done' };
  }

  /** There may be another pointer. */
  noteCursor(): void {
    const { cursor } = this.#display;
    if (cursor === undefined || !drawsCursor(this.#encodings)) return;
    const shown = this.#shownCursor;
    const isSame = shown !== undefined && CURSOR_KEYS.every((key) => shown[key] === cursor[key]);
    if (!isSame) this.#hasCursor = true;
  }

  /** There is another name. */
  noteLabel(): void {
    this.#hasLabel = this.#encodings.has('desktopName');
  }

  takeSize(size: Size): Rectangle {
    const { reason, status } = this.#size ?? { reason: 'ours', status: 'done' };
    this.#size = undefined;
    return this.#encodings.has('extendedDesktopSize')
      ? extendedSizeRect(size, reason, status)
      : desktopSizeRect(size);
  }

  /** All but the size. */
  take(format: PixelFormat): Rectangle[] {
    const announced = this.#announcements.map((number): Rectangle => [rectHeader(NOWHERE, number)]);
    this.#announcements = [];
    return [...announced, ...this.#takeLabel(), ...this.#takeCursor(format)];
  }

  #takeLabel(): Rectangle[] {
    if (!this.#hasLabel) return [];
    this.#hasLabel = false;
    return [[rectHeader(NOWHERE, PSEUDO.desktopName), new ByteMaker().text(this.#display.label).done()]];
  }

  #takeCursor(format: PixelFormat): Rectangle[] {
    const { cursor } = this.#display;
    const isNoted = this.#hasCursor;
    this.#hasCursor = false;
    if (!isNoted || cursor === undefined) return [];
    this.#shownCursor = cursor;
    return [cursorRect(cursor, this.#encodings, format)];
  }
}
