// The parts of a report that need no renderer: texels as numbers and pictures, buffers as tables, stops inside streams.

import { NullHost } from '../../lib/host';
import { encode, type EncodableCommand, Format } from '../../lib/protocol';
import { MemoryTrace, type TraceRecord } from '../../lib/trace';
import { Collector } from '../../lib/trace/report/collect';
import { checkReportOptions, type ReportOptions } from '../../lib/trace/report/options';
import { escapeHtml, dataElement } from '../../lib/trace/report/page';
import { PageStore } from '../../lib/trace/report/page-store';
import { ProbeHost } from '../../lib/trace/report/probe-host';
import { constantTable, indexTable, indicesOf, vertexTable } from '../../lib/trace/report/tables';
import { pictureOf, shrunk, texelReader } from '../../lib/trace/report/texels';

const bytesOf = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
const draw = (count: number): EncodableCommand => ({ name: 'DRAW_VBO', fields: { count, mode: 4 } });

describe('texels', () => {
  test.each<[keyof typeof Format, number[], number[]]>([
    ['R8G8B8A8_UNORM', [255, 0, 51, 255], [1, 0, 0.2, 1]],
    ['B8G8R8X8_UNORM', [1, 2, 255, 9], [1 / 255, 2 / 255, 1]],
    ['R16G16_FLOAT', [0, 0x3c, 0, 0xc0], [1, -2]],
    ['R11G11B10_FLOAT', [0xc0, 0x03, 0x1e, 0x78], [1, 1, 1]],
    ['R8G8_SNORM', [0x80, 0x7f], [-1, 1]],
    ['R16_SINT', [0xfe, 0xff], [-2]],
    ['R10G10B10A2_UNORM', [0xff, 0x03, 0, 0xc0], [1, 0, 0, 1]],
    ['B5G6R5_UNORM', [0x1f, 0xf8], [1, 0, 1]],
    ['Z24_UNORM_S8_UINT', [255, 255, 255, 7], [1, 7]],
    ['R32_FLOAT', [0, 0, 0x80, 0x7f], [Infinity]],
  ])('%s', (name, bytes, numbers) => {
    expect(texelReader(Format[name])?.read(Uint8Array.from(bytes), 0)).toEqual(numbers);
  });

  test('compressed and unknown formats have no numbers', () => {
    expect(texelReader(Format.DXT1_RGB)).toBeUndefined();
    expect(texelReader(9999)).toBeUndefined();
  });

  test('pictures: channels in order, alpha filled in, depth spread', () => {
    const bgrx = pictureOf(Format.B8G8R8X8_UNORM, 1, 1, Uint8Array.of(1, 2, 3, 0));
    expect([...(bgrx?.data ?? [])]).toEqual([3, 2, 1, 255]);
    const red = pictureOf(Format.R8_UNORM, 2, 1, Uint8Array.of(7, 9));
    expect([...(red?.data ?? [])]).toEqual([7, 0, 0, 255, 9, 0, 0, 255]);
    const depth = pictureOf(Format.Z32_FLOAT, 3, 1, bytesOf(0.9, 0.95, 1));
    expect([0, 4, 8].map((at) => depth?.data[at])).toEqual([0, 128, 255]);
    expect(pictureOf(Format.R8_UNORM, 4, 4, Uint8Array.of(1))).toBeUndefined();
  });

  test('smaller pictures are means', () => {
    const image = {
      width: 4,
      height: 2,
      data: Uint8Array.from({ length: 32 }, (_, at) => (at < 16 ? 0 : 100)),
    };
    expect(shrunk(image, 2)).toEqual({ width: 2, height: 1, data: new Uint8Array(8).fill(50) });
    expect(shrunk(image, 4)).toBe(image);
  });
});

describe('tables', () => {
  test('constants by fours, with the bits of what is no float', () => {
    expect(constantTable(bytesOf(1, 0.5, -2, NaN, 3)).rows).toEqual([
      ['0', '1', '0.5', '-2', '0x7fc00000'],
      ['1', '3'],
    ]);
  });

  test('vertices by their elements', () => {
    const elements = [
      { srcOffset: 0, instanceDivisor: 0, vertexBufferIndex: 0, srcFormat: Format.R32G32_FLOAT },
      { srcOffset: 8, instanceDivisor: 0, vertexBufferIndex: 0, srcFormat: Format.R32_FLOAT },
      { srcOffset: 0, instanceDivisor: 1, vertexBufferIndex: 3, srcFormat: Format.R32_FLOAT },
    ];
    // Only the part from byte 12 on was read.
    const buffers = new Map([[0, { bytes: bytesOf(4, 5, 6, 7, 8, 9), start: 12, offset: 0, stride: 12 }]]);
    expect(vertexTable(elements, buffers, [1, 2, 3])).toEqual({
      head: ['vertex', 'IN[0] R32G32_FLOAT', 'IN[1] R32_FLOAT', 'IN[2] R32_FLOAT, per instance'],
      rows: [
        ['1', '4, 5', '6', '?'],
        ['2', '7, 8', '9', '?'],
        ['3', 'outside', 'outside', '?'],
      ],
    });
  });

  test('indices of any size', () => {
    const bytes = Uint8Array.of(1, 0, 2, 0);
    expect([1, 2, 4].map((size) => indicesOf(bytes, size))).toEqual([[1, 0, 2, 0], [1, 2], [0x20001]]);
    const rows = indexTable(
      Array.from({ length: 14 }, (_, at) => at),
      100,
    ).rows;
    expect(rows.map((row) => row.length)).toEqual([13, 3]);
    expect(rows.map(([first]) => first)).toEqual(['100', '112']);
  });
});

