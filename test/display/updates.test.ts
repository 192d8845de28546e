// When and what a viewer is sent: requests, continuous updates, fences, sizes, pointers, copies.

import { type Connected, connect, withViewer } from './support/connect';
import { PICTURES } from './support/pictures';
import { TestPattern } from './support/test-pattern';
import { CLIENT, PSEUDO, type PseudoRect, TestViewer } from './support/test-viewer';
import { Display } from 'virgl/display';

const RAW = 0;
const COPY_RECT = 1;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Whether a promise settles soon. */
const comes = async (promise: Promise<unknown>, withinMs = 60): Promise<boolean> =>
  Promise.race([promise.then(() => true), pause(withinMs).then(() => false)]);

const seesAll = (viewer: TestViewer, source: TestPattern): boolean =>
  source.pixels.every((pixel, index) => (pixel & 0xffffff) === viewer.canvas.pixels[index]);

const patternOf = (): TestPattern => new TestPattern(64, 48, PICTURES.twelve);

const findRect = (pseudo: PseudoRect[], encoding: number): PseudoRect | undefined =>
  pseudo.find((rect) => rect.encoding === encoding);

test('an incremental request is answered when something changes, and only with that', async () => {
  const source = patternOf();
  await withViewer(source, async ({ viewer }) => {
    await viewer.refresh();
    const received = viewer.bytes.received;
    const next = viewer.refresh(true);
    expect(await comes(next)).toBe(false);
    source.paint({ x: 10, y: 10, width: 4, height: 3 }, () => 0xff00ff);
    await next;
    expect(seesAll(viewer, source)).toBe(true);
    expect(viewer.bytes.received - received).toBe(4 + 12 + 4 * 3 * 4);
  });
});

test('without a request nothing is read', async () => {
  const source = patternOf();
  await withViewer(source, async ({ viewer }) => {
    expect(source.reads).toBe(0);
    await viewer.refresh();
    const { reads } = source;
    for (let index = 0; index < 50; index++)
      source.paint({ x: index, y: 0, width: 1, height: 48 }, () => index);
    await pause(10);
    expect(source.reads).toBe(reads);
    await viewer.refresh(true);
    expect(seesAll(viewer, source)).toBe(true);
  });
});

test('nobody looks: the source is not listened to', async () => {
  const source = patternOf();
  using display = new Display(source, { encoderThreads: 0 });
  expect(source.listeners.size).toBe(0);
  const { viewer, ended } = connect(display);
  await viewer.open();
  await viewer.refresh();
  expect(source.listeners.size).toBe(1);
  viewer.stream.end();
  expect(await ended).toMatchObject({ kind: 'left', frames: 1, access: 'control' });
  expect(source.listeners.size).toBe(0);
});

test('continuous updates come by themselves, and end with a word', async () => {
  const source = patternOf();
  await withViewer(source, async ({ viewer }) => {
    viewer.send(CLIENT.setEncodings([RAW, PSEUDO.fence, PSEUDO.continuousUpdates]));
    await viewer.next('endOfContinuousUpdates');
    viewer.send(CLIENT.continuousUpdates(true, 0, 0, 64, 48));
    await viewer.update();
    for (let index = 0; index < 5; index++) {
      source.paint({ x: 0, y: 0, width: 64, height: 48 }, (x, y) => x * y * (index + 1));
      await viewer.update();
      expect(seesAll(viewer, source)).toBe(true);
    }
    viewer.send(CLIENT.continuousUpdates(false, 0, 0, 0, 0));
    await viewer.next('endOfContinuousUpdates');
    source.paint({ x: 0, y: 0, width: 1, height: 1 }, () => 1);
    expect(await comes(viewer.update())).toBe(false);
  });
});

test('a viewer that answers no fences gets few frames; what it missed comes in one', async () => {
  const source = patternOf();
  await withViewer(source, async ({ viewer }) => {
    viewer.answersFences = false;
    viewer.send(CLIENT.setEncodings([RAW, PSEUDO.fence, PSEUDO.continuousUpdates]));
    viewer.send(CLIENT.continuousUpdates(true, 0, 0, 64, 48));
    const fences: Buffer[] = [];
    let updates = 0;
    const listen = (async () => {
      for (;;) {
        const message = await viewer.message();
        if (message.type === 'update') updates += 1;
        if (message.type === 'fence' && message.payload.length > 0) fences.push(message.payload);
      }
    })().catch(() => undefined);
    for (let index = 0; index < 10; index++) {
      await pause(20);
      source.paint({ x: 0, y: 0, width: 64, height: 48 }, (x, y) => x + y + index);
    }
    await pause(30);
    expect(updates).toBe(2);
    expect(seesAll(viewer, source)).toBe(false);
    for (const payload of fences.splice(0)) viewer.send(CLIENT.fence(0, payload));
    await pause(50);
    expect(updates).toBe(3);
    expect(seesAll(viewer, source)).toBe(true);
    void listen;
  });
});

