// How a trace is played.

import { invalidArgument } from '../../protocol/error';
import { checkKeys } from '../../protocol/check-keys';
import type { FramePicture, TraceRecord } from '../model';

/** Frames by their numbers, from 0; both are included. */
export interface FrameRange {
  from: number;
  to: number;
}

/** What is in the target of a frame when it ends. */
export interface PlayedPicture {
  width: number;
  height: number;
  /** `VIRGL_FORMAT_*`. */
  format: number;
  /** Rows without gaps, in this format. */
  pixels: Uint8Array;
}

/** Options of {@link play}. */
export interface PlayOptions {
  /** Compare every read-back and every picture of a frame with its digest in the trace. Default false. */
  verify?: boolean;
  /** The frames that are asked for. All before them are played too, nothing behind them. Default: all. */
  frames?: FrameRange;
  /** Told of each frame that is asked for, with the picture in its target and its digest, if there is one. Waited for. */
  onFrame?: (
    frame: number,
    picture: PlayedPicture | undefined,
    digest: FramePicture | undefined,
  ) => void | Promise<void>;
  /** Told of each record before it is played. Waited for. */
  onRecord?: (record: TraceRecord) => void | Promise<void>;
  /** Ends before the call of this number. */
  stopAtCall?: number;
  /** How long a fence may take that was reached in the trace. Default 30 s. */
  fenceTimeoutMs?: number;
}

/** Options with defaults. */
export type CheckedPlayOptions = PlayOptions &
  Required<Pick<PlayOptions, 'verify' | 'stopAtCall' | 'fenceTimeoutMs'>> & { frames: FrameRange };

const NAMES: readonly (keyof PlayOptions)[] = [
  'verify',
  'frames',
  'onFrame',
  'onRecord',
  'stopAtCall',
  'fenceTimeoutMs',
];
const OPERATION = 'play';
const FENCE_TIMEOUT_MS = 30_000;

/** @throws VirglError `ERR_VIRGL_ARGUMENT` */
export const checkPlayOptions = (options: PlayOptions): CheckedPlayOptions => {
  checkKeys(OPERATION, undefined, options, NAMES);
  const {
    verify = false,
    frames = { from: 0, to: Infinity },
    stopAtCall = Infinity,
    fenceTimeoutMs = FENCE_TIMEOUT_MS,
  } = options;
  checkKeys(OPERATION, 'frames', frames, ['from', 'to']);
  if (!Number.isInteger(frames.from) || frames.from < 0 || !(frames.to >= frames.from))
    throw invalidArgument(OPERATION, 'frames', 'from 0 or more, to at least from', frames);
  if (!(fenceTimeoutMs > 0))
    throw invalidArgument(OPERATION, 'fenceTimeoutMs', 'more than 0', fenceTimeoutMs);
  return { ...options, verify, frames, stopAtCall, fenceTimeoutMs };
};
