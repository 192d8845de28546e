// A trace, played again and again: at its own pace or frame by frame. Space stops and goes on, arrow keys step, Home begins again.

import path from 'node:path';
import { type InputSink, type KeyInput, PictureSource, type PointerInput } from '../../display';
import type { RenderHost } from '../../host';
import { VirglError } from '../../protocol/error';
import { imageOf, play, type PlayedPicture, type TraceReader, type TraceRecord } from '../../trace';
import { KEYSYM } from './keys';
import type { Show } from './show';

/** What {@link TraceShow} shows. */
export interface TraceShowParts {
  file: string;
  trace: TraceReader;
  host: RenderHost;
  /** Left out: as fast as it was when it was recorded. */
  framesPerSecond: number | undefined;
}

const MS_PER_S = 1000;
/** Where the trace says nothing of time. */
const DEFAULT_INTERVAL_MS = MS_PER_S / 30;
/** Longer waits of a recording are of no interest. */
const MAX_INTERVAL_MS = 1000;

/** Ends one performance: the next begins at a frame. */
class Jump extends Error {
  constructor(readonly frame: number) {
    super('jump');
  }
}

/** Shows a trace. */
export class TraceShow implements Show {
  readonly source: PictureSource;
  readonly #parts: TraceShowParts;
  readonly #name: string;
  readonly #total: number;
  #frame = 0;
  #isPlaying = true;
  #isStopped = false;
  /** When the trace was there, in its own time, at its last record of time and at the last frame. */
  #recordedMs = 0;
  #lastRecordedMs = 0;
  #shownAt = 0;
  /** The frame that the user wants to see next. */
  #target: number | undefined;
  /** Ends whatever is waited for. */
  #wake = (): void => {};

  /** @throws VirglError `ERR_VIRGL_ARGUMENT` for a trace without frames */
  constructor(parts: TraceShowParts) {
    this.#parts = parts;
    this.#name = path.basename(parts.file);
    this.#total = parts.trace.summary.frames.length;
    if (this.#total === 0)
      throw new VirglError('ERR_VIRGL_ARGUMENT', `view: there are no frames in ${parts.file}`);
    this.source = new PictureSource({ label: this.#name, input: this.#input() });
  }

  async run(): Promise<void> {
    const { trace, host } = this.#parts;
    let from = 0;
    while (!this.#isStopped) {
      this.#recordedMs = 0;
      this.#lastRecordedMs = 0;
      try {
        await play(trace, host, {
          frames: { from, to: Infinity },
          onRecord: (record) => this.#record(record),
          onFrame: (frame, picture) => this.#show(frame, picture),
        });
        from = 0;
      } catch (error) {
        if (!(error instanceof Jump)) throw error;
        from = error.frame;
      }
      await host.reset();
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake();
    this.source.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
  }

  #record(record: TraceRecord): void {
    if (record.kind === 'time') this.#recordedMs = record.microseconds / MS_PER_S;
  }

  async #show(frame: number, picture: PlayedPicture | undefined): Promise<void> {
    await this.#untilDue();
    this.#jumpUnless(frame);
    this.#target = undefined;
    this.#frame = frame;
    if (picture !== undefined) this.source.show(imageOf(picture));
    this.#tell();
    this.#shownAt = performance.now();
    await this.source.watched();
    while (!this.#isPlaying && this.#target === undefined && !this.#isStopped) await this.#woken();
    this.#jumpUnless(frame + 1);
  }

  /** @throws Jump if another frame is wanted */
  #jumpUnless(frame: number): void {
    if (this.#isStopped) throw new Jump(0);
    if (this.#target !== undefined && this.#target !== frame) throw new Jump(this.#target);
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  /** Waits until the next frame is due, or something else is wanted. */
  async #untilDue(): Promise<void> {
    const { framesPerSecond } = this.#parts;
    const recorded = this.#recordedMs - this.#lastRecordedMs;
    this.#lastRecordedMs = this.#recordedMs;
    if (!this.#isPlaying || this.#target !== undefined) return;
    const own = this.#recordedMs > 0 ? Math.min(MAX_INTERVAL_MS, recorded) : DEFAULT_INTERVAL_MS;
    const interval = framesPerSecond === undefined ? own : MS_PER_S / framesPerSecond;
    const waitMs = this.#shownAt + interval - performance.now();
    const timer = setTimeout(() => this.#wake(), Math.max(0, waitMs));
    await this.#woken();
    clearTimeout(timer);
  }

  #tell(): void {
    const state = this.#isPlaying ? '' : ', stopped';
    this.source.label = `${this.#name}, frame ${this.#frame} of ${this.#total}${state}`;
  }

  #toggle(): void {
    this.#isPlaying = !this.#isPlaying;
    this.#tell();
    this.#wake();
  }

  #step(by: number): void {
    this.#target = ((this.#target ?? this.#frame) + by + this.#total) % this.#total;
    this.#isPlaying = false;
    this.#tell();
    this.#wake();
  }

  #input(): InputSink {
    const keys: Readonly<Record<number, () => void>> = {
      [KEYSYM.space]: () => this.#toggle(),
      [KEYSYM.right]: () => this.#step(1),
      [KEYSYM.left]: () => this.#step(-1),
      [KEYSYM.home]: () => this.#step(-this.#frame),
    };
    let buttons = 0;
    return {
      key: ({ keysym, down }: KeyInput) => {
        if (down) keys[keysym]?.();
      },
      // A click is for those who have no keyboard.
      pointer: (input: PointerInput) => {
        const pressed = input.buttons & ~buttons;
        ({ buttons } = input);
        if ((pressed & 1) === 1) this.#toggle();
      },
    };
  }
}
