// What a device tells.

import type { CursorImage } from '../image';
import type { GuestError } from './faults';
import type { Rect } from './wire-types';

/** What one display shows. */
export interface Scanout {
  resourceId: number;
  /** The part of the resource that is shown, in its pixels. */
  rect: Rect;
  /** Size of that part. */
  width: number;
  height: number;
  /** `VIRGL_FORMAT_*` of the resource. */
  format: number;
  /** The texture behind the resource has its last row first. Read-backs have their first row first all the same. */
  isBottomUp: boolean;
  /** For a scanout from a blob: where its first pixel lies, and how far apart rows are. */
  blob?: { offsetBytes: number; strideBytes: number; width: number; height: number };
}

/** The pointer on one display; its picture as the guest gave it. */
export interface Cursor extends CursorImage {
  /** 0 while there is no picture. */
  resourceId: number;
}

/** What a device tells, all while it handles a command or a call. */
export interface VirtioGpuListener {
  /** A display shows something else, or nothing. */
  scanout(index: number, scanout: Scanout | undefined): void;
  /** A part of what a display shows has changed, in the display's pixels. */
  flush(index: number, damage: Rect): void;
  /** The pointer of a display has another picture, or was shown or hidden. */
  cursor(index: number, cursor: Cursor): void;
  /** The pointer of a display has moved. */
  cursorMoved(index: number, position: { x: number; y: number }): void;
  /** A command was wrong. */
  guestError(error: GuestError): void;
  /** The transport has to raise a configuration interrupt. */
  configChanged(): void;
  /** What virglrenderer logged during a command that went wrong. */
  library(message: string): void;
}

/** Tells one thing to who listens. One that throws must not stop the device: its error surfaces as an uncaught one. */
export type Tell = <Name extends keyof VirtioGpuListener>(
  name: Name,
  ...args: Parameters<VirtioGpuListener[Name]>
) => void;

/** Tells a listener that may lack methods. */
export const tellerOf =
  (listener: Partial<VirtioGpuListener>): Tell =>
  (name, ...args) => {
    const method = listener[name] as ((...args: unknown[]) => void) | undefined;
    if (method === undefined) return;
    try {
      method.apply(listener, args);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  };
