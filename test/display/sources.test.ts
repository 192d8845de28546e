// Sources whose picture is in memory, or a texture of a host.

import { NullHost, type TransferReadArgs } from '../../lib/host';
import { PictureSource, ResourceSource, type SourceListener } from '../../lib/display';
import { Format } from '../../lib/protocol';

const listening = () => {
  const heard: string[] = [];
  const listener: SourceListener = {
    resized: () => heard.push('resized'),
    damaged: ({ x, y, width, height }) => heard.push(`damaged ${x},${y} ${width}x${height}`),
    cursorChanged: () => heard.push('cursor'),
    closed: () => heard.push('closed'),
    labelChanged: () => heard.push('label'),
  };
  return { heard, listener };
};

/** Numbers each byte. */
const numbered = (width: number, height: number): Uint8Array =>
  Uint8Array.from({ length: width * height * 4 }, (_, at) => at);

describe('a picture', () => {
  test('is read as BGRX, with the stride that is asked for', async () => {
    const source = new PictureSource({ label: 'x' });
    source.show({ width: 3, height: 2, data: numbered(3, 2) });
    const into = new Uint8Array(24).fill(9);
    await source.read({ x: 1, y: 0, width: 2, height: 2 }, into, 12);
    expect([...into]).toEqual([
      ...[6, 5, 4, 255, 10, 9, 8, 255, 9, 9, 9, 9],
      ...[18, 17, 16, 255, 22, 21, 20, 255, 9, 9, 9, 9],
    ]);
  });

  test('leaves alone what lies outside', async () => {
    const source = new PictureSource({ label: 'x' });
    source.show({ width: 1, height: 1, data: numbered(1, 1) });
    const into = new Uint8Array(16);
    await source.read({ x: 0, y: 0, width: 2, height: 2 }, into, 8);
    expect([...into]).toEqual([2, 1, 0, 255, ...new Array<number>(12).fill(0)]);
    await source.read({ x: 5, y: 5, width: 2, height: 2 }, into.fill(0), 8);
    expect(into.some((byte) => byte !== 0)).toBe(false);
  });

  test('tells what changed, until nobody listens', () => {
    const source = new PictureSource({ label: 'x' });
    const { heard, listener } = listening();
    const stop = source.subscribe(listener);
    expect(source.isWatched).toBe(true);
    source.show({ width: 2, height: 2, data: numbered(2, 2) });
    source.show({ width: 2, height: 2, data: numbered(2, 2) });
    source.show({ width: 2, height: 2, data: numbered(2, 2) }, { x: 1, y: 0, width: 1, height: 2 });
    source.label = 'y';
    stop();
    source.show({ width: 2, height: 2, data: numbered(2, 2) });
    expect(heard).toEqual(['resized', 'damaged 0,0 2x2', 'damaged 1,0 1x2', 'label']);
    expect(source.isWatched).toBe(false);
  });

  test('that ends, ends for who comes later too', async () => {
    const source = new PictureSource({ label: 'x' });
    const waiting = source.watched();
    source.close();
    await waiting;
    const { heard, listener } = listening();
    source.subscribe(listener);
    await Promise.resolve();
    expect(heard).toEqual(['closed']);
  });

  test('with too few bytes is refused', () => {
    const source = new PictureSource({ label: 'x' });
    expect(() => source.show({ width: 2, height: 2, data: new Uint8Array(15) })).toThrow(
      /expected at least 16 bytes for data but received 15/,
    );
  });
});

/** Of the textures here. */
const SHAPE = { target: 2, bind: 2, depth: 1, arraySize: 1, lastLevel: 0, nrSamples: 0, flags: 0 };

describe('a texture', () => {
  const hostWith = (pixels: Uint8Array) => {
    const reads: TransferReadArgs[] = [];
    const host = new NullHost({
      transferReadIov: (args) => {
        reads.push(args);
        (args.into as Uint8Array).set(pixels.subarray(0, (args.into as Uint8Array).length));
      },
    });
    return { host, reads };
  };

  test.each([
    ['R8G8B8A8_UNORM', [2, 1, 0, 255]],
    ['B8G8R8A8_UNORM', [0, 1, 2, 255]],
    ['B8G8R8X8_SRGB', [0, 1, 2, 255]],
    ['A8R8G8B8_UNORM', [3, 2, 1, 255]],
  ] as const)('of %s is read as BGRX', async (name, expected) => {
    const { host, reads } = hostWith(numbered(4, 4));
    const source = new ResourceSource({ label: 'x' });
    const descriptor = { format: Format[name], width: 4, height: 4 };
    await host.resourceCreate({ resourceId: 7, ...SHAPE, ...descriptor });
    source.show({ id: 7, host, descriptor });
    const into = new Uint8Array(8);
    await source.read({ x: 3, y: 1, width: 1, height: 2 }, into, 4);
    expect([...into.subarray(0, 4)]).toEqual(expected);
    expect(reads).toMatchObject([{ resourceId: 7, box: { x: 3, y: 1, w: 1, h: 2 }, stride: 4 }]);
  });

  test('of another format is refused', () => {
    const source = new ResourceSource({ label: 'x' });
    const descriptor = { format: Format.R16G16B16A16_FLOAT, width: 1, height: 1 };
    expect(() => source.show({ id: 1, host: new NullHost(), descriptor })).toThrow(
      /expected red, green, blue and a fourth channel of 8 bits for format but received "R16G16B16A16_FLOAT"/,
    );
  });

  test('that is gone is read no more', async () => {
    const { host, reads } = hostWith(numbered(1, 1));
    const source = new ResourceSource({ label: 'x' });
    const { heard, listener } = listening();
    source.subscribe(listener);
    source.show({ id: 1, host, descriptor: { format: Format.R8G8B8A8_UNORM, width: 1, height: 1 } });
    source.changed();
    source.show(undefined);
    await source.read({ x: 0, y: 0, width: 1, height: 1 }, new Uint8Array(4), 4);
    expect({ heard, reads, size: source.size }).toEqual({
      heard: ['resized', 'damaged 0,0 1x1', 'resized'],
      reads: [],
      size: { width: 0, height: 0 },
    });
  });
});
