// Walks the records of a trace once and makes the page's frames and entries. What has to be read from resources is done at once
// from what the records tell, or left as jobs for a replay, by the place in the command stream where it has to be done.

import { formatName, printCommand } from '../../protocol';
import { GalliumTracker, type NumberedCommand } from '../inspect';
import type { CallRecord, FramePicture, TraceRecord, TraceSource } from '../model';
import { stateSections } from './bound-state';
import { callWords } from './call-words';
import { COMMAND_KINDS, TRANSFER_CALLS } from './command-kinds';
import { type ReadPart, type SectionMaker, textureSection, uniformSection, vertexSection } from './contents';
import { knownParts } from './known-parts';
import type { CheckedReportOptions } from './options';
import type { EntryKind, PageEntry, PageFrame } from './page-data';
import type { PageStore } from './page-store';
import type { Place } from './probe-host';
import { type Changes, changesOf } from './targets';

/** Something to do at a place in the command stream. */
export type Job = (read: ReadPart, replayMs: number) => Promise<void>;

/** What one walk gives. */
export interface Collected {
  frames: PageFrame[];
  entries: PageEntry[];
  jobs: Map<Place, Job[]>;
  notices: string[];
  errors: number;
  frameCount: number;
}

const MOST_TEXT = 4000;
const SUBMITS: readonly string[] = ['submitCmd', 'submitCmd2'];

const emptyFrame = (number: number): PageFrame => ({ number, draws: 0, counts: {} });

