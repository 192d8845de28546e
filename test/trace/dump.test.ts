// Traces as text and JSON lines, and what they are in short, over all recorded sessions.

import { CommandEncoder, decode, encode, fromJson, type JsonCommand } from '../../lib/protocol';
import {
  dumpEntries,
  dumpJson,
  type DumpOptions,
  dumpText,
  printInfo,
  traceInfo,
  walkCommands,
  type TraceRecord,
} from '../../lib/trace';
import { nameFilter } from '../../lib/trace/inspect';
import {
  recordsOfSession,
  recordsOfStream,
  SESSION_NAMES,
  sourceOf,
  STREAM_NAMES,
} from '../support/trace-records';

const linesOf = (records: readonly TraceRecord[], options = {}): string[] =>
  Array.from(dumpEntries(sourceOf(records), options), dumpText).flatMap((text) => text.split('\n'));
const commandLine = /^\d+ /;

const traces = new Map([
  ...STREAM_NAMES.map((name) => [`stream ${name}`, () => recordsOfStream(name)] as const),
  ...SESSION_NAMES.map((name) => [`session ${name}`, () => recordsOfSession(name)] as const),
]);

describe.each([...traces])('%s', (_, make) => {
  const records = make();
  const commands = [...walkCommands(sourceOf(records))];

  test('a line for each command, beginning with its number, and nothing undecoded', () => {
    const lines = linesOf(records).filter((line) => commandLine.test(line));
    expect(lines.map((line) => Number.parseInt(line, 10))).toEqual(commands.map(({ number }) => number));
    expect(lines.filter((line) => line.includes(' UNKNOWN'))).toEqual([]);
    // Mesa leaves what was in its buffer behind the NUL of a shader's text; all else has a name.
    for (const { command } of commands) {
      const behindText =
        command.name === 'CREATE_OBJECT' && command.object === 'SHADER' ? [command.lengthDwords] : [];
      for (const { dword } of command.residue ?? []) expect(behindText).toContain(dword);
    }
  });

  test('JSON has every command in full: the same dwords come back', () => {
    const entries = Array.from(dumpEntries(sourceOf(records)), (entry) => JSON.stringify(dumpJson(entry)));
    const parsed = entries.map((line) => JSON.parse(line) as { kind: string } & JsonCommand);
    const back = parsed
      .filter(({ kind }) => kind === 'command')
      .map(({ name, object, fields, ...rest }) => {
        const { extra, residue } = rest;
        return {
          name,
          ...(object !== undefined && { object }),
          fields,
          ...(extra && { extra }),
          ...(residue && { residue }),
        };
      });
    const dwords = commands.flatMap(({ dwords: all }) => [...all]);
    expect(
      Buffer.compare(
        Buffer.from(encode(fromJson(back as JsonCommand[])).buffer),
        Buffer.from(Uint32Array.from(dwords).buffer),
      ),
    ).toBe(0);
    expect(parsed.filter(({ kind }) => kind === 'call').length).toBe(
      records.filter(({ kind }) => kind === 'call').length,
    );
  });
});

const submit = (encoder: CommandEncoder): TraceRecord => ({
  kind: 'call',
  name: 'submitCmd',
  args: { contextId: 1, commands: encoder.finish() },
});
const draw = (): TraceRecord =>
  submit(
    new CommandEncoder()
      .clear({ buffers: 4 })
      .drawVbo({ count: 3, mode: 4 })
      .launchGrid({ grid: [1, 2, 3] }),
  );
const RECORDS: TraceRecord[] = [
  { kind: 'call', name: 'contextCreate', args: { contextId: 1, name: 'a b' } },
  { kind: 'memory', memoryId: 2, sizeBytes: 4096 },
  { kind: 'write', memoryId: 2, offsetBytes: 8, bytes: new Uint8Array(16) },
  draw(),
  { kind: 'frame' },
  { kind: 'time', microseconds: 1500 },
  draw(),
  { kind: 'error', call: 2, code: 'ERR_VIRGL_REFUSED', message: 'no such thing' },
  {
    kind: 'frame',
    picture: {
      resourceId: 1,
      contextId: 1,
      width: 4,
      height: 4,
      format: 1,
      sha256: 'ab',
      lengthBytes: 64,
      differing: 3,
    },
  },
  { kind: 'marker', text: 'here' },
  {
    kind: 'call',
    name: 'resourceCreate',
    args: { resourceId: 5, target: 2, format: 1, bind: 2, width: 16, height: 16, lastLevel: 1 },
  },
  { kind: 'call', name: 'resourceUnref', args: { resourceId: 5 } },
];

