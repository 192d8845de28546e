// What a display shows and whom it tells of input: the seam between pictures (a guest's scanout, a script's texture, a trace that
// is played) and viewers.

import type { CursorImage, Rect, Size } from '../image';

export type { CursorImage, Rect, Size } from '../image';

/** A key that went down or up. */
export interface KeyInput {
  /** X11 keysym; 0 where the viewer knows none. */
  keysym: number;
  /** XT scan code (set 1; extended ones have bit 7 set: 0x9c is the keypad's Enter), from viewers that send them. */
  scancode?: number;
  down: boolean;
}

/** Where the mouse is and which of its buttons are down. */
export interface PointerInput {
  /** In pixels of the display. */
  x: number;
  y: number;
  /** Bits as in RFB: 0 left, 1 middle, 2 right, 3 to 6 wheel up, down, left, right, 7 back, 8 forward. */
  buttons: number;
}

/** Takes what viewers type and point at. */
export interface InputSink {
  key(input: KeyInput): void;
  pointer(input: PointerInput): void;
  /** Text that a viewer put on its clipboard. */
  clipboard?(text: string): void;
}

/** Told of what happens to a {@link DisplaySource}. */
export interface SourceListener {
  /** `size` is another now; all of the picture counts as damaged. */
  resized(): void;
  /** Pixels may have changed. */
  damaged(rect: Rect): void;
  /** `cursor` is another or elsewhere now. */
  cursorChanged(): void;
  /** There will be no picture any more. */
  closed(): void;
  /** Pixels have moved without change (a scrolled window): cheaper than damage for viewers that can copy. `to` is in the picture. */
  copied?(from: { x: number; y: number }, to: Rect): void;
  /** There is text on the clipboard of what is shown. */
  clipboardChanged?(text: string): void;
  /** `label` is another now. */
  labelChanged?(): void;
  /** For how long after a change nothing more needs to be read for it, in ms: its viewers leave frames out. Default 0. */
  restMs?(): number;
}

/** Something that has a picture. */
export interface DisplaySource {
  /** A name for people. */
  readonly label: string;
  /** 0x0 while it is off. */
  readonly size: Size;
  /** Undefined where the pointer is part of the picture or not known. */
  readonly cursor: CursorImage | undefined;
  /**
   * Copies a rectangle as BGRX rows from top to bottom. What lies outside the picture (it may have shrunk since) is left alone.
   * @param into maybe a view of a SharedArrayBuffer
   */
  read(rect: Rect, into: Uint8Array, strideBytes: number): Promise<void>;
  /** Tells of changes until the function that it returns is called. While nobody listens nothing is read back. */
  subscribe(listener: SourceListener): () => void;
  /** Asks for another size; `resized` comes if and when there is one. Left out where the size is fixed. */
  requestSize?(width: number, height: number): void;
  /** Left out where there is nothing to type into. */
  readonly input?: InputSink;
}
