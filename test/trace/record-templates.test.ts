// Records that native code fills in: filled in here, they are what a writer would have written.

import { PUMP_RECORDS, type PumpRecordName } from '../../lib/host';
import { RecordWriter } from '../../lib/trace/format/record-codec';
import { entryWords } from '../../lib/trace/format/ring-entry';
import type { TraceRecord } from '../../lib/trace';
import { recordTemplates } from '../../lib/trace/record/record-templates';

const SHAPE = { resourceId: 1, target: 2, format: 3, bind: 4, width: 5, height: 6, depth: 7 };
const LEVELS = { arraySize: 8, lastLevel: 9, nrSamples: 10 };
const backing = [{ memoryId: 11, offsetBytes: 0, lengthBytes: 12 }];
const call = (name: string, args?: object): TraceRecord => ({ kind: 'call', name, args }) as TraceRecord;

/** What each is with the values 1, 2, 3, … */
const FILLED: Readonly<Record<PumpRecordName, TraceRecord>> = {
  time: { kind: 'time', microseconds: 1 + 2 * 2 ** 32 },
  frame: { kind: 'frame' },
  submit: call('submitCmd', { contextId: 1, commands: new Uint32Array(0) }),
  fence: call('createFence'),
  fenceReached: { kind: 'fenceReached', call: 1 },
  memory: { kind: 'memory', memoryId: 1, sizeBytes: 2 },
  memoryEnd: { kind: 'memoryEnd', memoryId: 1 },
  create: call('resourceCreate', { ...SHAPE, ...LEVELS, backing }),
  attach: call('ctxAttachResource', { contextId: 1, resourceId: 2 }),
  unref: call('resourceUnref', { resourceId: 1 }),
};

test.each(Object.keys(PUMP_RECORDS) as PumpRecordName[])('%s', (name) => {
  const { words, places, hasTail } = recordTemplates()[name];
  const filled = [...words];
  places.forEach((place, index) => (filled[place] = index + 1));
  const writer = new RecordWriter();
  writer.write(FILLED[name]);
  expect(filled).toEqual(entryWords(writer));
  expect(new Set(places).size).toBe(PUMP_RECORDS[name]);
  expect(hasTail).toBe(name === 'submit');
});
