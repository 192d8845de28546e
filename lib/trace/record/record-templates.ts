// The records that native code makes, written once with marks in the place of values, so that what records look like is known in one
// place only.

import { HOST_CALLS, PUMP_RECORDS, type PumpRecordName, type RecordTemplate } from '../../host';
import type { TraceRecord } from '../model';
import { RecordWriter } from '../format/record-codec';
import { entryWords } from '../format/ring-entry';

const TWO_32 = 2 ** 32;
/** Marks are numbers that no record has by itself, and small enough for the upper half of a size. */
const FIRST_MARK = 0x0eedc0;
const mark = (index: number): number => FIRST_MARK + index;
const NO_COMMANDS = new Uint32Array(0);

const marked = (names: readonly string[]): Record<string, number> =>
  Object.fromEntries(names.map((name, index) => [name, mark(index)]));

/** Arguments of a creation that a pump knows. */
const CREATED = HOST_CALLS.resourceCreate.params
  .map(({ name }) => name)
  .filter((name) => name !== 'backing' && name !== 'flags');
const BACKING = {
  memoryId: mark(CREATED.length),
  offsetBytes: 0,
  lengthBytes: mark(CREATED.length + 1),
};

const call = (
  name: 'createFence' | 'submitCmd' | 'resourceCreate' | 'ctxAttachResource' | 'resourceUnref',
  args?: object,
): TraceRecord => ({ kind: 'call', name, args }) as TraceRecord;

const MARKED: Readonly<Record<PumpRecordName, TraceRecord>> = {
  time: { kind: 'time', microseconds: mark(0) + TWO_32 * mark(1) },
  frame: { kind: 'frame' },
  submit: call('submitCmd', { ...marked(['contextId']), commands: NO_COMMANDS }),
  fence: call('createFence'),
  fenceReached: { kind: 'fenceReached', call: mark(0) },
  memory: { kind: 'memory', memoryId: mark(0), sizeBytes: mark(1) },
  memoryEnd: { kind: 'memoryEnd', memoryId: mark(0) },
  create: call('resourceCreate', { ...marked(CREATED), backing: [BACKING] }),
  attach: call('ctxAttachResource', marked(['contextId', 'resourceId'])),
  unref: call('resourceUnref', marked(['resourceId'])),
};

const templateOf = (name: PumpRecordName): RecordTemplate => {
  const writer = new RecordWriter();
  writer.write(MARKED[name]);
  const words = entryWords(writer);
  const places = Array.from({ length: PUMP_RECORDS[name] }, (_, index) => words.indexOf(mark(index)));
  return { words, places, hasTail: writer.tail !== undefined };
};

/** The templates. */
export const recordTemplates = (): Readonly<Record<PumpRecordName, RecordTemplate>> =>
  Object.fromEntries(
    (Object.keys(PUMP_RECORDS) as PumpRecordName[]).map((name) => [name, templateOf(name)]),
  ) as Record<PumpRecordName, RecordTemplate>;
