// What viewers type, point at and copy.

import zlib from 'node:zlib';
import { type Connected, withViewer } from './support/connect';
import { TestPattern } from './support/test-pattern';
import { CLIENT, PSEUDO, type TestViewer } from './support/test-viewer';
import type { RfbOptions } from 'virgl/display';

const CAPS = 0x01000000;
const REQUEST = 0x02000000;
const PEEK = 0x04000000;
const NOTIFY = 0x08000000;
const PROVIDE = 0x10000000;
const TEXT = 1;

/** When the server has handled all that was sent. */
const settled = async (viewer: TestViewer): Promise<void> => {
  viewer.send(CLIENT.fence(0x80000000, Buffer.from('settled')));
  while ((await viewer.next('fence')).payload.toString() !== 'settled');
};

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

const provide = (text: Buffer): Buffer =>
  CLIENT.extendedCutText(
    Buffer.concat([u32(PROVIDE | TEXT), zlib.deflateSync(Buffer.concat([u32(text.length), text]))]),
  );

const withSource = (
  use: (connected: Connected & { source: TestPattern }) => Promise<void>,
  options: Partial<RfbOptions> = {},
): Promise<void> => {
  const source = new TestPattern(100, 50);
  return withViewer(source, (connected) => use({ ...connected, source }), options);
};

test('keys, with codes where the viewer has them', () =>
  withSource(async ({ viewer, source }) => {
    viewer.send(CLIENT.setEncodings([0, PSEUDO.qemuKeys]));
    viewer.send(CLIENT.key(0xff0d, true), CLIENT.key(0xff0d, false));
    viewer.send(CLIENT.qemuKey(0x61, 0x1e, true), CLIENT.qemuKey(0x61, 0x1e, false));
    viewer.send(CLIENT.qemuKey(0xff8d, 0x9c, true), CLIENT.qemuKey(0xff8d, 0x9c, false));
    viewer.send(CLIENT.key(0x10020ac, true), CLIENT.key(0x10020ac, false));
    await settled(viewer);
    expect(source.input.keys).toEqual([
      { keysym: 0xff0d, down: true },
      { keysym: 0xff0d, down: false },
      { keysym: 0x61, scancode: 0x1e, down: true },
      { keysym: 0x61, scancode: 0x1e, down: false },
      { keysym: 0xff8d, scancode: 0x9c, down: true },
      { keysym: 0xff8d, scancode: 0x9c, down: false },
      { keysym: 0x10020ac, down: true },
      { keysym: 0x10020ac, down: false },
    ]);
  }));

test('pointers, kept inside the picture; more buttons where the viewer has them', () =>
  withSource(async ({ viewer, source }) => {
    viewer.send(CLIENT.pointer(3, 4, 1), CLIENT.pointer(60000, 60000, 0));
    viewer.send(CLIENT.setEncodings([0, PSEUDO.mouseButtons]));
    viewer.send(
      CLIENT.extendedPointer(5, 6, 0b1_1000_0001),
      CLIENT.pointer(7, 8, 0x7f),
      CLIENT.pointer(7, 8, 0),
    );
    await settled(viewer);
    expect(source.input.pointers).toEqual([
      { x: 3, y: 4, buttons: 1 },
      { x: 99, y: 49, buttons: 0 },
      { x: 5, y: 6, buttons: 0b1_1000_0001 },
      { x: 7, y: 8, buttons: 0x7f },
      { x: 7, y: 8, buttons: 0 },
    ]);
  }));

test('what a viewer holds down goes up when it leaves', async () => {
  let source: TestPattern | undefined;
  await withSource(async (connected) => {
    const { viewer } = connected;
    source = connected.source;
    viewer.send(CLIENT.qemuKey(0xffe1, 0x2a, true), CLIENT.key(0x41, true), CLIENT.pointer(1, 2, 4));
    await settled(viewer);
  });
  expect(source?.input.keys.slice(2)).toEqual([
    { keysym: 0xffe1, scancode: 0x2a, down: false },
    { keysym: 0x41, down: false },
  ]);
  expect(source?.input.pointers.at(-1)).toEqual({ x: 1, y: 2, buttons: 0 });
});

