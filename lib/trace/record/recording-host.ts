// A host that passes every call on to another one and keeps a trace of it. What it hands back is the other host's own promise, so that
// nothing above can tell, and nothing waits for the recording.

import {
  DONE,
  type HostCallArgs,
  type HostCallName,
  type HostCallResult,
  type HostCounts,
  type HostFeatures,
  isPumpHost,
  type MemoryRange,
  type PumpHost,
  type RenderHost,
  RenderHostCallsBase,
  type RequestPump,
  type RequestPumpOptions,
} from '../../host';
import type { VirglError } from '../../protocol/error';
import type { FramePicture, TraceRange, TraceRecord, TraceSink } from '../model';
import { type CallEffects, digestOfReadBack, HostObserver, type ReadBack } from '../observe/host-observer';
import { describePicture, type PictureSource, readPicture } from '../observe/picture';
import { FrameDetector } from './frame-detector';
import { MemoryShadows } from './memory-shadows';
import { PumpRecording } from './pump-recording';
import { RecordCounts } from './record-counts';
import { checkRecordOptions, type RecordOptions } from './record-options';
import { RecordQueue } from './record-queue';
import { recordedArgs } from './recorded-args';

/** Of so many frames a picture is kept in any case. */
const FIRST_PICTURES = 3;
const PICTURE_INTERVAL_MS = 1000;
const TIME_STEP_MS = 1;
const NO_CONTEXT = 0;
const MICROSECONDS_PER_MS = 1000;
const NANOSECONDS_PER_MS = 1e6;
const FENCE_CALLS: ReadonlySet<HostCallName> = new Set(['createFence', 'contextCreateFence']);
/** Calls after which a context, and what was drawn in it, may be gone. */
const ENDING_CALLS: ReadonlySet<HostCallName> = new Set(['contextDestroy', 'reset']);

/** Of the clock that native code has too. */
const monotonicMs = (): number => Number(process.hrtime.bigint()) / NANOSECONDS_PER_MS;

const errorRecord = (call: number, error: unknown): TraceRecord => {
  const { code, message, errno } = error as VirglError;
  const known = typeof code === 'string' ? code : 'ERR_VIRGL_REFUSED';
  return {
    kind: 'error',
    call,
    code: known,
    message: String(message),
    ...(errno !== undefined && { errno }),
  };
};

/** A call whose end is awaited. */
interface CallInFlight {
  number: number;
  name: HostCallName;
  contextId: number;
  effects: CallEffects;
}

const contextIdOf = (args: unknown): number =>
  (args as { contextId?: number } | undefined)?.contextId ?? NO_CONTEXT;

/** What a call that succeeded adds to the trace. */
const resultsOf = ({ number: call, name, effects }: CallInFlight, result: unknown): TraceRecord[] => {
  const records: TraceRecord[] = [];
  if (FENCE_CALLS.has(name)) records.push({ kind: 'fenceReached', call });
  if (name === 'fillCaps') records.push({ kind: 'answer', call, bytes: result as Uint8Array });
  for (const readBack of effects.readBacks) {
    const digest = digestOfReadBack(readBack);
    if (digest !== undefined) records.push({ kind: 'readback', call, part: readBack.part, ...digest });
  }
  return records;
};

/** The picture of a frame that its client has read. */
const pictureIn = (
  { contextId }: CallInFlight,
  { part, resource }: ReadBack,
  records: readonly TraceRecord[],
): FramePicture | undefined => {
  const found = records.find((record) => record.kind === 'readback' && record.part === part);
  if (found?.kind !== 'readback' || resource.layout === undefined) return undefined;
  const { sha256, lengthBytes, differing } = found;
  const { width, height, format } = resource.layout.resource;
  return { sha256, lengthBytes, differing, resourceId: resource.id, contextId, width, height, format };
};

/**
 * Records every call that goes through it into a sink. Calls whose arguments a host refuses by itself never reach the library and
 * are not recorded; what it refuses afterwards is recorded with its error. Descriptors are not recorded, and neither is what a
 * client writes into memory that the host has lent to it (`resourceMap`).
 */
