// Cuts frames out of a trace, with what they need of those before them: what makes contexts, resources and objects that are still used, the
// last setter of each slot of state, and all that wrote what the frames show, back to where it was cleared.

import type { RenderHost } from '../../../host';
import { invalidArgument } from '../../../protocol/error';
import { checkKeys } from '../../../protocol/check-keys';
import { MemoryTrace } from '../../format/memory-trace';
import type { FramePicture, TraceMeta, TraceRecord, TraceSink, TraceSource } from '../../model';
import type { FrameRange, PlayOptions } from '../../play/play-options';
import type { PlayReport } from '../../play/play-report';
import { play } from '../../play/player';
import { type Atom, atomsOf, recordsOf } from '../atoms';
import { makersOf } from '../dependents';
import { type Effect, effectsOf } from './effects';

/** Options of {@link trim}. */
export interface TrimOptions {
  /** From 0; both are included. */
  frames: FrameRange;
  /** Gives hosts to play on, each with nothing in it: what was cut is then played, and what is not right is cut more carefully. */
  openHost?: () => Promise<RenderHost>;
}

/** What {@link trim} came to. */
export interface TrimResult {
  /** Commands of the whole trace and of what was kept. */
  before: number;
  after: number;
  /** `needed`: only what the frames need. `everything`: all up to the last of the frames, since less did not play to the same pixels. */
  kept: 'needed' | 'everything';
  /**
   * Read-backs and pictures that were played and are the same, each frame's own among them; undefined if there was no host. `equal` is less than `compared` where this
   * host renders even the untrimmed trace otherwise.
   */
  verified?: { compared: number; equal: number };
}

type Verified = NonNullable<TrimResult['verified']>;

const frameCount = (records: readonly TraceRecord[]): number =>
  records.filter(({ kind }) => kind === 'frame').length;

// The pictures of frames on a host, whether or not the recorder kept their digests.
const picturesOf = async (
  source: TraceSource,
  frames: FrameRange,
  openHost: () => Promise<RenderHost>,
): Promise<{ report: PlayReport; pictures: (FramePicture | undefined)[] }> => {
  await using host = await openHost();
  const pictures: (FramePicture | undefined)[] = [];
  const onFrame: PlayOptions['onFrame'] = (_frame, _picture, digest) => void pictures.push(digest);
  const report = await play(source, host, { verify: true, frames, onFrame });
  return { report, pictures };
};

// Pieces of earlier frames that the chosen ones need, found from the end.
const neededOf = (atoms: readonly Atom[], effects: readonly Effect[], from: number): Set<Atom> => {
  const makers = makersOf(atoms);
  const kept = new Set<Atom>();
  const needed = new Set<string>();
  const replaced = new Map<string, Set<string>>();
  const openQueries = new Set<string>();

  const replacedAt = (place: string): Set<string> => {
    let slots = replaced.get(place);
    if (slots === undefined) replaced.set(place, (slots = new Set()));
    return slots;
  };
  const keep = (atom: Atom, { reads, writes, replaces, place, usesState }: Effect): void => {
    kept.add(atom);
    for (const maker of makers.get(atom) ?? []) kept.add(maker);
    // What is written in part shows what was there before.
    for (const key of [...reads, ...writes]) needed.add(key);
    if (usesState) replacedAt(place).clear();
    for (const key of replaces) needed.delete(key);
  };
  const queryOf = (atom: Atom): string => atom.names.filter((key) => key.startsWith('object ')).join();
  // Whether a piece of an earlier frame is needed, given all that is kept behind it.
  const isNeeded = (atom: Atom, { role, writes, slot, place }: Effect): boolean => {
    if (role === 'state') {
      const slots = replacedAt(place);
      if (slot === undefined || slots.has(slot.key)) return false;
      slots.add(slot.key);
      return true;
    }
    if (role === 'query') {
      if (!(makers.get(atom) ?? []).some((maker) => kept.has(maker))) return false;
      if (atom.name === 'END_QUERY') openQueries.add(queryOf(atom));
      else openQueries.delete(queryOf(atom));
      return true;
    }
    if (role === 'work') return openQueries.size > 0 || writes.some((key) => needed.has(key));
    return role === 'keep' || kept.has(atom);
  };

  for (let index = atoms.length - 1; index >= 0; index -= 1) {
    const atom = atoms[index] as Atom; // index is within
    const effect = effects[index] as Effect; // as many as atoms
    if (atom.frame >= from || isNeeded(atom, effect)) keep(atom, effect);
  }
  return kept;
};

