// Plays a trace on any host: the same calls in the same order, with the same bytes in the client's memory at the time of each.

import type { HostCallArgs, HostCallName, MemoryRange, RenderHost } from '../../host';
import { VirglError } from '../../protocol/error';
import type { CallRecord, FramePicture, PixelDigest, TraceRecord, TraceSource } from '../model';
import { digestOfReadBack, HostObserver, type ReadBack } from '../observe/host-observer';
import { describePicture, type PictureSource, readPicture } from '../observe/picture';
import { FrameDetector } from '../record/frame-detector';
import { capsetDifferences } from './capset-differences';
import {
  type CheckedPlayOptions,
  checkPlayOptions,
  type PlayedPicture,
  type PlayOptions,
} from './play-options';
import { Findings, type PlayReport } from './play-report';
import { playedArgs, policyOf, refusedCall } from './played-args';
import { PlayedMemories } from './played-memories';

/** Calls in flight at a time. */
const MAX_IN_FLIGHT = 256;
/** Of what is played no further, so many records are looked through for errors that were expected. */
const MAX_LOOK_AHEAD = 1000;
const FENCES: ReadonlySet<HostCallName> = new Set(['createFence', 'contextCreateFence']);
const SUBMITS: ReadonlySet<HostCallName> = new Set(['submitCmd', 'submitCmd2']);

type Outcome = { result: unknown } | { error: VirglError };

/** One performance of a trace. */
class Player {
  readonly #host: RenderHost;
  readonly #options: CheckedPlayOptions;
  readonly #findings = new Findings();
  readonly #memories = new PlayedMemories();
  readonly #observer = new HostObserver();
  readonly #targets = new FrameDetector('none');
  /** Calls that have not settled. Those of fences are waited for only where somebody did when the trace was recorded. */
  readonly #inFlight = new Map<number, Promise<Outcome>>();
  readonly #fences = new Map<number, Promise<Outcome>>();
  readonly #failed = new Map<number, { name: HostCallName; error: VirglError }>();
  readonly #capsets = new Map<number, { capsetId: number; outcome: Promise<Outcome> }>();
  /** Digests of what came, until their records come. */
  readonly #digests = new Map<string, PixelDigest | undefined>();
  readonly #skipped = new Set<number>();

  constructor(host: RenderHost, options: CheckedPlayOptions) {
    this.#host = host;
    this.#options = options;
  }