export class RecordingHost extends RenderHostCallsBase implements RenderHost, PumpHost {
  readonly features: HostFeatures;
  readonly #inner: RenderHost;
  readonly #queue: RecordQueue;
  readonly #observer = new HostObserver();
  readonly #shadows: MemoryShadows;
  readonly #frames: FrameDetector;
  readonly #pictures: Required<RecordOptions>['pictures'];
  readonly #counts = new RecordCounts();
  readonly #begin = performance.now();
  readonly #nameOf = (range: MemoryRange): TraceRange => this.#shadows.nameOf(range);
  #lastPictureMs = -Infinity;
  #closing: Promise<void> | undefined;

  /**
   * @param host what renders; it is closed with this one
   * @param sink where the records go; it is closed with this host
   * @throws VirglError `ERR_VIRGL_ARGUMENT`
   */
  constructor(host: RenderHost, sink: TraceSink, options: RecordOptions = {}) {
    super();
    const { frames, pictures } = checkRecordOptions(options);
    this.#inner = host;
    this.#queue = new RecordQueue(sink);
    this.#shadows = new MemoryShadows(this.#queue.put, this.#counts);
    this.#frames = new FrameDetector(frames);
    this.#pictures = pictures;
    this.features = host.features;
  }

  counts(): HostCounts {
    return this.#inner.counts();
  }

  /** Calls that were recorded. */
  get calls(): number {
    return this.#counts.calls;
  }

  /** Frames that have ended. */
  get frames(): number {
    return this.#counts.frames;
  }

