// What a recorder knows of streams, in the words of native/pump/frame_watch.h.

import type { DrawingState } from '../observe/context-watch';
import type { FrameProgress } from './frame-detector';

const list = (words: readonly number[]): number[] => [words.length, ...words];

/** For native code. */
export const watchWords = (
  drawing: DrawingState,
  progress: FrameProgress,
  clearsBeginFrames: boolean,
): Uint32Array => {
  const surfaces = [...drawing.surfaces].map(([handle, { resourceId, isWhole }]) => [
    handle,
    isWhole ? resourceId : 0,
  ]);
  return Uint32Array.from([
    drawing.subContextId,
    Number(clearsBeginFrames),
    Number(progress.hasDrawn),
    progress.last?.resourceId ?? 0,
    ...list(drawing.targets),
    ...list(progress.cleared),
    ...list(progress.drawn),
    surfaces.length,
    ...surfaces.flat(),
  ]);
};

/** What native code gives back. */
export const watchedIn = (
  words: Uint32Array,
  contextId: number,
): { targets: readonly number[]; progress: FrameProgress } => {
  let at = 0;
  const next = (): number => words[at++] as number;
  const take = (): number[] => Array.from({ length: next() }, next);
  const hasDrawn = next() !== 0;
  const resourceId = next();
  const targets = take();
  const cleared = take();
  const drawn = take();
  const last = resourceId === 0 ? undefined : { contextId, resourceId };
  return { targets, progress: { hasDrawn, last, cleared, drawn } };
};
