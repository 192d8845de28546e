// How what a pump does is recorded, as a recorder around its host would.

import type { PumpRecorderPlan } from './pump-recorder-plan';
import type { ReleasedBuffer } from './released-buffer';

/** Keeps what a pump does. While a pump runs nobody else records. */
export interface PumpRecorder {
  /** Asked until there is one. */
  plan(): PumpRecorderPlan | undefined;
  /** What native code has to know of streams before it runs any of a context, in words; undefined while it can't run any. */
  lend(contextId: number): Uint32Array | undefined;
  /** What became of it. */
  takeBack(words: Uint32Array): void;
  /** Records a fence that is made behind a submit which was recorded already. Returns the number of the call, if it was. */
  fence(): number | undefined;
  /** What was called last has failed. */
  failed(error: unknown): void;
  /** A buffer that was made by the pump is everybody's from now on. */
  released(buffer: ReleasedBuffer, memoryId: number): void;
}