describe('a host that stops inside streams', () => {
  const run = async (wanted: string[]) => {
    const told: string[] = [];
    const inner = new NullHost();
    const host = new ProbeHost(inner, {
      wants: (place) => wanted.includes(place),
      at: async (place) => {
        const submits = inner.calls.filter(({ name }) => name === 'submitCmd');
        told.push(`${place}: ${submits.length} submits`);
      },
    });
    await host.contextCreate({ contextId: 1 });
    const commands = encode([{ name: 'CREATE_SUB_CTX', fields: { id: 4 } }, draw(1), draw(2)]);
    const first = host.submitCmd({ contextId: 1, commands });
    commands.fill(0);
    await first;
    await host.submitCmd({ contextId: 1, commands: encode([draw(3)]) });
    const streams = inner.calls
      .filter(({ name }) => name === 'submitCmd')
      .map(({ args }) => (args as { commands: Uint32Array }).commands);
    await host.close();
    return { told, streams };
  };

  test('hands streams on whole where nothing is wanted', async () => {
    const { told, streams } = await run([]);
    expect(told).toEqual([]);
    expect(streams.map((stream) => stream.length)).toEqual([28, 13]);
  });

  test('cuts them at commands, and later pieces say whose they are', async () => {
    const { told, streams } = await run(['before 2', 'after 2', 'before 3']);
    expect(told).toEqual(['before 2: 1 submits', 'after 2: 2 submits', 'before 3: 2 submits']);
    expect(streams[1]).toEqual(encode([{ name: 'SET_SUB_CTX', fields: { id: 4 } }, draw(2)]));
    expect(streams[2]).toEqual(encode([draw(3)]));
  });
});

describe('collecting', () => {
  const collect = (records: TraceRecord[], options: ReportOptions = {}) =>
    new Collector(new PageStore(1000, 100), checkReportOptions(options)).run(
      new MemoryTrace(undefined, records),
    );
  const frames = (count: number): TraceRecord[] =>
    Array.from({ length: count }, (_, index): TraceRecord[] => [
      {
        kind: 'call',
        name: 'submitCmd',
        args: { contextId: 1, commands: encode([draw(index), draw(index)]) },
      },
      { kind: 'time', microseconds: (index + 1) * 2000 },
      { kind: 'frame' },
    ]).flat();

  test('frames have counts and times, entries have the numbers of commands', async () => {
    const { frames: found, entries } = await collect(frames(2));
    expect(found).toEqual([
      { number: 0, draws: 2, counts: { draw: 2 }, ms: 2 },
      { number: 1, draws: 2, counts: { draw: 2 }, ms: 2 },
    ]);
    expect(entries.map(({ command, frame }) => [command, frame])).toEqual([
      [0, 0],
      [1, 0],
      [2, 1],
      [3, 1],
    ]);
  });

  test('chosen frames only, and what is left out is said', async () => {
    const {
      frames: found,
      entries,
      notices,
    } = await collect(frames(5), { frames: { from: 1, to: 2 }, maxDraws: 3 });
    expect(found.map(({ number }) => number)).toEqual([1, 2]);
    expect(entries.map(({ command }) => command)).toEqual([2, 3, 4, 5]);
    expect(notices).toEqual([
      '3 commands have state and pictures, 1 more draws, clears and copies do not: --max-draws and --frames choose.',
    ]);
  });

  test('an error is told where its call is', async () => {
    const message = 'submitCmd: refused';
    const records = [
      ...frames(1).slice(0, 1),
      { kind: 'error', call: 0, code: 'ERR_VIRGL_REFUSED', message } as const,
    ];
    const { entries, errors } = await collect(records);
    expect(errors).toBe(1);
    expect(entries[1].problems).toEqual([`ERR_VIRGL_REFUSED: ${message}`]);
    expect(entries[2]).toMatchObject({ kind: 'error', text: message });
  });

  test('options that make no sense are refused', () => {
    expect(() => checkReportOptions({ maxDraw: 1 } as ReportOptions)).toThrow('did you mean maxDraws?');
    expect(() => checkReportOptions({ frames: { from: 3, to: 1 } })).toThrow('received "3 to 1"');
  });
});

test('nothing in a trace can become markup', () => {
  expect(escapeHtml(`<a href="x">'&`)).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;');
  expect(dataElement({ text: '</script>' })).toMatch(
    /^<script type="application\/octet-stream" id="data">[A-Za-z0-9+/=]+<\/script>$/,
  );
});
