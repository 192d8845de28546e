// A program made of a trace gives a host the same calls with the same bytes.

import { toTypeScript, type TraceRecord } from '../../lib/trace';
import { sourceOf, STREAM_NAMES, traceOfStreams } from './support/edit-traces';
import { expectSameCalls } from './support/generated-program';

describe.each(STREAM_NAMES)('the program of %s', (name) => {
  it('makes the same calls with the same bytes, and needs no raw dwords', async () => {
    const { counts } = await expectSameCalls(traceOfStreams(name));
    expect(counts.commands).toBeGreaterThan(50);
    expect(counts.raw).toBe(0);
  });
});

it('keeps calls of every kind, refused ones, fences and memory that changes', async () => {
  const box = { x: 0, y: 0, z: 0, w: 16, h: 1, d: 1 };
  const large = Uint8Array.from({ length: 1000 }, (_, index) => index);
  const buffer = { target: 0, format: 64, bind: 16, width: 1000 };
  const records: TraceRecord[] = [
    { kind: 'memory', memoryId: 7, sizeBytes: 4096 },
    { kind: 'write', memoryId: 7, offsetBytes: 0, bytes: large },
    { kind: 'call', name: 'contextCreate', args: { contextId: 3 } },
    {
      kind: 'call',
      name: 'resourceCreate',
      args: { resourceId: 9, ...buffer, backing: [{ memoryId: 7, offsetBytes: 0, lengthBytes: 2000 }] },
    },
    { kind: 'call', name: 'ctxAttachResource', args: { contextId: 3, resourceId: 9 } },
    { kind: 'call', name: 'transferWriteIov', args: { resourceId: 9, contextId: 3, box, offset: 5n } },
    { kind: 'write', memoryId: 7, offsetBytes: 1, bytes: Uint8Array.of(200, 201) },
    { kind: 'call', name: 'transferWriteIov', args: { resourceId: 9, box, from: large } },
    { kind: 'call', name: 'transferReadIov', args: { resourceId: 9, box, into: new Uint8Array(16) } },
    { kind: 'call', name: 'createFence', args: {} },
    { kind: 'marker', text: 'here\n*/ it ends' },
    { kind: 'frame' },
    { kind: 'call', name: 'submitCmd', args: { contextId: 3, commands: Uint32Array.of(0x10006, 0) } },
    { kind: 'error', call: 7, code: 'ERR_VIRGL_CONTEXT_LOST', message: 'no' },
    { kind: 'call', name: 'submitCmd', args: { contextId: 3, commands: Uint8Array.of(1, 2, 3) } },
    { kind: 'error', call: 8, code: 'ERR_VIRGL_ARGUMENT', message: 'no' },
    { kind: 'call', name: 'resourceUnref', args: { resourceId: 9 } },
    { kind: 'memoryEnd', memoryId: 7 },
    { kind: 'memory', memoryId: 7, sizeBytes: 64 },
    {
      kind: 'call',
      name: 'resourceCreate',
      args: {
        ...buffer,
        resourceId: 9,
        target: 2,
        bind: 2,
        backing: [{ memoryId: 7, offsetBytes: 0, lengthBytes: 64 }],
      },
    },
    { kind: 'call', name: 'poll', args: undefined },
  ];
  const { source, data } = await expectSameCalls(records);
  // The same thousand bytes stand there once.
  expect(data.length).toBe(1000);
  expect(source).toContain('target: TextureTarget.BUFFER');
  expect(source).toContain('bind: Bind.RENDER_TARGET');
  expect(source).toContain('let resource9: Resource;');
});

it('says which calls took a descriptor instead of making them', async () => {
  const attach = { kind: 'call', name: 'attachFence', args: { contextId: 1 } } as unknown as TraceRecord;
  const { source, leftOut } = await toTypeScript(sourceOf([attach]));
  expect(leftOut).toBe(1);
  expect(source).toContain('// host.attachFence()');
});

it('refuses a data file in another folder', async () => {
  await expect(toTypeScript(sourceOf([]), { dataName: 'a/b' })).rejects.toThrow(/dataName/);
});
