// What two traces do not have in common, and what never counts.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { encode, type EncodableCommand } from '../../lib/protocol';
import { MemoryTrace, type TraceRecord } from '../../lib/trace';
import { diff, diffText, type DiffOptions, writeDiffPage } from '../../lib/trace/diff';
import { align, alignFrames } from '../../lib/trace/diff/align';
import { comparePictures } from '../../lib/trace/diff/compare-pixels';
import { fieldChanges, flatten } from '../../lib/trace/diff/flatten';

const DIGEST = { sha256: 'a'.repeat(64), lengthBytes: 64, differing: 3 };

const draw = (count: number): EncodableCommand => ({ name: 'DRAW_VBO', fields: { count, mode: 4 } });
const blendColor = (red: number): EncodableCommand => ({
  name: 'SET_BLEND_COLOR',
  fields: { color: [red, 0, 0, 1] },
});
const submit = (commands: EncodableCommand[], contextId = 1): TraceRecord => ({
  kind: 'call',
  name: 'submitCmd',
  args: { contextId, commands: encode(commands) },
});
const frame = (sha256 = DIGEST.sha256): TraceRecord => ({
  kind: 'frame',
  picture: { ...DIGEST, sha256, resourceId: 1, contextId: 1, width: 4, height: 4, format: 1 },
});

const traceOf = (...records: TraceRecord[]): MemoryTrace => new MemoryTrace(undefined, records);
const frames = (...counts: number[][]): TraceRecord[] =>
  counts.flatMap((draws) => [submit([blendColor(0.5), ...draws.map(draw)]), frame()]);
const compare = (a: TraceRecord[], b: TraceRecord[], options: DiffOptions = {}) =>
  diff(traceOf(...a), traceOf(...b), options);

