// Two traces compared.

export { diff } from './diff';
export type { FieldChange } from './flatten';
export type { DiffOptions } from './options';
export type { Change, ChangedStep, LoneFrame, PixelDifference, StateDifference, TraceDiff } from './result';
export type { StepKind } from './steps';
export { diffText } from './text';
export { writeDiffPage } from './write-page';
