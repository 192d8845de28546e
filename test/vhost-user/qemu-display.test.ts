// What QEMU is shown, and when: against an end of the display socket that answers late, reads late, or goes.

import { UnixSocket } from '../../lib/host';
import { QemuDisplay } from '../../lib/vhost-user/display/qemu-display';
import type { Cursor, Rect } from '../../lib/virtio-gpu';
import { FakeDisplay } from '../guest/fake-driver/fake-display';

const SIZE = { width: 8, height: 4 };
const RATE_HZ = 50;
const INTERVAL_MS = 20;

class Setup implements Disposable {
  readonly reads: Rect[] = [];
  readonly warnings: string[] = [];
  /** Lets read-backs go on. */
  readonly going: (() => void)[] = [];
  holds = false;
  fails = false;
  readonly display = new QemuDisplay({
    scanouts: 2,
    rateHz: RATE_HZ,
    read: async (index, rect, into) => {
      this.reads.push(rect);
      if (this.holds) await new Promise<void>((resolve) => this.going.push(resolve));
      if (this.fails) throw new Error('no pixels');
      into.fill(index + 1);
    },
    warn: (message) => this.warnings.push(message),
  });
  qemu = this.connect();

  connect(): FakeDisplay {
    const qemu = new FakeDisplay();
    this.display.connect(qemu.theirs.duplicateFd());
    qemu.theirs.close();
    this.qemu = qemu;
    return qemu;
  }

  /** One turn at this time; what QEMU was shown by then. */
  async turn(nowMs: number): Promise<string[]> {
    this.display.turn(nowMs);
    await new Promise((resolve) => setImmediate(resolve));
    this.qemu.receive();
    return this.qemu.messages.splice(0).map(({ name, words }) => `${name} ${words.join()}`);
  }

  [Symbol.dispose](): void {
    this.display[Symbol.dispose]();
    this.qemu[Symbol.dispose]();
  }
}

const cursor = (changes: Partial<Cursor> = {}): Cursor => ({
  resourceId: 1,
  width: 64,
  height: 64,
  pixels: new Uint8Array(64 * 64 * 4).fill(9),
  hotX: 3,
  hotY: 4,
  x: 10,
  y: 20,
  visible: true,
  ...changes,
});

test('a size is told before pixels, and only when it is another one', async () => {
  using setup = new Setup();
  const { display } = setup;
  expect(await setup.turn(0)).toEqual([]);
  display.damaged(0, { x: 0, y: 0, width: 8, height: 4 });
  expect(await setup.turn(0)).toEqual([]);
  display.shown(0, SIZE);
  expect(await setup.turn(0)).toEqual(['SCANOUT 0,8,4', 'UPDATE 0,0,0,8,4']);
  display.shown(0, { ...SIZE });
  display.damaged(0, { x: 2, y: 1, width: 3, height: 2 });
  expect(await setup.turn(INTERVAL_MS)).toEqual(['UPDATE 0,2,1,3,2']);
  display.shown(0, undefined);
  expect(await setup.turn(2 * INTERVAL_MS)).toEqual(['SCANOUT 0,0,0']);
  display.damaged(0, { x: 0, y: 0, width: 1, height: 1 });
  expect(await setup.turn(3 * INTERVAL_MS)).toEqual([]);
});

test('pixels are told at the rate of the display, all changes in one', async () => {
  using setup = new Setup();
  const { display } = setup;
  display.shown(1, SIZE);
  expect(await setup.turn(100)).toEqual(['SCANOUT 1,8,4', 'UPDATE 1,0,0,8,4']);
  for (let x = 0; x < 4; x += 1) display.damaged(1, { x, y: 1, width: 1, height: 1 });
  expect(display.nextMs()).toBe(100 + INTERVAL_MS);
  expect(await setup.turn(100 + INTERVAL_MS - 1)).toEqual([]);
  expect(await setup.turn(100 + INTERVAL_MS)).toEqual(['UPDATE 1,0,1,4,1']);
  expect(display.nextMs()).toBe(Infinity);
  expect(setup.reads).toHaveLength(2);
});

test('what lies outside of the display is cut off', async () => {
  using setup = new Setup();
  setup.display.shown(0, SIZE);
  await setup.turn(0);
  setup.display.damaged(0, { x: 6, y: 3, width: 100, height: 100 });
  setup.display.damaged(0, { x: 8, y: 0, width: 1, height: 1 });
  expect(await setup.turn(INTERVAL_MS)).toEqual(['UPDATE 0,6,3,2,1']);
});

test('a size that changes while pixels are read is told before them', async () => {
  using setup = new Setup();
  setup.holds = true;
  setup.display.shown(0, SIZE);
  expect(await setup.turn(0)).toEqual(['SCANOUT 0,8,4']);
  setup.display.shown(0, { width: 4, height: 4 });
  setup.holds = false;
  setup.going[0]();
  await new Promise((resolve) => setImmediate(resolve));
  expect(await setup.turn(INTERVAL_MS)).toEqual(['SCANOUT 0,4,4', 'UPDATE 0,0,0,4,4']);
});

