// What a session process and its supervisor say to each other about the guest's displays: JSON, one message a packet. Pixels lie in
// shared memory, whose descriptor comes with `memory`.

import type { Rect } from '../../virtio-gpu';

/** From the session process. */
export type FrameMessage =
  /** A display has another size; 0x0 for nothing to show. */
  | { type: 'size'; index: number; width: number; height: number }
  /** From now on its pixels are in this memory: BGRX rows without gaps. */
  | { type: 'memory'; index: number; width: number; height: number }
  /** These pixels have been read; they stay as they are until they were `taken`. */
  | ({ type: 'frame'; index: number } & Rect)
  | {
      type: 'cursor';
      index: number;
      width: number;
      height: number;
      hotX: number;
      hotY: number;
      x: number;
      y: number;
      visible: boolean;
      /** BGRA rows without gaps, in base64. */
      pixels: string;
    }
  | { type: 'cursorMoved'; index: number; x: number; y: number };

/** To the session process. */
export type ViewerMessage =
  /** Whether somebody wants to see this display. */
  | { type: 'watch'; index: number; on: boolean }
  /** Its pixels may be written again. */
  | { type: 'taken'; index: number };

/** Longest message: a cursor. */
export const MAX_FRAME_MESSAGE_BYTES = 128 * 1024;

/** A message as a packet. */
export const encodeFrameMessage = (message: FrameMessage | ViewerMessage): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(message));

/** The other way round. */
export const decodeFrameMessage = <Message>(bytes: Uint8Array): Message =>
  JSON.parse(new TextDecoder().decode(bytes)) as Message;
