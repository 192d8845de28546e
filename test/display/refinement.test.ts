// What was sent as JPEG is sent once more without losses when it is still.

import { withViewer } from './support/connect';
import { PICTURES } from './support/pictures';
import { type Painter, TestPattern } from './support/test-pattern';
import { CLIENT, PSEUDO, TestViewer } from './support/test-viewer';

const TIGHT = 7;
const TIGHT_PNG = -260;
const COPY_RECT = 1;
const QUALITY_6 = -26;
const WIDTH = 320;
/** So high that it takes more than one part. */
const HEIGHT = 260;
const ALL = { x: 0, y: 0, width: WIDTH, height: HEIGHT };
const PHOTOGRAPH = PICTURES.photograph as Painter;
/** By how much something is scrolled: what is below stays as it was. */
const ROWS = 64;
/** Longer than anything waits before it is sent again. */
const LIMIT_MS = 4000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const isExact = (viewer: TestViewer, source: TestPattern, { x, y, width, height } = ALL): boolean => {
  for (let row = y; row < y + height; row += 1)
    for (let column = x; column < x + width; column += 1)
      if (((source.pixels[row * WIDTH + column] as number) & 0xffffff) !== viewer.canvas.get(column, row))
        return false;
  return true;
};

const startLooking = async (viewer: TestViewer, encodings: readonly number[]): Promise<void> => {
  viewer.send(CLIENT.setEncodings([...encodings, QUALITY_6, PSEUDO.fence, PSEUDO.continuousUpdates]));
  await viewer.next('endOfContinuousUpdates');
  viewer.send(CLIENT.continuousUpdates(true, 0, 0, WIDTH, HEIGHT));
  await viewer.update();
};

/** Looks until that is so; returns how long it took. */
const lookUntil = async (viewer: TestViewer, isSo: () => boolean): Promise<number> => {
  const began = performance.now();
  while (!isSo()) {
    if (performance.now() - began > LIMIT_MS) throw new Error('it stays inexact');
    await viewer.update();
  }
  return performance.now() - began;
};

/** How many bytes come in a while. */
const receivedIn = async (viewer: TestViewer, ms: number): Promise<number> => {
  const before = viewer.bytes.received;
  void viewer.update().catch(() => undefined);
  await pause(ms);
  return viewer.bytes.received - before;
};

describe.each([
  ['Tight', TIGHT],
  ['TightPNG', TIGHT_PNG],
])('%s', (_name, encoding) => {
  test('a photograph gets exact after half a second, and then nothing more comes', async () => {
    const source = new TestPattern(WIDTH, HEIGHT, PHOTOGRAPH);
    await withViewer(source, async ({ viewer }) => {
      await startLooking(viewer, [encoding]);
      expect(isExact(viewer, source)).toBe(false);
      const took = await lookUntil(viewer, () => isExact(viewer, source));
      expect(took).toBeGreaterThan(400);
      expect(await receivedIn(viewer, 1200)).toBe(0);
    });
  });
});

test('what moves stays JPEG, and what is still beside it gets exact', async () => {
  const source = new TestPattern(WIDTH, HEIGHT, PHOTOGRAPH);
  const moving = { x: 0, y: 0, width: WIDTH, height: 64 };
  const still = { x: 0, y: 64, width: WIDTH, height: HEIGHT - 64 };
  await withViewer(source, async ({ viewer }) => {
    await startLooking(viewer, [TIGHT]);
    let shift = 0;
    const timer = setInterval(() => {
      shift += 1;
      source.paint(moving, (x, y) => PHOTOGRAPH(x + shift, y));
    }, 10);
    await lookUntil(viewer, () => isExact(viewer, source, still));
    expect(isExact(viewer, source, moving)).toBe(false);
    clearInterval(timer);
    await lookUntil(viewer, () => isExact(viewer, source));
  });
});

test('a viewer that asks for each update gets it as an answer', async () => {
  const source = new TestPattern(WIDTH, HEIGHT, PHOTOGRAPH);
  await withViewer(source, async ({ viewer }) => {
    viewer.send(CLIENT.setEncodings([TIGHT, QUALITY_6]));
    await viewer.refresh();
    expect(isExact(viewer, source)).toBe(false);
    for (let answers = 0; !isExact(viewer, source); answers += 1) {
      expect(answers).toBeLessThan(8);
      await viewer.refresh(true);
    }
  });
});

test('losses that were copied get exact where they are now', async () => {
  const source = new TestPattern(WIDTH, HEIGHT, PHOTOGRAPH);
  await withViewer(source, async ({ viewer }) => {
    await startLooking(viewer, [TIGHT, COPY_RECT]);
    source.pixels.copyWithin(0, WIDTH * ROWS);
    const to = { x: 0, y: 0, width: WIDTH, height: HEIGHT - ROWS };
    source.tell((listener) => listener.copied?.({ x: 0, y: ROWS }, to));
    await viewer.update();
    expect(isExact(viewer, source)).toBe(false);
    await lookUntil(viewer, () => isExact(viewer, source));
  });
});

test('what was sent without losses is not sent again', async () => {
  const source = new TestPattern(WIDTH, HEIGHT, PICTURES.text);
  await withViewer(source, async ({ viewer }) => {
    await startLooking(viewer, [TIGHT]);
    expect(isExact(viewer, source)).toBe(true);
    expect(await receivedIn(viewer, 1200)).toBe(0);
  });
});