const cut = (text: string): string => (text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)} …` : text);

/** One walk over a trace. */
export class Collector {
  readonly #tracker = new GalliumTracker();
  readonly #out: Collected = {
    frames: [],
    entries: [],
    jobs: new Map(),
    notices: [],
    errors: 0,
    frameCount: 0,
  };
  #frame = emptyFrame(0);
  #detailed = 0;
  #dropped = 0;
  #plain = 0;
  #microseconds = 0;
  #frameBegan = 0;
  #lastChanges: Changes = {};
  // Entries of the calls so far in this frame: an error names its call.
  readonly #byCall = new Map<number, PageEntry>();

  constructor(
    private readonly store: PageStore,
    private readonly options: CheckedReportOptions,
  ) {}

  /** Walks the whole trace. */
  async run(source: TraceSource): Promise<Collected> {
    for (const record of source.records()) {
      for (const numbered of this.#tracker.steps(record)) await this.#command(numbered);
      this.#record(record);
      if (this.#frame.number > (this.options.frames?.to ?? Infinity)) break;
    }
    if (Object.keys(this.#frame.counts).length > 0) this.#endFrame(undefined);
    const { notices } = this.#out;
    if (this.#plain > 0)
      notices.push(
        `${this.#detailed} commands have state and pictures, ${this.#plain} more draws, clears and copies do not: --max-draws and --frames choose.`,
      );
    if (this.#dropped > 0)
      notices.push(`${this.#dropped} commands and calls are not listed: --frames chooses.`);
    this.#out.frameCount = this.#tracker.frame;
    return this.#out;
  }

  get #isChosen(): boolean {
    const { from = 0, to = Infinity } = this.options.frames ?? {};
    return this.#frame.number >= from && this.#frame.number <= to;
  }

  #add(entry: Omit<PageEntry, 'id' | 'frame'>): PageEntry | undefined {
    if (!this.#isChosen) return undefined;
    const { counts } = this.#frame;
    counts[entry.kind] = (counts[entry.kind] ?? 0) + 1;
    if (entry.kind === 'draw') this.#frame.draws += 1;
    if (this.#out.entries.length >= this.options.maxEntries) {
      this.#dropped += 1;
      return undefined;
    }
    const added = { ...entry, id: this.#out.entries.length, frame: this.#frame.number };
    this.#out.entries.push(added);
    return added;
  }

  async #command(numbered: NumberedCommand): Promise<void> {
    if (!this.#isChosen) return;
    const { command, number, call, indexInCall, contextId, subContextId } = numbered;
    const kind: EntryKind = command.name === 'UNKNOWN' ? 'error' : (COMMAND_KINDS[command.name] ?? 'state');
    const name = command.name === 'CREATE_OBJECT' ? `CREATE_OBJECT ${command.object}` : command.name;
    const printed = printCommand(command);
    const context = `context ${contextId}${subContextId === 0 ? '' : `, sub-context ${subContextId}`}`;
    const entry = this.#add({
      kind,
      command: number,
      name,
      text: cut(printed.startsWith(name) ? printed.slice(name.length + 1) : printed),
      where: `${context}, call ${call}, its command ${indexInCall}`,
    });
    if (entry === undefined) return;
    if (command.name === 'CREATE_OBJECT' && command.object === 'SHADER') this.#showShader(entry, numbered);
    this.#byCall.set(call, entry);
    if (kind === 'state' || kind === 'error') return;
    await this.#detail(entry, numbered);
  }

  #showShader(entry: PageEntry, { command, contextId }: NumberedCommand): void {
    if (command.name !== 'CREATE_OBJECT') return;
    const shader = this.#tracker.contexts.get(contextId)?.current.objects.get(command.fields.handle)?.shader;
    if (shader === undefined) return;
    const text = this.store.text(shader.text);
    entry.shaders = [text];
    entry.sections = [{ title: 'Shader', open: true, shaders: [{ stage: shader.stage, text }] }];
  }

  async #detail(entry: PageEntry, { command, contextId, number }: NumberedCommand): Promise<void> {
    if (this.#detailed >= this.options.maxDraws) {
      this.#plain += 1;
      entry.note = `Without state and pictures: only the first ${this.options.maxDraws} of the chosen frames have them.`;
      return;
    }
    this.#detailed += 1;
    const state = this.#tracker.contexts.get(contextId)?.current;
    if (state === undefined) return;
    const { resources } = this.#tracker;
    const makers: SectionMaker[] = [];
    if (command.name === 'DRAW_VBO' || command.name === 'LAUNCH_GRID') {
      const isCompute = command.name === 'LAUNCH_GRID';
      entry.sections = stateSections(state, this.store, isCompute);
      entry.shaders = entry.sections.flatMap(({ shaders = [] }) => shaders.flatMap(({ text }) => text ?? []));
      makers.push(uniformSection(state, resources), textureSection(state, resources, isCompute));
      if (command.name === 'DRAW_VBO') makers.unshift(vertexSection(state, resources, command.fields));
    }
    await this.#plan(entry, number, makers, changesOf(command, state, resources));
  }

  async #plan(entry: PageEntry, number: number, makers: SectionMaker[], changes: Changes): Promise<void> {
    const addSections: Job = async (read) => {
      for (const make of makers) {
        const section = await make(read, this.store);
        // After the shaders, which everybody looks at first.
        if (section !== undefined) (entry.sections ??= []).splice(1, 0, section);
      }
    };
    if (this.options.host === undefined) {
      await addSections(knownParts(this.#tracker.resources), 0);
      return;
    }
    const { color, depth } = changes;
    const picture = async (read: ReadPart, changed: typeof color) => {
      if (changed === undefined) return undefined;
      const { shape, part } = changed;
      return this.store.picture(shape.format, formatName(shape.format) ?? '', await read(shape, part));
    };
    this.#job(`before ${number}`, async (read) => {
      const before = await picture(read, color);
      if (before !== undefined) entry.before = before;
      await addSections(read, 0);
    });
    this.#job(`after ${number}`, async (read, replayMs) => {
      entry.replayMs = replayMs;
      const after = await picture(read, color);
      if (after !== undefined) entry.after = after;
      const depthAfter = await picture(read, depth);
      if (depthAfter !== undefined) entry.depth = depthAfter;
    });
    if (color !== undefined) this.#lastChanges = changes;
  }

  #job(place: Place, job: Job): void {
    const jobs = this.#out.jobs.get(place);
    if (jobs === undefined) this.#out.jobs.set(place, [job]);
    else jobs.push(job);
  }

  #record(record: TraceRecord): void {
    switch (record.kind) {
      case 'time':
        this.#microseconds = record.microseconds;
        return;
      case 'frame':
        this.#endFrame(record.picture);
        return;
      case 'marker':
        this.#add({ kind: 'marker', name: 'marker', text: record.text });
        return;
      case 'log':
        this.#add({ kind: 'log', name: 'log', text: cut(record.text) });
        return;
      case 'error':
        this.#error(record);
        return;
      case 'call':
        this.#call(record);
        return;
      default:
    }
  }

  #call(record: CallRecord): void {
    if (SUBMITS.includes(record.name)) return;
    const kind = TRANSFER_CALLS.includes(record.name) ? 'transfer' : 'call';
    const call = this.#tracker.calls - 1;
    const entry = this.#add({ kind, name: record.name, text: callWords(record), where: `call ${call}` });
    if (entry !== undefined) this.#byCall.set(call, entry);
  }

  #error({ call, code, message }: Extract<TraceRecord, { kind: 'error' }>): void {
    this.#out.errors += 1;
    const failed = this.#byCall.get(call);
    if (failed !== undefined) (failed.problems ??= []).push(`${code}: ${message}`);
    this.#add({ kind: 'error', name: code, text: message, where: `call ${call}` });
  }

  #endFrame(picture: FramePicture | undefined): void {
    if (this.#isChosen) {
      const frame = this.#frame;
      const ms = (this.#microseconds - this.#frameBegan) / 1000;
      if (ms > 0) frame.ms = ms;
      if (picture !== undefined) frame.facts = pictureFacts(picture);
      this.#out.frames.push(frame);
      this.#planThumb(frame, picture);
    }
    this.#frameBegan = this.#microseconds;
    this.#frame = emptyFrame(this.#frame.number + 1);
    this.#byCall.clear();
  }

  // What the recorder took for the frame's picture, or the last target that was drawn to.
  #planThumb(frame: PageFrame, picture: FramePicture | undefined): void {
    if (this.options.host === undefined) return;
    const resource = picture && this.#tracker.resources.get(picture.resourceId);
    const { color } = this.#lastChanges;
    const changed =
      picture && resource
        ? {
            shape: { ...BLANK_SHAPE, width: picture.width, height: picture.height, format: picture.format },
            part: { resourceId: picture.resourceId, level: 0, layer: 0, offset: 0, length: 0 },
          }
        : color;
    if (changed === undefined) return;
    const { shape, part } = changed;
    this.#job(`after ${this.#tracker.commands - 1}`, async (read) => {
      const bytes = await read(shape, part);
      const thumb = this.store.thumb(shape.format, bytes);
      if (thumb !== undefined) frame.thumb = thumb;
      frame.picture = this.store.picture(shape.format, formatName(shape.format) ?? '', bytes);
      frame.pictureIs = `Resource ${part.resourceId} at the end of the frame`;
    });
  }
}

const BLANK_SHAPE = {
  target: 2,
  bind: 0,
  depth: 1,
  arraySize: 1,
  lastLevel: 0,
  nrSamples: 0,
} as const;

const pictureFacts = ({
  resourceId,
  width,
  height,
  format,
  sha256,
  differing,
}: FramePicture): [string, string][] => [
  ['recorded picture', `resource ${resourceId}, ${width}×${height} ${formatName(format) ?? format}`],
  ['SHA-256', sha256],
  ['pixels unlike the first', String(differing)],
];
