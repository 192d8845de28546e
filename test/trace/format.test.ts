// The file format: what goes in comes out.

import fc from 'fast-check';
import { HOST_CALL_NAMES } from '../../lib/host/call-table';
import { encodeTrace, MemoryTrace, type TraceMeta, TraceReader, type TraceRecord } from '../../lib/trace';
import { callArbitrary, otherRecords, recordArbitrary } from '../support/trace-arbitrary';

const META: TraceMeta = { writer: '0.1.0', recordedAt: '2026-01-02T03:04:05Z', source: 'a test' };

const roundTrip = (records: readonly TraceRecord[]): TraceRecord[] => [
  ...TraceReader.fromBytes(encodeTrace(META, records)).records(),
];

describe('a trace of generated records', () => {
  it.each(HOST_CALL_NAMES)('keeps %s', (name) => {
    const records = fc.array(fc.oneof(callArbitrary(name, false), callArbitrary(name, true)), {
      minLength: 1,
    });
    fc.assert(
      fc.property(records, (given) => expect(roundTrip(given)).toEqual(given)),
      { numRuns: 60 },
    );
  });

  it('keeps every other kind', () => {
    for (const kind of otherRecords)
      fc.assert(
        fc.property(fc.array(kind, { minLength: 1 }), (given) => expect(roundTrip(given)).toEqual(given)),
        { numRuns: 40 },
      );
  });

  it('keeps them together, and each range of them', () => {
    const records = fc.array(recordArbitrary, { minLength: 1, maxLength: 60, size: 'max' });
    fc.assert(
      fc.property(records, fc.nat(60), fc.nat(60), (given, from, to) => {
        const reader = TraceReader.fromBytes(encodeTrace(META, given));
        expect([...reader.records({ from, to })]).toEqual(given.slice(from, Math.max(from, to)));
        expect(reader.summary.records).toBe(given.length);
        expect(reader.meta).toEqual(META);
      }),
      { numRuns: 100 },
    );
  });
});

it('leaves left-out arguments left out', () => {
  const args = { contextId: 1, name: undefined };
  const [call] = roundTrip([{ kind: 'call', name: 'contextCreate', args }]);
  expect(Object.keys((call as { args: object }).args)).toEqual(['contextId']);
});

it('hands out commands as a Uint32Array', () => {
  const commands = Uint32Array.of(1, 2, 3);
  const [call] = roundTrip([{ kind: 'call', name: 'submitCmd', args: { contextId: 1, commands } }]);
  expect((call as { args: { commands: unknown } }).args.commands).toEqual(commands);
});

it('copies what goes into a MemoryTrace', () => {
  const trace = new MemoryTrace(META);
  const bytes = Uint8Array.of(1, 2);
  trace.append({ kind: 'write', memoryId: 1, offsetBytes: 0, bytes });
  bytes.fill(9);
  expect([...trace.records()]).toEqual([
    { kind: 'write', memoryId: 1, offsetBytes: 0, bytes: Uint8Array.of(1, 2) },
  ]);
});