  /** Ends a frame here. */
  markFrame(): void {
    if (this.#closing !== undefined) return;
    this.#endFrame();
  }

  /** Leaves a text in the trace, to be found again. */
  mark(text: string): void {
    if (this.#closing !== undefined) return;
    this.#queue.put({ kind: 'marker', text });
  }

  /** Keeps what virglrenderer has logged. */
  log(text: string): void {
    if (this.#closing !== undefined) return;
    this.#queue.put({ kind: 'log', text });
  }

  /**
   * What runs requests natively on the host behind this one, and records them; undefined where that host has no such thing.
   * @throws VirglError as the host does
   */
  startPump(options: RequestPumpOptions): RequestPump | undefined {
    if (!isPumpHost(this.#inner)) return undefined;
    const recorder = new PumpRecording({
      queue: this.#queue,
      observer: this.#observer,
      shadows: this.#shadows,
      frames: this.#frames,
      counts: this.#counts,
      beginMs: monotonicMs() - (performance.now() - this.#begin),
      quietUntilMs: () => this.#nextPictureMs(),
      fence: () => this.#recordFence(),
      failed: (call, error) => this.#queue.put(errorRecord(call, error)),
    });
    const pump = this.#inner.startPump({ ...options, recorder });
    this.#observer.onMissing = (id) => pump?.onClaim?.(id);
    return pump;
  }

  /** Ends the recording, the sink and the host behind it. Rejects if not everything could be recorded. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  protected override perform<Name extends HostCallName>(
    name: Name,
    args: HostCallArgs<Name>,
  ): Promise<HostCallResult<Name>> {
    if (this.#closing !== undefined) return this.#call(name, args);
    const effects = this.#observer.look(name, args);
    if (effects === undefined) return this.#call(name, args);
    this.#before(name, args, effects);
    const promise = this.#call(name, args);
    this.#behind(name, args, effects, promise);
    return promise;
  }

  #call<Name extends HostCallName>(name: Name, args: HostCallArgs<Name>): Promise<HostCallResult<Name>> {
    const call = this.#inner[name] as (given: HostCallArgs<Name>) => Promise<HostCallResult<Name>>;
    return call.call(this.#inner, args);
  }

  /** A fence that somebody else makes. */
  #recordFence(): number | undefined {
    if (this.#closing !== undefined) return undefined;
    this.#queue.put({ kind: 'call', name: 'createFence', args: undefined });
    return this.#counts.takeCall();
  }

  /** What has to be in the trace before a call, and the call. */
  #before(name: HostCallName, args: unknown, effects: CallEffects): void {
    const isBegun = this.#frames.isBegunBy(effects);
    if (isBegun || (ENDING_CALLS.has(name) && this.#frames.hasDrawn)) this.#endFrame();
    this.#shadows.lend(effects.lent);
    this.#shadows.compare(effects.reads);
    const now = performance.now() - this.#begin;
    if (now - this.#counts.timeMs >= TIME_STEP_MS) {
      this.#counts.timeMs = now;
      this.#queue.put({ kind: 'time', microseconds: Math.round(now * MICROSECONDS_PER_MS) });
    }
    const kept = recordedArgs(name, args as object | undefined, this.#nameOf);
    this.#queue.put({ kind: 'call', name, args: kept });
    this.#frames.submitted(contextIdOf(args), effects);
    if (name === 'resourceUnref') this.#frames.forget((args as { resourceId: number }).resourceId);
  }

  /** What comes into the trace once a call is made. */
  #behind(name: HostCallName, args: unknown, effects: CallEffects, promise: Promise<unknown>): void {
    const number = this.#counts.takeCall();
    if (promise === DONE) this.#after(effects);
    else this.#follow({ number, name, contextId: contextIdOf(args), effects }, promise);
  }

  #after({ returned }: CallEffects): void {
    this.#shadows.giveBack(returned);
  }

  /** Records how a call ends. */
  #follow(call: CallInFlight, promise: Promise<unknown>): void {
    const { number, effects } = call;
    const { readBacks } = effects;
    const arrived = readBacks.map(({ ranges }) => this.#shadows.arrive(ranges));
    this.#after(effects);
    const end = readBacks.find((readBack) => this.#frames.isEndedBy(readBack));
    const settled = promise.then(
      (result) => {
        for (const done of arrived) done();
        return resultsOf(call, result);
      },
      (error: unknown) => {
        for (const done of arrived) done();
        effects.undo();
        if (effects.lent.length > 0) this.#shadows.giveBack(effects.lent);
        // What is in flight when the host is closed has not failed.
        return this.#closing === undefined ? [errorRecord(number, error)] : [];
      },
    );
    if (end === undefined) {
      void settled.then((records) => records.forEach(this.#queue.put));
      return;
    }
    this.#frames.end();
    this.#counts.takeFrame();
    this.#queue.defer(
      settled.then((records) => {
        const picture = this.#pictures === 'none' ? undefined : pictureIn(call, end, records);
        return [...records, { kind: 'frame', ...(picture && { picture }) }];
      }),
    );
  }

  #endFrame(): void {
    const source = this.#wantsPicture() ? this.#pictureSource() : undefined;
    this.#frames.end();
    this.#counts.takeFrame();
    if (source === undefined) {
      this.#queue.put({ kind: 'frame' });
      return;
    }
    this.#lastPictureMs = performance.now();
    const frame = readPicture(this.#inner, source).then(
      (pixels): TraceRecord[] => [{ kind: 'frame', picture: describePicture(source, pixels) }],
      (): TraceRecord[] => [{ kind: 'frame' }],
    );
    this.#queue.defer(frame);
  }

  #wantsPicture(): boolean {
    if (this.#pictures !== 'some') return this.#pictures === 'all';
    return this.frames < FIRST_PICTURES || performance.now() - this.#lastPictureMs >= PICTURE_INTERVAL_MS;
  }

  /** When the next picture is wanted, in milliseconds since the trace began. */
  #nextPictureMs(): number {
    if (this.#pictures !== 'some') return this.#pictures === 'all' ? -Infinity : Infinity;
    return this.frames < FIRST_PICTURES ? -Infinity : this.#lastPictureMs - this.#begin + PICTURE_INTERVAL_MS;
  }

  #pictureSource(): PictureSource | undefined {
    const { target } = this.#frames;
    if (target === undefined || !this.#observer.hasContext(target.contextId)) return undefined;
    const resource = this.#observer.picture(target.resourceId);
    return resource && { contextId: target.contextId, resource };
  }

  async #close(): Promise<void> {
    if (this.#frames.hasDrawn) this.#endFrame();
    try {
      await this.#inner.close();
    } finally {
      // What the end of the host has settled is written in turns of its own.
      await new Promise((resolve) => setImmediate(resolve));
      await this.#queue.close();
    }
  }
}