describe('what is shown', () => {
  test('all records, as lines', () => {
    expect(linesOf(RECORDS)).toMatchInlineSnapshot(`
     [
       "call 0: contextCreate contextId=1 name="a b"",
       "memory: memoryId=2 sizeBytes=4096",
       "write: memoryId=2 offsetBytes=8 bytes=<16 bytes>",
       "call 1: submitCmd contextId=1 commands=<124 bytes>",
       "0 CLEAR buffers=COLOR0",
       "1 DRAW_VBO count=3 mode=TRIANGLES",
       "2 LAUNCH_GRID grid=[1 2 3]",
       "--- end of frame 0",
       "time: microseconds=1500",
       "call 2: submitCmd contextId=1 commands=<124 bytes>",
       "3 CLEAR buffers=COLOR0",
       "4 DRAW_VBO count=3 mode=TRIANGLES",
       "5 LAUNCH_GRID grid=[1 2 3]",
       "error: call=2 code=ERR_VIRGL_REFUSED message="no such thing"",
       "--- end of frame 1 picture={resourceId=1 contextId=1 width=4 height=4 format=B8G8R8A8_UNORM sha256=ab lengthBytes=64 differing=3}",
       "marker: "here"",
       "call 3: resourceCreate resourceId=5 target=TEXTURE_2D format=B8G8R8A8_UNORM bind=RENDER_TARGET width=16 height=16 lastLevel=1",
       "call 4: resourceUnref resourceId=5",
     ]
    `);
  });

  test('frames by number, and names by word', () => {
    const first = linesOf(RECORDS, { frames: { from: 1, to: 1 } });
    expect(first[0]).toBe('time: microseconds=1500');
    expect(first.at(-1)).toMatch(/^--- end of frame 1 /);
    expect(linesOf(RECORDS, { frames: { from: 2, to: 9 } })[0]).toBe('marker: "here"');
    const drawn = linesOf(RECORDS, { frames: { from: 0, to: 0 }, calls: ['draw'] });
    expect(drawn).toEqual([
      '1 DRAW_VBO count=3 mode=TRIANGLES',
      '2 LAUNCH_GRID grid=[1 2 3]',
      '--- end of frame 0',
    ]);
    const submits = linesOf(RECORDS, { calls: ['submit', 'resourceUnref'] }).filter((line) =>
      line.startsWith('call'),
    );
    expect(submits.length).toBe(3);
  });

  test('words stand for the names that have them', () => {
    expect([...nameFilter(['clear'])]).toEqual(['CLEAR', 'CLEAR_TEXTURE', 'CLEAR_SURFACE']);
    expect([...nameFilter(['submit'])]).toEqual(['submitCmd', 'submitCmd2']);
    expect([...nameFilter(['TRANSFER'])]).toEqual(
      expect.arrayContaining([
        'TRANSFER3D',
        'COPY_TRANSFER3D',
        'RESOURCE_INLINE_WRITE',
        'transferReadIov',
        'transferWriteIov',
      ]),
    );
    expect([...nameFilter(['CREATE_OBJECT'])]).toContain('CREATE_OBJECT BLEND');
    expect([...nameFilter(['draw_vbo'])]).toEqual(['DRAW_VBO']);
  });

  test.each([
    [{ calls: ['drwa'] }, 'did you mean draw?'],
    [{ calls: ['submitcdm'] }, 'did you mean submitCmd?'],
    [{ frames: { from: 3, to: 2 } }, 'frames.to'],
    [{ frame: 3 }, 'did you mean frames?'],
  ])('%j is refused', (options, message) => {
    expect(() => dumpEntries(sourceOf(RECORDS), options as DumpOptions)).toThrow(message);
  });

  test('what can not be decoded keeps its number and its reason', () => {
    const bad: TraceRecord = {
      kind: 'call',
      name: 'submitCmd',
      args: { contextId: 1, commands: Uint32Array.of(0x000100ff, 7) },
    };
    expect(linesOf([bad]).slice(1)).toEqual([
      expect.stringMatching(/^0 UNKNOWN opcode=255 /),
      expect.stringMatching(/^ {4}# .*known opcode/),
    ]);
  });
});

describe('info', () => {
  test('counts what there is', () => {
    const { overview, contents } = traceInfo(sourceOf(RECORDS), { contents: true });
    expect(overview).toMatchObject({
      calls: 5,
      frames: { length: 2 },
      durationMicroseconds: 1500,
      writtenBytes: 16,
      byCall: { submitCmd: 2, contextCreate: 1 },
      byKind: { error: 1, frame: 2 },
    });
    expect(contents).toMatchObject({
      commands: 6,
      draws: 4,
      undecoded: 0,
      byCommand: { CLEAR: 2, DRAW_VBO: 2, LAUNCH_GRID: 2 },
      resources: { made: 1, mostAlive: 1, peakBytes: (16 * 16 + 8 * 8) * 4 },
      errors: [{ call: 2, name: 'submitCmd', message: 'no such thing' }],
    });
  });

  test('says it to people', () => {
    const text = printInfo(traceInfo(sourceOf(RECORDS), { contents: true }));
    for (const part of [
      'frames:        2',
      '6, 4 of them draws',
      '1.3 KiB',
      'call 2 submitCmd: no such thing',
    ])
      expect(text).toContain(part);
  });

  test('asks an index, where there is one, instead of the records', () => {
    const { overview: summary } = traceInfo(sourceOf(RECORDS));
    const source = {
      ...sourceOf([]),
      summary,
      records: (): never => {
        throw new Error('read');
      },
    };
    expect(traceInfo(source).overview).toBe(summary);
  });
});

test('a trace decodes the same whether it is walked or decoded alone', () => {
  const records = recordsOfStream('es2gears');
  const names = records.flatMap((record) =>
    record.kind === 'call' && record.name === 'submitCmd'
      ? Array.from(decode((record.args as { commands: Uint8Array }).commands), ({ name }) => name)
      : [],
  );
  expect(Array.from(walkCommands(sourceOf(records)), ({ command }) => command.name)).toEqual(names);
});
