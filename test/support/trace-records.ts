// Traces in memory out of recorded sessions of stock programs: enough of a recorder for tests that only look.

import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { TraceRecord, TraceSource } from '../../lib/trace/model';
import { splitSubmissions } from '../../lib/cli/stream-files';
import { VTEST_COMMANDS } from '../../lib/vtest/commands';
import { readSession, RecordKind, SESSIONS } from '../clients/support/sessions';

const STREAMS = path.join(__dirname, '..', 'protocol', 'fixtures');
const ENDING = '.virgl.gz';
const CONTEXT = 1;

/** Records as a source. */
export const sourceOf = (records: readonly TraceRecord[]): TraceSource => ({
  meta: { writer: '0.1.0', recordedAt: '2026-01-01T00:00:00.000Z', source: 'a test' },
  records: () => records,
});

const call = (name: string, args: object): TraceRecord => ({ kind: 'call', name, args }) as TraceRecord;

const begin = call('contextCreate', { contextId: CONTEXT, name: 'test' });

/** Names of the recorded streams without anything else. */
export const STREAM_NAMES: readonly string[] = fs
  .readdirSync(STREAMS)
  .filter((file) => file.endsWith(ENDING))
  .map((file) => file.slice(0, -ENDING.length));

/** The submits of a recorded stream, after the making of their context. */
export const recordsOfStream = (name: string): TraceRecord[] => {
  const bytes = gunzipSync(fs.readFileSync(path.join(STREAMS, name + ENDING)));
  const submits = splitSubmissions(new Uint8Array(bytes)).map((commands) =>
    call('submitCmd', { contextId: CONTEXT, commands }),
  );
  return [begin, ...submits];
};

// Servers number the resources of protocol 3: their ids are in replies, which are not followed here.
const UNNUMBERED: readonly string[] = ['meminfo', 'piglit-fs-nan-max-mesa25-v3'];

/** Names of the recorded connections. */
export const SESSION_NAMES = SESSIONS.filter((name) => !UNNUMBERED.includes(name));

const VTEST_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(VTEST_COMMANDS).map(([name, { id }]) => [id, name]),
);
const HEADER_BYTES = 8;
const RESOURCE_FIELDS = [
  'target',
  'format',
  'bind',
  'width',
  'height',
  'depth',
  'arraySize',
  'lastLevel',
  'nrSamples',
] as const;

/**
 * A recorded vtest connection as the calls that a server makes of it. A frame ends wherever the client reads back.
 */
export const recordsOfSession = (name: string): TraceRecord[] => {
  const records: TraceRecord[] = [begin];
  for (const { kind, data } of readSession(name)) {
    if (kind === RecordKind.CLIENT_MEMORY) {
      const memoryId = data.readUInt32LE(0);
      const offsetBytes = data.readUInt32LE(4);
      records.push({ kind: 'write', memoryId, offsetBytes, bytes: new Uint8Array(data.subarray(8)) });
    }
    if (kind === RecordKind.CLIENT) records.push(...recordsOfRequest(data));
  }
  return records;
};

const recordsOfRequest = (data: Buffer): TraceRecord[] => {
  const at = (index: number): number => data.readUInt32LE(HEADER_BYTES + index * 4);
  const box = (first: number): object =>
    Object.fromEntries(['x', 'y', 'z', 'w', 'h', 'd'].map((side, index) => [side, at(first + index)]));
  const request = VTEST_NAMES.get(data.readUInt32LE(4));
  switch (request) {
    case 'RESOURCE_CREATE':
    case 'RESOURCE_CREATE2': {
      const resourceId = at(0);
      const shape = Object.fromEntries(RESOURCE_FIELDS.map((field, index) => [field, at(index + 1)]));
      const sizeBytes = request === 'RESOURCE_CREATE' ? 0 : at(RESOURCE_FIELDS.length + 1);
      const range = { memoryId: resourceId, offsetBytes: 0, lengthBytes: sizeBytes };
      return [
        ...(sizeBytes > 0 ? [{ kind: 'memory' as const, memoryId: resourceId, sizeBytes }] : []),
        call('resourceCreate', { resourceId, ...shape, backing: sizeBytes > 0 ? [range] : [] }),
        call('ctxAttachResource', { contextId: CONTEXT, resourceId }),
      ];
    }
    case 'RESOURCE_UNREF':
      return [call('resourceUnref', { resourceId: at(0) }), { kind: 'memoryEnd', memoryId: at(0) }];
    case 'SUBMIT_CMD':
      return [
        call('submitCmd', {
          contextId: CONTEXT,
          commands: new Uint8Array(data.subarray(HEADER_BYTES)),
        }),
      ];
    case 'TRANSFER_PUT': {
      const from = new Uint8Array(data.subarray(HEADER_BYTES + 44));
      return [
        call('transferWriteIov', { resourceId: at(0), contextId: CONTEXT, level: at(1), box: box(4), from }),
      ];
    }
    case 'TRANSFER_PUT2':
      return [
        call('transferWriteIov', {
          resourceId: at(0),
          contextId: CONTEXT,
          level: at(1),
          box: box(2),
          offset: at(9),
        }),
      ];
    case 'TRANSFER_GET':
      return [
        call('transferReadIov', {
          resourceId: at(0),
          contextId: CONTEXT,
          level: at(1),
          box: box(4),
          into: new Uint8Array(at(10)),
        }),
        { kind: 'frame' },
      ];
    case 'TRANSFER_GET2':
      return [
        call('transferReadIov', {
          resourceId: at(0),
          contextId: CONTEXT,
          level: at(1),
          box: box(2),
          offset: at(9),
        }),
        { kind: 'frame' },
      ];
    default:
      return [];
  }
};
