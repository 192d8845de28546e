// What is said between the thread that serves viewers and those that encode for them.

import type { Piece } from '../frame';
import type { Rect } from '../source';
import type { EncoderConfig } from './config';
import type { TightLane } from './lanes';

/** What an encoder thread is given. */
export interface EncoderThreadData {
  /** Memory of its `NativeGate`. */
  gate: SharedArrayBuffer;
}

/** To an encoder thread. */
export type EncoderRequest =
  | { request: 'open'; viewer: number; lane: TightLane }
  | {
      request: 'encode';
      viewer: number;
      job: number;
      memory: SharedArrayBuffer;
      pieces: readonly Piece[];
      config: EncoderConfig;
    }
  | { request: 'close'; viewer: number };

/** From an encoder thread: one for each `encode`. */
export type EncoderReply =
  | { job: number; count: number; bytes: Uint8Array<ArrayBuffer>; lossy: readonly Rect[] }
  | { job: number; error: string };