  async play(source: TraceSource): Promise<PlayReport> {
    const { onRecord, stopAtCall, frames } = this.#options;
    try {
      await this.#compareCapsets(source);
      let behind = 0;
      for (const record of source.records()) {
        if (behind > 0 || (record.kind === 'call' && this.#findings.calls >= stopAtCall)) {
          if (record.kind === 'error') await this.#expectedError(record);
          behind += 1;
          if (this.#failed.size === 0 || behind > MAX_LOOK_AHEAD) break;
          continue;
        }
        const told = onRecord?.(record);
        if (told !== undefined) await told;
        const done = this.#record(record);
        if (done !== undefined) await done;
        if (this.#findings.frames > frames.to) behind = 1;
      }
      await this.#finish();
      return this.#findings.report();
    } finally {
      this.#memories.close();
    }
  }

  /** Undefined when nothing has to be waited for. */
  #record(record: TraceRecord): Promise<void> | undefined {
    switch (record.kind) {
      case 'memory':
        this.#memories.add(record.memoryId, record.sizeBytes);
        return undefined;
      case 'memoryEnd':
        this.#memories.end(record.memoryId);
        return undefined;
      case 'write':
        return this.#write(record);
      case 'call':
        return this.#call(record);
      case 'error':
        return this.#error(record);
      case 'readback':
        return this.#options.verify ? this.#readback(record) : undefined;
      case 'answer':
        return this.#answer(record);
      case 'fenceReached':
        return this.#fence(record.call);
      case 'frame':
        return this.#frame(record.picture);
      default:
        return undefined;
    }
  }

  async #write({ memoryId, offsetBytes, bytes }: TraceRecord & { kind: 'write' }): Promise<void> {
    await this.#memories.settled(memoryId);
    this.#memories.write(memoryId, offsetBytes, bytes);
  }

  async #call(record: CallRecord): Promise<void> {
    const { name } = record;
    const number = this.#findings.calls;
    this.#findings.calls += 1;
    const policy = policyOf(name, this.#host.features[name]);
    if (policy === 'refuse') throw refusedCall(name, number);
    if (policy === 'skip') {
      this.#findings.skipped += 1;
      this.#skipped.add(number);
      return;
    }
    if (SUBMITS.has(name)) this.#findings.submits += 1;
    const used: MemoryRange[] = [];
    const args = playedArgs(record, (named) => {
      const range = this.#memories.rangeOf(named);
      used.push(range);
      return range;
    });
    this.#make(number, name, args, used);
    for (const [oldest, outcome] of this.#inFlight) {
      if (this.#inFlight.size <= MAX_IN_FLIGHT) break;
      await this.#withinTime(outcome, oldest);
    }
  }

  /** @param used what the call names of the client's memory: not every host looks at it at once */
  #make(
    number: number,
    name: HostCallName,
    args: HostCallArgs<HostCallName>,
    used: readonly MemoryRange[],
  ): void {
    const effects = this.#observer.look(name, args);
    const pending = FENCES.has(name) ? this.#fences : this.#inFlight;
    const call = this.#host[name] as (given: HostCallArgs<HostCallName>) => Promise<unknown>;
    const outcome = call.call(this.#host, args).then(
      (result): Outcome => {
        pending.delete(number);
        this.#keepDigests(number, effects?.readBacks ?? []);
        return { result };
      },
      (error: VirglError): Outcome => {
        pending.delete(number);
        effects?.undo();
        this.#failed.set(number, { name, error });
        if (SUBMITS.has(name)) this.#findings.failedSubmits += 1;
        return { error };
      },
    );
    pending.set(number, outcome);
    this.#memories.use(used, outcome);
    if (effects !== undefined) {
      this.#memories.use(effects.reads, outcome);
      for (const { ranges } of effects.readBacks) this.#memories.use(ranges, outcome);
      this.#targets.submitted((args as { contextId?: number } | undefined)?.contextId ?? 0, effects);
    }
    if (name === 'fillCaps') {
      const { capsetId } = args as unknown as HostCallArgs<'fillCaps'>;
      this.#capsets.set(number, { capsetId, outcome });
    }
  }

  #keepDigests(call: number, readBacks: readonly ReadBack[]): void {
    if (!this.#options.verify) return;
    for (const readBack of readBacks)
      this.#digests.set(`${call} ${readBack.part}`, digestOfReadBack(readBack));
  }

  async #readback({ call, part, ...recorded }: TraceRecord & { kind: 'readback' }): Promise<void> {
    if (this.#skipped.has(call)) return;
    await this.#inFlight.get(call);
    const key = `${call} ${part}`;
    this.#findings.compare(
      { what: 'readback', call },
      part === 0 ? `call ${call}` : `call ${call}, transfer ${part} of its stream`,
      recorded,
      this.#digests.get(key),
    );
    this.#digests.delete(key);
  }