test('what can not be read is said, and tried again with the next change', async () => {
  using setup = new Setup();
  setup.fails = true;
  setup.display.shown(0, SIZE);
  expect(await setup.turn(0)).toEqual(['SCANOUT 0,8,4']);
  expect(setup.warnings).toEqual(['display 0 could not be read: no pixels']);
  setup.fails = false;
  setup.display.damaged(0, { x: 0, y: 0, width: 1, height: 1 });
  expect(await setup.turn(INTERVAL_MS)).toEqual(['UPDATE 0,0,0,1,1']);
});

test('cursors', async () => {
  using setup = new Setup();
  const { display } = setup;
  display.cursorMoved(0, { x: 1, y: 1 });
  expect(await setup.turn(0)).toEqual([]);
  display.cursorChanged(0, cursor());
  expect(await setup.turn(0)).toEqual(['CURSOR_UPDATE 0,10,20,3,4']);
  for (let x = 0; x < 5; x += 1) display.cursorMoved(0, { x, y: 7 });
  display.cursorMoved(0, { x: -3, y: 7 });
  expect(await setup.turn(0)).toEqual(['CURSOR_POS 0,0,7']);
  display.cursorChanged(0, cursor({ visible: false }));
  expect(await setup.turn(0)).toEqual(['CURSOR_POS_HIDE 0,10,20']);
  display.cursorChanged(0, cursor({ width: 2, height: 2, pixels: new Uint8Array(16).fill(5) }));
  display.turn(0);
  const { payload } = await setup.qemu.until(({ name }) => name === 'CURSOR_UPDATE');
  expect(payload.subarray(20).filter((byte) => byte === 5)).toHaveLength(16);
  expect([...payload.subarray(20, 30)]).toEqual([5, 5, 5, 5, 5, 5, 5, 5, 0, 0]);
});

test('a QEMU that does not read is not waited for, and sees the last state', async () => {
  using setup = new Setup();
  const { display, qemu } = setup;
  const large = { width: 2048, height: 2048 };
  display.shown(0, large);
  display.turn(0);
  await new Promise((resolve) => setImmediate(resolve));
  // The socket holds less than a frame.
  expect(display.writeFds()).toHaveLength(1);
  expect(display.nextMs()).toBe(Infinity);
  const { length } = setup.reads;
  for (let now = 1; now < 50; now += 1) {
    display.damaged(0, { x: now, y: 0, width: 1, height: 1 });
    display.turn(now * INTERVAL_MS);
  }
  expect(setup.reads).toHaveLength(length);
  const shown: string[] = [];
  for (let tries = 0; tries < 200 && shown.length < 3; tries += 1) {
    qemu.receive();
    display.turn(10_000);
    await new Promise((resolve) => setImmediate(resolve));
    shown.push(...qemu.messages.splice(0).map(({ name, words }) => `${name} ${words.join()}`));
  }
  expect(shown).toEqual(['SCANOUT 0,2048,2048', 'UPDATE 0,0,0,2048,2048', 'UPDATE 0,1,0,49,1']);
});

test('a new socket is shown everything anew', async () => {
  using setup = new Setup();
  setup.display.shown(0, SIZE);
  setup.display.cursorChanged(0, cursor());
  await setup.turn(0);
  setup.qemu[Symbol.dispose]();
  expect(await setup.turn(1).catch(() => [])).toEqual([]);
  expect(setup.display.readFds()).toEqual([]);
  setup.connect();
  expect(await setup.turn(2)).toEqual(['SCANOUT 0,8,4', 'CURSOR_UPDATE 0,10,20,3,4', 'UPDATE 0,0,0,8,4']);
});

describe('questions', () => {
  test('are answered when QEMU answers; several at once are one', async () => {
    using setup = new Setup();
    setup.qemu.answers = false;
    const asked = [setup.display.modes(), setup.display.modes()];
    await setup.turn(0);
    setup.qemu.answer();
    await setup.turn(0);
    const [modes, same] = await Promise.all(asked);
    expect(modes?.[0]).toMatchObject({ rect: { width: 640, height: 480 }, enabled: true });
    expect(same).toBe(modes);
  });

  test('end with QEMU', async () => {
    using setup = new Setup();
    setup.qemu.answers = false;
    const asked = setup.display.modes();
    setup.qemu.socket.close();
    setup.display.turn(0);
    await expect(asked).resolves.toBeUndefined();
    await expect(setup.display.modes()).resolves.toBeUndefined();
  });

  test.each([
    {
      what: 'an answer that nobody asked for',
      words: [3, 4, 408],
      message: 'expected the answer to GET_PROTOCOL_FEATURES from QEMU',
    },
    {
      what: 'an answer of another size',
      words: [1, 4, 9],
      message: 'expected 8 bytes for the answer to GET_PROTOCOL_FEATURES but received 9',
    },
    {
      what: 'something that is no answer',
      words: [1, 0, 8],
      message: 'expected the answer to GET_PROTOCOL_FEATURES from QEMU',
    },
  ])('$what ends the display, with a word', async ({ words, message }) => {
    using setup = new Setup();
    setup.qemu.socket.sendSync(new Uint8Array(Uint32Array.from(words).buffer));
    setup.display.turn(0);
    expect(setup.warnings).toEqual([`display socket: ${message}`]);
    expect(setup.display.readFds()).toEqual([]);
  });
});

test('a descriptor that is no socket is closed', () => {
  using setup = new Setup();
  const [near, far] = UnixSocket.pair('stream');
  const fd = near.duplicateFd();
  near.close();
  far.close();
  setup.display.connect(fd);
  expect(fd.closed).toBe(true);
});