// An object ends where it was made.
const withEnds = (atoms: readonly Atom[], effects: readonly Effect[], kept: Set<Atom>): void => {
  const makers = makersOf(atoms);
  atoms.forEach((atom, index) => {
    if (effects[index]?.role !== 'end') return;
    if (makers.get(atom)?.some((maker) => maker.name === 'CREATE_OBJECT' && kept.has(maker))) kept.add(atom);
  });
};

// Answers stay with calls of the chosen frames only: others are not made, or make something else.
const isAnswer = ({ record }: Atom): boolean => record !== undefined && 'call' in record;

const commandsIn = (atoms: readonly Atom[]): number => atoms.reduce((sum, { commands }) => sum + commands, 0);

const checkOptions = (options: TrimOptions): void => {
  checkKeys('trim', undefined, options, ['frames', 'openHost']);
  checkKeys('trim', 'frames', options.frames, ['from', 'to']);
  const { from, to } = options.frames;
  if (!Number.isInteger(from) || from < 0 || !(to >= from))
    throw invalidArgument('trim', 'frames', 'from 0 or more, to at least from', options.frames);
};

/**
 * Writes the chosen frames and what they need into a sink, which is not closed. Frames are numbered from 0 again; the first has all that
 * was before it. `meta.extra.trimmedFrom` of {@link trimMeta} says what they were.
 * @throws VirglError ERR_VIRGL_ARGUMENT for frames that are not there
 */
export const trim = async (
  source: TraceSource,
  options: TrimOptions,
  sink: TraceSink,
): Promise<TrimResult> => {
  checkOptions(options);
  const { frames, openHost } = options;
  const all = atomsOf(source, { answers: true });
  const last = all.at(-1)?.frame ?? 0;
  if (frames.from > last) throw invalidArgument('trim', 'frames.from', `a frame up to ${last}`, frames.from);
  const atoms = all.filter(({ frame }) => frame <= frames.to);
  const effects = effectsOf(atoms);
  const needed = neededOf(atoms, effects, frames.from);
  withEnds(atoms, effects, needed);
  const chosen = atoms.filter((atom) => needed.has(atom));
  const everything = atoms.filter(
    (atom) => atom.frame >= frames.from || !(isAnswer(atom) || atom.name === 'frame'),
  );

  const wanted = openHost && (await picturesOf(source, frames, openHost));
  const verify = async (candidate: readonly Atom[]): Promise<Verified | undefined> => {
    if (openHost === undefined || wanted === undefined) return undefined;
    const records = recordsOf(candidate);
    const own = { from: frameCount(records) - wanted.pictures.length, to: Infinity };
    const played = await picturesOf(new MemoryTrace(source.meta, records), own, openHost);
    const { compared, equal } = played.report;
    const same = wanted.pictures.filter(
      (picture, index) => picture?.sha256 === played.pictures[index]?.sha256,
    ).length;
    return { compared: compared + wanted.pictures.length, equal: equal + same };
  };
  const write = (result: readonly Atom[]): void => {
    const records = recordsOf(result);
    // The recorder kept a few pictures only; from now on each frame can be verified.
    let frame = (wanted?.pictures.length ?? 0) - frameCount(records);
    for (const record of records) {
      if (record.kind !== 'frame') sink.append(record);
      else {
        const picture = wanted?.pictures[frame] ?? record.picture;
        sink.append({ ...record, ...(picture && { picture }) });
        frame += 1;
      }
    }
  };

  const before = commandsIn(all);
  const verified = await verify(chosen);
  if (verified !== undefined && verified.equal < verified.compared) {
    const whole = await verify(everything);
    // A host that renders otherwise does so either way.
    if (whole !== undefined && whole.equal > verified.equal) {
      write(everything);
      return { before, after: commandsIn(everything), kept: 'everything', verified: whole };
    }
  }
  write(chosen);
  return { before, after: commandsIn(chosen), kept: 'needed', ...(verified !== undefined && { verified }) };
};

/** The meta of trimmed frames. */
export const trimMeta = (meta: TraceMeta, frames: FrameRange): TraceMeta => ({
  ...meta,
  extra: { ...meta.extra, trimmedFrom: frames },
});