  async #error({ call, message }: TraceRecord & { kind: 'error' }): Promise<void> {
    if (this.#skipped.has(call)) return;
    const outcome = this.#inFlight.get(call) ?? this.#fences.get(call);
    if (outcome !== undefined) await this.#withinTime(outcome, call);
    if (this.#failed.delete(call)) return;
    this.#findings.differ({
      what: 'error',
      call,
      message: `call ${call} succeeded; when it was recorded it failed: ${message}`,
    });
  }

  /** Of a call that was played, by a record that is not played any more. */
  async #expectedError({ call }: TraceRecord & { kind: 'error' }): Promise<void> {
    await this.#inFlight.get(call);
    this.#failed.delete(call);
  }

  async #answer({ call, bytes }: TraceRecord & { kind: 'answer' }): Promise<void> {
    const asked = this.#capsets.get(call);
    if (asked === undefined) return;
    const recorded = bytes.slice();
    this.#capsets.delete(call);
    const outcome = await asked.outcome;
    if ('result' in outcome) this.#listCapset(asked.capsetId, recorded, outcome.result as Uint8Array);
  }

  #listCapset(capsetId: number, recorded: Uint8Array, own: Uint8Array): void {
    const { capsetDifferences: lines } = this.#findings;
    for (const line of capsetDifferences(capsetId, recorded, own))
      if (!lines.includes(line)) lines.push(line);
  }

  async #compareCapsets({ meta }: TraceSource): Promise<void> {
    for (const [id, text] of Object.entries(meta.capsets ?? {})) {
      const capsetId = Number(id);
      const own = await this.#host.fillCaps({ capsetId }).catch(() => new Uint8Array(0));
      // A host that only pretends has nothing to compare.
      if (own instanceof Uint8Array) this.#listCapset(capsetId, Buffer.from(text, 'base64'), own);
    }
  }

  async #fence(call: number): Promise<void> {
    const outcome = this.#fences.get(call);
    if (outcome !== undefined) await this.#withinTime(outcome, call);
  }

  /** @throws VirglError when a call takes too long */
  async #withinTime(outcome: Promise<Outcome>, call: number): Promise<void> {
    const { fenceTimeoutMs } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), fenceTimeoutMs);
    });
    const first = await Promise.race([outcome, late]);
    clearTimeout(timer);
    if (first !== 'late') return;
    const message = `play: call ${call} was not done within ${fenceTimeoutMs} ms`;
    throw new VirglError('ERR_VIRGL_SYSTEM', message, { operation: 'play' });
  }

  async #frame(recorded: FramePicture | undefined): Promise<void> {
    const { verify, onFrame, frames } = this.#options;
    const frame = this.#findings.frames;
    this.#findings.frames += 1;
    const isWanted = frame >= frames.from && frame <= frames.to && onFrame !== undefined;
    const isCompared = verify && recorded !== undefined;
    if (!isWanted && !isCompared) return;
    const source = this.#pictureSource(recorded);
    const pixels = source && (await readPicture(this.#host, source).catch(() => undefined));
    const own = source && pixels && describePicture(source, pixels);
    if (isCompared) this.#findings.compare({ what: 'picture', frame }, `frame ${frame}`, recorded, own);
    if (isWanted) await onFrame(frame, playedPicture(source, pixels), own);
  }

  #pictureSource(recorded: FramePicture | undefined): PictureSource | undefined {
    const { contextId, resourceId } = recorded ?? this.#targets.target ?? {};
    if (contextId === undefined || resourceId === undefined) return undefined;
    const resource = this.#observer.picture(resourceId);
    return resource && { contextId, resource };
  }

  /** Waits for what is in flight. Whatever fails now and did not fail then is a difference. */
  async #finish(): Promise<void> {
    for (const [call, outcome] of this.#inFlight) await this.#withinTime(outcome, call);
    for (const [call, { name, error }] of this.#failed)
      this.#findings.differ({ what: 'error', call, message: `call ${call}, ${name}: ${error.message}` });
  }
}

const playedPicture = (
  source: PictureSource | undefined,
  pixels: Uint8Array | undefined,
): PlayedPicture | undefined => {
  if (source === undefined || pixels === undefined) return undefined;
  const { width, height, format } = source.resource.layout.resource;
  return { width, height, format, pixels };
};

/**
 * Plays a trace, frame by frame, on a host that nobody has used yet (or that was reset). Errors that were recorded are expected, and
 * only those. The host stays open.
 * @throws VirglError `ERR_VIRGL_UNSUPPORTED` for a call that this host or any player can't do; `ERR_VIRGL_DECODE` for a trace that
 * makes no sense; `ERR_VIRGL_SYSTEM` where a fence is not reached in time
 */
export const play = (source: TraceSource, host: RenderHost, options: PlayOptions = {}): Promise<PlayReport> =>
  new Player(host, checkPlayOptions(options)).play(source);