test('who may only look can do nothing', () =>
  withSource(
    async ({ viewer, source }) => {
      source.requestSize = () => source.resize(9, 9);
      viewer.send(CLIENT.setEncodings([0, PSEUDO.clipboard]));
      viewer.send(CLIENT.key(1, true), CLIENT.pointer(1, 1, 1), CLIENT.cutText(Buffer.from('text')));
      viewer.send(provide(Buffer.from('text\0')), CLIENT.setDesktopSize(9, 9));
      await settled(viewer);
      expect(source.input).toMatchObject({ keys: [], pointers: [], texts: [] });
      expect(source.size.width).toBe(100);
    },
    { access: 'view' },
  ));

describe('clipboard', () => {
  test('Latin 1 in both directions', () =>
    withSource(async ({ viewer, source }) => {
      viewer.send(CLIENT.cutText(Buffer.from('Grüße', 'latin1')), CLIENT.request(true, 0, 0, 1, 1));
      await settled(viewer);
      expect(source.input.texts).toEqual(['Grüße']);
      source.tell((listener) => listener.clipboardChanged?.('ü €'));
      expect((await viewer.next('cutText')).body.toString('latin1')).toBe('ü ?');
    }));

  test('a text that is too long is passed over', () =>
    withSource(
      async ({ viewer, source }) => {
        viewer.send(CLIENT.cutText(Buffer.alloc(101, 'x')), CLIENT.cutText(Buffer.from('short')));
        viewer.send(CLIENT.setEncodings([0, PSEUDO.clipboard]));
        viewer.send(provide(Buffer.alloc(100_000, 'y')), provide(Buffer.from('also short\0')));
        await settled(viewer);
        expect(source.input.texts).toEqual(['short', 'also short']);
      },
      { limits: { maxClipboardBytes: 100 } },
    ));

  test('any text by the extended clipboard', () =>
    withSource(async ({ viewer, source }) => {
      viewer.send(CLIENT.setEncodings([0, PSEUDO.clipboard]));
      const caps = await viewer.next('cutText');
      expect(caps.length).toBe(-8);
      expect(caps.body.readUInt32BE(0)).toBe((CAPS | REQUEST | PEEK | NOTIFY | PROVIDE | TEXT) >>> 0);
      viewer.send(
        CLIENT.extendedCutText(Buffer.concat([u32(CAPS | REQUEST | NOTIFY | PROVIDE | TEXT), u32(0)])),
      );
      viewer.send(CLIENT.extendedCutText(u32(NOTIFY | TEXT)));
      expect((await viewer.next('cutText')).body.readUInt32BE(0)).toBe(REQUEST | TEXT);
      viewer.send(provide(Buffer.from('one\r\ntwo €\0')));
      await settled(viewer);
      expect(source.input.texts).toEqual(['one\ntwo €']);
      source.tell((listener) => listener.clipboardChanged?.('a\nb €'));
      expect((await viewer.next('cutText')).body.readUInt32BE(0)).toBe(NOTIFY | TEXT);
      viewer.send(CLIENT.extendedCutText(u32(REQUEST | TEXT)));
      const { body } = await viewer.next('cutText');
      expect(body.readUInt32BE(0)).toBe(PROVIDE | TEXT);
      expect(zlib.inflateSync(body.subarray(4)).subarray(4).toString()).toBe('a\r\nb €\0');
      viewer.send(CLIENT.extendedCutText(u32(PEEK)));
      expect((await viewer.next('cutText')).body.readUInt32BE(0)).toBe(NOTIFY | TEXT);
    }));
});

test('a fence comes back with what it carries, and the flags that are kept', () =>
  withSource(async ({ viewer }) => {
    viewer.send(CLIENT.fence(0x80000000 | 7, Buffer.from('payload')));
    expect(await viewer.next('fence')).toEqual({ type: 'fence', flags: 3, payload: Buffer.from('payload') });
  }));

test.each([
  ['an unknown message', Buffer.of(99)],
  ['a fence that is too long', Buffer.of(248, 0, 0, 0, 128, 0, 0, 0, 65)],
  ['pixels of 24 bits', Buffer.of(0, 0, 0, 0, 24, ...new Uint8Array(15))],
  [
    'colours outside the pixel',
    Buffer.of(0, 0, 0, 0, 16, 16, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0),
  ],
  ['the extended clipboard without a word', CLIENT.extendedCutText(u32(NOTIFY | TEXT))],
  ['audio of QEMU', Buffer.of(255, 1, 0, 0)],
])('%s ends the connection', (_name, bytes) =>
  withSource(async ({ viewer, ended }) => {
    viewer.send(bytes);
    expect(await ended).toMatchObject({ kind: 'protocol' });
  }),
);
