// Traces: what went through a RenderHost, to read, replay, compare and edit.

export type * from './model';
export { TraceProgram } from './edit/program';
export { type FrameFunction, type ProgramParts, type ProgramPicture, runProgram } from './edit/run-program';
export { toTypeScript, type ToTypeScriptOptions, type TypeScriptProgram } from './edit/to-ts/to-typescript';
export type { CommandCounts } from './edit/to-ts/stream';
export {
  shrink,
  shrinkDigest,
  type ShrinkOptions,
  type ShrinkProgress,
  type ShrinkResult,
  type TraceSize,
} from './edit/shrink/shrink';
export { rememberedVerdicts, type Verdicts, verdictFile } from './edit/shrink/verdicts';
export {
  type CandidateEnd,
  CandidateRunner,
  type CandidateRunnerOptions,
} from './edit/shrink/candidate-runner';
export { type Check, checkCrash, checkError, checkPixel, checkSameError } from './edit/shrink/checks';
export type { CandidateOutcome, PixelPlace, PlayedError } from './edit/shrink/play-candidate';