describe('diff', () => {
  test('a trace equals itself', async () => {
    const records = frames([3, 6], [9]);
    const result = await compare(records, records);
    expect(result).toMatchObject({
      equal: true,
      frames: { a: 2, b: 2, equal: 2 },
      steps: { a: 9, b: 9 },
      changeCount: 0,
    });
    expect(diffText(result)).toBe(
      'equal: 2 and 2 frames, 2 the same; 9 and 9 commands and calls, 0 differ\n',
    );
  });

  test('a changed command is told by its fields', async () => {
    const result = await compare(frames([3, 6], [9]), frames([3, 6], [12]));
    expect(result.equal).toBe(false);
    expect(result.changes).toEqual([
      {
        what: 'changed',
        kind: 'command',
        name: 'DRAW_VBO',
        a: { frame: 1, number: 4, line: 'DRAW_VBO count=9 mode=TRIANGLES' },
        b: { frame: 1, number: 4, line: 'DRAW_VBO count=12 mode=TRIANGLES' },
        fields: [{ field: 'count', a: '9', b: '12' }],
      },
    ]);
    expect(diffText(result)).toContain('frame 1, command 4: DRAW_VBO\n  count: 9 -> 12\n');
  });

  test('a missing draw is missing, and those behind it are the same', async () => {
    const result = await compare(frames([3, 6, 9, 12]), frames([3, 9, 12]));
    expect(result.changes).toMatchObject([
      { what: 'removed', a: { number: 2, line: 'DRAW_VBO count=6 mode=TRIANGLES' } },
    ]);
    expect(diffText(result)).toContain('only in the first\n  - DRAW_VBO count=6');
  });

  test('a missing frame leaves the frames behind it aligned', async () => {
    const result = await compare(frames([1], [2], [3], [4]), frames([1], [3], [4]));
    expect(result).toMatchObject({ equal: false, changeCount: 0, loneFrames: [{ side: 'a', frame: 1 }] });
    expect(result.frames).toEqual({ a: 4, b: 3, equal: 3 });
  });

  test('the state of the first draw that differs is told', async () => {
    const [a, b] = [0.5, 0.75].map((red) => [submit([draw(1), blendColor(red), draw(3), draw(6)]), frame()]);
    const { state, changeCount } = await compare(a, b);
    expect(changeCount).toBe(1);
    expect(state).toEqual({
      a: 2,
      b: 2,
      slots: [{ field: 'blendColor.color', a: '0.5, 0, 0, 1', b: '0.75, 0, 0, 1' }],
    });
  });

  test('a picture with another digest is a difference', async () => {
    const stream = submit([draw(3)]);
    const result = await compare([stream, frame()], [stream, frame('b'.repeat(64))]);
    expect(result.changes).toMatchObject([{ kind: 'picture', fields: [{ field: 'sha256' }] }]);
    const readback = (sha256: string): TraceRecord => ({
      kind: 'readback',
      call: 0,
      part: 0,
      ...DIGEST,
      sha256,
    });
    const other = await compare([stream, readback('a')], [stream, readback('b')]);
    expect(other.changes).toMatchObject([
      { kind: 'readback', fields: [{ field: 'sha256', a: 'a', b: 'b' }] },
    ]);
  });

  test('times, fences, numbers of memory and what was logged do not count', async () => {
    const withMemory = (memoryId: number, extra: TraceRecord[]): TraceRecord[] => [
      { kind: 'memory', memoryId, sizeBytes: 64 },
      { kind: 'write', memoryId, offsetBytes: 0, bytes: Uint8Array.of(1, 2, 3) },
      {
        kind: 'call',
        name: 'resourceAttachIov',
        args: { resourceId: 1, backing: [{ memoryId, offsetBytes: 0, lengthBytes: 64 }] },
      },
      ...extra,
      frame(),
    ];
    const noise: TraceRecord[] = [
      { kind: 'time', microseconds: 5000 },
      { kind: 'fenceReached', call: 0 },
      { kind: 'log', text: 'shader compiled' },
    ];
    expect((await compare(withMemory(1, []), withMemory(7, noise))).equal).toBe(true);
    const strict = await compare(withMemory(1, []), withMemory(7, noise), { strict: true });
    expect(strict.changes).toMatchObject([{ what: 'added', kind: 'log' }]);
    const other = withMemory(1, []);
    other[1] = { kind: 'write', memoryId: 1, offsetBytes: 0, bytes: Uint8Array.of(1, 2, 4) };
    expect((await compare(withMemory(1, []), other)).changes).toMatchObject([{ kind: 'write' }]);
  });

  test('with ignoreIds the order counts in which things were made', async () => {
    const using = (contextId: number, resourceId: number): TraceRecord[] => [
      { kind: 'call', name: 'contextCreate', args: { contextId } },
      {
        kind: 'call',
        name: 'resourceCreate',
        args: { resourceId, target: 0, format: 64, bind: 16, width: 64 },
      },
      submit(
        [{ name: 'SET_VERTEX_BUFFERS', fields: { buffers: [{ stride: 8, resource: resourceId }] } }],
        contextId,
      ),
    ];
    expect((await compare(using(1, 5), using(2, 9))).equal).toBe(false);
    expect((await compare(using(1, 5), using(2, 9), { ignoreIds: true })).equal).toBe(true);
  });

  test('at most maxChanges are listed, and all are counted', async () => {
    const result = await compare(frames([1, 2, 3, 4]), frames([5, 6, 7, 8]), { maxChanges: 2 });
    expect(result).toMatchObject({ changeCount: 4, changes: [{}, {}] });
    expect(diffText(result)).toContain('and 2 more changes');
  });

  test('unknown options are refused', async () => {
    await expect(compare([], [], { maxChange: 1 } as DiffOptions)).rejects.toThrow(
      'did you mean maxChanges?',
    );
    await expect(compare([], [], { maxChanges: -1 })).rejects.toThrow(
      'expected a whole number for maxChanges',
    );
  });

  test('the page shows what the text tells', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'virgl-diff-'));
    try {
      const result = await compare(frames([3]), frames([4]));
      const html = readFileSync(writeDiffPage(result, folder, ['a<b', 'c']), 'utf8');
      expect(html).toContain('<h1>a&lt;b <span class="soft">and</span> c</h1>');
      expect(html).toContain('<th scope="row">count</th><td class="old">3</td><td class="new">4</td>');
      expect(html).not.toMatch(/<script|https?:/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('pixels', () => {
  const picture = (red: number, at: number) => {
    const pixels = new Uint8Array(4 * 4 * 4).fill(255);
    pixels[at * 4] = red;
    return { width: 4, height: 4, format: 67, pixels };
  };

  test('one pixel is found where it is', () => {
    const found = comparePictures({ a: 2, b: 2 }, picture(255, 0), picture(10, 6));
    expect(found).toMatchObject({
      differing: 1,
      total: 16,
      largest: 245,
      first: { x: 2, y: 1, a: '#ffffffff', b: '#0affffff' },
    });
    expect(found?.pictures?.difference.data.subarray(24, 28)).toEqual(Uint8Array.of(220, 0, 40, 255));
    expect(comparePictures({ a: 0, b: 0 }, picture(9, 1), picture(9, 1))).toBeUndefined();
  });

  test('pictures of other shapes, or of one side only, differ as a whole', () => {
    const wide = { ...picture(0, 0), width: 8, height: 2 };
    expect(comparePictures({ a: 0, b: 0 }, picture(0, 0), wide)?.problem).toBe(
      '4x4 R8G8B8A8_UNORM in the first, 8x2 R8G8B8A8_UNORM in the second',
    );
    expect(comparePictures({ a: 0, b: 0 }, undefined, wide)?.problem).toBe('only the second has a picture');
    expect(comparePictures({ a: 0, b: 0 }, undefined, undefined)).toBeUndefined();
  });
});

describe('alignment', () => {
  const items = (text: string) => [...text].map((key) => ({ key, name: key.toLowerCase() }));

  test('the same first, then the same name, then alone', () => {
    expect(align(items('abCd'), items('abcXd'))).toEqual([
      { a: 0, b: 0, equal: true },
      { a: 1, b: 1, equal: true },
      { a: 2, b: 2, equal: false },
      { b: 3, equal: false },
      { a: 3, b: 4, equal: true },
    ]);
    expect(align([], items('a'))).toEqual([{ b: 0, equal: false }]);
  });

  test('lists without anything in common are paired in order, and soon', () => {
    const many = (letter: string) => Array.from({ length: 20_000 }, (_, index) => `${letter}${index}`);
    const begin = performance.now();
    const pairs = alignFrames(many('a'), many('b'));
    expect(pairs).toHaveLength(20_000);
    expect(pairs[5]).toEqual({ a: 5, b: 5, equal: false });
    expect(performance.now() - begin).toBeLessThan(20_000);
  });

  test('fields by path, texts by line', () => {
    const [a, b] = [
      flatten({ list: [1, { x: 2 }], text: 'one\ntwo' }),
      flatten({ list: [1], text: 'one\n2' }),
    ];
    expect(fieldChanges(a, b)).toEqual([
      { field: 'list[1].x', a: '2' },
      { field: 'text line 2', a: 'two', b: '2' },
    ]);
  });
});