test('a viewer that reads nothing costs the others and the source nothing', async () => {
  const source = new TestPattern(512, 512, PICTURES.noise);
  using display = new Display(source, { encoderThreads: 0 });
  const slow = connect(display);
  const quick = connect(display);
  await slow.viewer.open();
  await quick.viewer.open();
  for (const { viewer } of [slow, quick]) viewer.send(CLIENT.setEncodings([RAW, PSEUDO.continuousUpdates]));
  for (const { viewer } of [slow, quick]) viewer.send(CLIENT.continuousUpdates(true, 0, 0, 512, 512));
  for (let index = 0; index < 20; index++) {
    source.paint({ x: 0, y: 0, width: 512, height: 64 }, () => index);
    await quick.viewer.update();
    expect(quick.viewer.canvas.get(3, 3)).toBe(index);
  }
  for (const { viewer } of [slow, quick]) viewer.stream.end();
  const [slowEnd, quickEnd] = [await ending(slow), await ending(quick)];
  expect(slowEnd.frames).toBeLessThanOrEqual(2);
  expect(quickEnd.frames).toBeGreaterThanOrEqual(20);
});

const ending = async ({ ended, viewer }: Connected) => {
  viewer.stream.resume();
  return ended;
};

test('no more frames a second than agreed', async () => {
  const source = patternOf();
  await withViewer(
    source,
    async ({ viewer }) => {
      const began = performance.now();
      for (let index = 0; index < 10; index++) await viewer.refresh();
      expect(performance.now() - began).toBeGreaterThan(75);
    },
    { limits: { maxFramesPerSecond: 100 } },
  );
});

describe('sizes', () => {
  test('a viewer that can is told, and sees the new picture', async () => {
    const source = patternOf();
    await withViewer(source, async ({ viewer }) => {
      viewer.send(CLIENT.setEncodings([RAW, PSEUDO.desktopSize]));
      await viewer.refresh();
      source.resize(100, 30, PICTURES.text);
      await viewer.refresh(true);
      expect([viewer.canvas.width, viewer.canvas.height]).toEqual([100, 30]);
      await viewer.refresh(true);
      expect(seesAll(viewer, source)).toBe(true);
    });
  });

  test('continuous updates go on at the new size', async () => {
    const source = patternOf();
    await withViewer(source, async ({ viewer }) => {
      viewer.send(
        CLIENT.setEncodings([RAW, PSEUDO.extendedDesktopSize, PSEUDO.continuousUpdates]),
        CLIENT.continuousUpdates(true, 0, 0, 64, 48),
      );
      const first = await viewer.update();
      expect(findRect(first.pseudo, PSEUDO.extendedDesktopSize)).toMatchObject({ x: 0, y: 0, width: 64 });
      await viewer.update();
      source.resize(80, 90, PICTURES.text);
      await viewer.update();
      await viewer.update();
      expect([viewer.canvas.width, viewer.canvas.height]).toEqual([80, 90]);
      expect(seesAll(viewer, source)).toBe(true);
    });
  });

  test('a viewer that knows one size only sees its part, and black beside the picture', async () => {
    const source = patternOf();
    await withViewer(source, async ({ viewer }) => {
      await viewer.refresh();
      source.resize(32, 200, () => 0xffffff);
      await viewer.refresh(true);
      expect(viewer.canvas.get(31, 47)).toBe(0xffffff);
      expect(viewer.canvas.get(32, 0)).toBe(0);
    });
  });

  test.each([
    ['done', 70, 50, undefined, (source: TestPattern) => source.resize.bind(source), 0],
    ['prohibited', 70, 50, undefined, () => undefined, 1],
    ['invalid', 70, 50, [], (source: TestPattern) => source.resize.bind(source), 3],
    ['invalid', 0, 50, undefined, (source: TestPattern) => source.resize.bind(source), 3],
    ['out of resources', 40000, 50, undefined, (source: TestPattern) => source.resize.bind(source), 2],
  ] as const)('a wish for another size is %s', async (answer, width, height, screens, follow, status) => {
    const source = patternOf();
    source.requestSize = follow(source);
    await withViewer(source, async ({ viewer, events }) => {
      viewer.send(CLIENT.setEncodings([RAW, PSEUDO.extendedDesktopSize]));
      await viewer.refresh();
      viewer.send(CLIENT.setDesktopSize(width, height, screens as number[][] | undefined));
      viewer.send(CLIENT.request(true, 0, 0, 64, 48));
      for (;;) {
        const { pseudo } = await viewer.update();
        const rect = findRect(pseudo, PSEUDO.extendedDesktopSize);
        viewer.send(CLIENT.request(true, 0, 0, 64, 48));
        if (rect?.x !== 1) continue;
        expect(rect.y).toBe(status);
        break;
      }
      expect(events).toContainEqual({ event: 'resize', width, height, answer });
    });
  });

  test('a display that is off is black', async () => {
    const source = new TestPattern(0, 0);
    await withViewer(source, async ({ viewer }) => {
      await viewer.refresh();
      expect([viewer.canvas.width, viewer.canvas.height]).toEqual([640, 480]);
      expect(viewer.canvas.pixels.every((colour) => colour === 0)).toBe(true);
    });
  });
});

