// A recorder's part in a pump: native code records the requests that it runs, as far as these do nothing that has to be looked at
// here. Everything else comes through the recorded host as before.

import type { PumpRecorder, PumpRecorderPlan, ReleasedBuffer } from '../../host';
import type { HostObserver } from '../observe/host-observer';
import { STREAM_RULES } from '../observe/stream-rules';
import type { FrameDetector } from './frame-detector';
import type { MemoryShadows } from './memory-shadows';
import type { RecordCounts } from './record-counts';
import type { RecordQueue } from './record-queue';
import { recordTemplates } from './record-templates';
import { watchedIn, watchWords } from './watch-words';

/** What a recorded host shares with its part in a pump. */
export interface RecordingParts {
  readonly queue: RecordQueue;
  readonly observer: HostObserver;
  readonly shadows: MemoryShadows;
  readonly frames: FrameDetector;
  readonly counts: RecordCounts;
  /** What times count from, in milliseconds of the monotonic clock. */
  readonly beginMs: number;
  /** From when on the picture of a frame is wanted. */
  quietUntilMs(): number;
  /** Records a fence that is about to be made. Returns the number of the call; undefined if the recording is over. */
  fence(): number | undefined;
  failed(call: number, error: unknown): void;
}

/** Records what a pump does. */
export class PumpRecording implements PumpRecorder {
  readonly #parts: RecordingParts;
  #contextId = 0;

  constructor(parts: RecordingParts) {
    this.#parts = parts;
  }

  plan(): PumpRecorderPlan | undefined {
    const { queue, counts, beginMs } = this.#parts;
    const ring = queue.lendRing();
    return (
      ring && { ...ring, records: recordTemplates(), rules: STREAM_RULES, state: counts.places, beginMs }
    );
  }

  lend(contextId: number): Uint32Array | undefined {
    const { queue, observer, frames, counts } = this.#parts;
    const drawing = observer.drawingContext(contextId);
    if (drawing === undefined || !queue.isIdle) return undefined;
    this.#contextId = contextId;
    counts.quietUntilMs = this.#parts.quietUntilMs();
    return watchWords(drawing.lend(), frames.lend(), frames.clearsBeginFrames);
  }

  takeBack(words: Uint32Array): void {
    const { observer, frames } = this.#parts;
    const { targets, progress } = watchedIn(words, this.#contextId);
    observer.drawingContext(this.#contextId)?.takeBack(targets);
    frames.takeBack(progress);
  }

  fence(): number | undefined {
    return this.#parts.fence();
  }

  failed(error: unknown): void {
    this.#parts.failed(this.#parts.counts.calls - 1, error);
  }

  released({ created, memory }: ReleasedBuffer, memoryId: number): void {
    const { observer, shadows } = this.#parts;
    const { resourceId } = created;
    shadows.adopt(memory, memoryId);
    const { lent } = observer.lookBack('resourceCreate', { ...created, backing: [memory.range()] });
    shadows.lend(lent);
    observer.lookBack('ctxAttachResource', { contextId: this.#contextId, resourceId });
  }
}
