// A trace as lines: every command and every other record, for people or as JSON.

import { printCommand, toJson, type JsonValue } from '../../protocol';
import { invalidArgument } from '../../protocol/error';
import { fullName } from '../../protocol/layout-of';
import { checkKeys } from '../../protocol/check-keys';
import type { CallRecord, TraceRecord, TraceSource } from '../model';
import { argumentsJson, argumentWords, callText } from './call-words';
import { nameFilter } from './name-filter';
import { CommandNumbering, type NumberedCommand } from './numbered-commands';

/** Frames by their numbers, from 0; both are included. */
export interface DumpFrames {
  from: number;
  to: number;
}

/** What of a trace is dumped. */
export interface DumpOptions {
  /** Only these frames. The last one, which no `frame` record ended, counts as one. */
  frames?: DumpFrames | undefined;
  /** Only commands and host calls of these names, or with these words in their names: `draw`, `clear`, `submit`, `transfer`. */
  calls?: readonly string[] | undefined;
}

const OPTION_NAMES = ['frames', 'calls'] as const satisfies (keyof DumpOptions)[];

/** Something that takes a line, or a JSON object. */
export type DumpEntry =
  | { readonly kind: 'command'; readonly numbered: NumberedCommand }
  | {
      readonly kind: 'record';
      readonly record: TraceRecord;
      /** The number of the call, for calls. */
      readonly call: number;
      readonly frame: number;
    };

const checked = (options: DumpOptions): DumpOptions => {
  checkKeys('dump', undefined, options, OPTION_NAMES);
  const { frames } = options;
  if (frames === undefined) return options;
  const { from, to } = frames;
  if (!Number.isSafeInteger(from) || from < 0)
    throw invalidArgument('dump', 'frames.from', 'a frame from 0', from);
  if (!Number.isSafeInteger(to) || to < from)
    throw invalidArgument('dump', 'frames.to', `a frame from ${from}`, to);
  return options;
};

/** What there is to dump, in order. The filters are checked when it begins. */
export const dumpEntries = (source: TraceSource, options: DumpOptions = {}): Generator<DumpEntry, void> => {
  const { frames, calls } = checked(options);
  return entriesOf(source, frames, calls === undefined ? undefined : nameFilter(calls));
};

function* entriesOf(
  source: TraceSource,
  frames: DumpFrames | undefined,
  names: ReadonlySet<string> | undefined,
): Generator<DumpEntry, void> {
  const numbering = new CommandNumbering();
  for (const record of source.records()) {
    const { frame, calls: call } = numbering;
    if (frames !== undefined && frame > frames.to) return;
    const isShown = frames === undefined || frame >= frames.from;
    const isWanted = names === undefined || record.kind === 'frame';
    if (isShown && (isWanted || (record.kind === 'call' && names.has(record.name))))
      yield { kind: 'record', record, call, frame };
    for (const numbered of numbering.take(record)) {
      if (isShown && (names === undefined || names.has(fullName(numbered.command))))
        yield { kind: 'command', numbered };
    }
  }
}

const recordText = (record: TraceRecord, call: number, frame: number): string => {
  const { kind, ...values } = record;
  if (kind === 'call') return `call ${call}: ${callText(record as CallRecord)}`;
  if (kind === 'frame') return `--- end of frame ${frame}${argumentWords(values)}`;
  if (kind === 'marker' || kind === 'log')
    return `${kind}: ${JSON.stringify((values as { text: string }).text)}`;
  return `${kind}:${argumentWords(values)}`;
};

/**
 * An entry as text, without a line break at its end. Lines of commands begin with the number of the command, all others with a
 * word or with blanks, for what goes on in further lines.
 */
export const dumpText = (entry: DumpEntry): string => {
  if (entry.kind === 'record') return recordText(entry.record, entry.call, entry.frame);
  const { number, command } = entry.numbered;
  const text = printCommand(command);
  // What can't be decoded has its reason in a line before it.
  if (command.name !== 'UNKNOWN') return `${number} ${text}`;
  const [reason, ...rest] = text.split('\n');
  return `${number} ${rest.join('\n')}\n    ${reason}`;
};

/** An entry as one JSON object, which `kind` tells apart: `command`, or the kind of record. */
export const dumpJson = (entry: DumpEntry): Readonly<Record<string, JsonValue>> => {
  if (entry.kind === 'command') {
    const { number, call, indexInCall, frame, contextId, subContextId, command } = entry.numbered;
    const [json] = toJson([command]);
    return {
      kind: 'command',
      number,
      call,
      indexInCall,
      frame,
      contextId,
      subContextId,
      ...json,
    } as Readonly<Record<string, JsonValue>>;
  }
  const { record, call, frame } = entry;
  const { kind, ...values } = record;
  if (record.kind === 'call')
    return { kind, call, frame, name: record.name, args: argumentsJson(record.args ?? {}) };
  return { kind, frame, ...argumentsJson(values) };
};