describe('pointers', () => {
  const cursor = {
    width: 2,
    height: 1,
    hotX: 1,
    hotY: 0,
    // Blue at half, red in full.
    pixels: Uint8Array.of(200, 0, 0, 100, 0, 0, 255, 255),
    x: 0,
    y: 0,
    visible: true,
  };
  const bodyOf = async (encoding: number): Promise<PseudoRect> => {
    const source = patternOf();
    source.cursor = cursor;
    let found: PseudoRect | undefined;
    await withViewer(source, async ({ viewer }) => {
      viewer.send(CLIENT.setEncodings([RAW, encoding]));
      found = findRect((await viewer.refresh()).pseudo, encoding);
      const moved = viewer.refresh(true);
      source.setCursor({ ...cursor, x: 7 });
      expect(await comes(moved, 20)).toBe(false);
      source.setCursor({ ...cursor, visible: false });
      expect(findRect((await moved).pseudo, encoding)).toMatchObject({ width: 0, height: 0 });
    });
    return found as PseudoRect;
  };

  test.each([
    ['Cursor', PSEUDO.cursor, [200, 0, 0, 100, 0, 0, 255, 255, 0b01000000]],
    ['CursorWithAlpha', PSEUDO.cursorWithAlpha, [0, 0, 0, 0, 0, 0, 78, 100, 255, 0, 0, 255]],
    ['VMware', PSEUDO.vmwareCursor, [1, 0, 0, 0, 200, 100, 255, 0, 0, 255]],
  ])('as %s', async (_name, encoding, body) => {
    const rect = await bodyOf(encoding);
    expect(rect).toMatchObject({ x: 1, y: 0, width: 2, height: 1 });
    expect([...rect.body]).toEqual(body);
  });
});

test('what moved is copied, unless the viewer is behind', async () => {
  const source = patternOf();
  const scroll = (): void => {
    source.pixels.copyWithin(0, 64 * 8);
    source.tell((listener) => listener.copied?.({ x: 0, y: 8 }, { x: 0, y: 0, width: 64, height: 40 }));
    source.paint({ x: 0, y: 40, width: 64, height: 8 }, PICTURES.text as () => number);
  };
  await withViewer(source, async ({ viewer }) => {
    viewer.send(CLIENT.setEncodings([RAW, COPY_RECT]));
    await viewer.refresh();
    scroll();
    const { rects } = await viewer.refresh(true);
    expect(rects).toBe(2);
    expect(seesAll(viewer, source)).toBe(true);
    source.paint({ x: 5, y: 20, width: 9, height: 9 }, () => 0xff);
    scroll();
    scroll();
    await viewer.refresh(true);
    expect(seesAll(viewer, source)).toBe(true);
  });
});

test('a new name, and extensions that are announced', async () => {
  const source = patternOf();
  await withViewer(source, async ({ viewer }) => {
    expect(viewer.name).toBe('test pattern');
    viewer.send(CLIENT.setEncodings([RAW, PSEUDO.desktopName, PSEUDO.qemuKeys, PSEUDO.mouseButtons]));
    const { pseudo } = await viewer.refresh();
    expect(pseudo.map(({ encoding }) => encoding)).toEqual([PSEUDO.qemuKeys, PSEUDO.mouseButtons]);
    source.label = 'größer';
    source.tell((listener) => listener.labelChanged?.());
    const renamed = await viewer.refresh(true);
    expect(findRect(renamed.pseudo, PSEUDO.desktopName)?.body.toString()).toBe('größer');
  });
});

test('a picture that can not be read for a moment comes later', async () => {
  const source = patternOf();
  const read = source.read.bind(source);
  let failures = 2;
  source.read = (...args) => (failures-- > 0 ? Promise.reject(new Error('gone')) : read(...args));
  await withViewer(source, async ({ viewer }) => {
    await viewer.refresh();
    expect(seesAll(viewer, source)).toBe(true);
  });
});

test('a display that closes ends its viewers', async () => {
  const source = patternOf();
  const display = new Display(source, { encoderThreads: 0 });
  const { viewer, ended } = connect(display);
  await viewer.open();
  source.tell((listener) => listener.closed());
  expect(await ended).toMatchObject({ kind: 'closed', reason: 'the display was closed' });
});
