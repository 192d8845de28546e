// GuestScreens: frames are read no quicker than anybody needs them.

import type { UnixSocket } from '../../lib/host';
import {
  decodeFrameMessage,
  encodeFrameMessage,
  type ViewerMessage,
} from '../../lib/vhost-user/scanout/frame-messages';
import { GuestScreens } from '../../lib/vhost-user/scanout/guest-screens';

const REST_MS = 80;
const FRAME = encodeFrameMessage({ type: 'frame', index: 0, x: 0, y: 0, width: 8, height: 8 });

let screens: GuestScreens;
/** The session process's end. */
let session: UnixSocket;
beforeEach(() => {
  screens = new GuestScreens('guest 1', 1, () => undefined);
  session = screens.theirs;
});
afterEach(() => screens.close());

const receive = async (): Promise<ViewerMessage> => {
  const bytes = new Uint8Array(256);
  const length = await session.receive(bytes);
  return decodeFrameMessage<ViewerMessage>(bytes.subarray(0, length));
};

/** How long a frame waits until the next one may be read. */
const takenAfterMs = async (): Promise<number> => {
  const sentMs = performance.now();
  await session.send(FRAME);
  expect(await receive()).toEqual({ type: 'taken', index: 0 });
  return performance.now() - sentMs;
};

const watch = async (listener: { restMs?: () => number; damaged?: () => void }): Promise<() => void> => {
  const stop = screens.screens[0]?.subscribe(listener) ?? (() => undefined);
  expect(await receive()).toEqual({ type: 'watch', index: 0, on: true });
  return stop;
};

const watchAgain = async (stop: () => void): Promise<() => void> => {
  stop();
  expect(await receive()).toEqual({ type: 'watch', index: 0, on: false });
  return watch({ restMs: () => 600_000 });
};

it('takes a frame at once where somebody needs the next one', async () => {
  await watch({});
  screens.screens[0]?.subscribe({ restMs: () => 600_000 });
  expect(screens.screens[0]?.restMs()).toBe(0);
  await takenAfterMs();
});

it('rests where all leave frames out', async () => {
  let seen = 0;
  await watch({ restMs: () => REST_MS, damaged: () => void (seen += 1) });
  expect(await takenAfterMs()).toBeGreaterThanOrEqual(REST_MS);
  expect(seen).toBe(1);
});

it('rests no longer than until somebody types, or nobody looks', async () => {
  let restMs = 600_000;
  const stop = await watch({ restMs: () => restMs, damaged: () => setTimeout(() => (restMs = 0), 20) });
  await takenAfterMs();
  restMs = 600_000;
  const leaves = await watchAgain(stop);
  setTimeout(leaves, 20);
  await session.send(FRAME);
  expect([await receive(), await receive()]).toEqual(
    expect.arrayContaining([
      { type: 'watch', index: 0, on: false },
      { type: 'taken', index: 0 },
    ]),
  );
});
