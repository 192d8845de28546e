// Viewers that say anything: nothing that they send ends more than their connection. VIRGL_RFB_FUZZ=100000 sends that many messages.

import { connect } from './support/connect';
import { PICTURES, randomNumbers } from './support/pictures';
import { FORMATS, type TestFormat } from './support/test-format';
import { TestPattern } from './support/test-pattern';
import { CLIENT, PSEUDO } from './support/test-viewer';
import { Display } from 'virgl/display';

const MESSAGES = Number(process.env.VIRGL_RFB_FUZZ ?? 1500);
const PER_CONNECTION = 25;
const SEED = 20260101;
const ENCODINGS = [0, 1, 6, 7, 16, -260, -32, -23, -256, -247, -512, -412, -768, ...Object.values(PSEUDO)];

const CURSOR = { width: 1, height: 1, hotX: 0, hotY: 0, x: 0, y: 0 };

jest.setTimeout(MESSAGES * 20 + 30_000);

type Random = () => number;

const integer = (random: Random, most: number): number => Math.floor(random() * (most + 1));
const pick = <T>(random: Random, values: readonly T[]): T => values[integer(random, values.length - 1)] as T;
const bytes = (random: Random, most: number): Buffer =>
  Buffer.from(Array.from({ length: integer(random, most) }, () => integer(random, 255)));
/** Mostly in the picture, sometimes anywhere. */
const side = (random: Random): number => (random() < 0.8 ? integer(random, 80) : integer(random, 65535));

/** Good messages, to be spoilt. */
const MAKERS: readonly ((random: Random) => Buffer)[] = [
  (random) => CLIENT.setPixelFormat(pick(random, Object.values(FORMATS)) as TestFormat),
  (random) => CLIENT.setEncodings(Array.from({ length: integer(random, 12) }, () => pick(random, ENCODINGS))),
  (random) => CLIENT.request(random() < 0.5, side(random), side(random), side(random), side(random)),
  () => CLIENT.request(false, 0, 0, 64, 48),
  (random) => CLIENT.key(integer(random, 0xffffff), random() < 0.5),
  (random) => CLIENT.qemuKey(integer(random, 0xffff), integer(random, 255), random() < 0.5),
  (random) => CLIENT.pointer(side(random), side(random), integer(random, 255)),
  (random) => CLIENT.cutText(bytes(random, 300)),
  (random) => CLIENT.extendedCutText(bytes(random, 300)),
  (random) =>
    CLIENT.continuousUpdates(random() < 0.7, side(random), side(random), side(random), side(random)),
  (random) => CLIENT.fence(integer(random, 2 ** 32 - 1), bytes(random, 64)),
  (random) => CLIENT.setDesktopSize(side(random), side(random)),
];

const mutate = (random: Random, message: Buffer): Buffer => {
  const copy = Buffer.from(message);
  const kind = random();
  if (kind < 0.4) return copy;
  if (kind < 0.75) {
    for (let count = integer(random, 3); count >= 0; count--)
      copy[integer(random, copy.length - 1)] = integer(random, 255);
    return copy;
  }
  if (kind < 0.85) return copy.subarray(0, integer(random, copy.length));
  return Buffer.concat([copy, bytes(random, 20)]);
};

test(`${MESSAGES} messages, many of them spoilt`, async () => {
  const random = randomNumbers(SEED);
  const source = new TestPattern(64, 48, PICTURES.desktop);
  source.requestSize = (width, height) => {
    if (width * height < 10_000) source.resize(width, height, PICTURES.twelve);
  };
  using display = new Display(source, { encoderThreads: 0 });
  const kinds = new Map<string, number>();
  for (let sent = 0; sent < MESSAGES; sent += PER_CONNECTION) {
    const { viewer, ended } = connect(display, { limits: { maxFramesPerSecond: 1000 } });
    viewer.stream.resume();
    if (random() < 0.9) viewer.send(Buffer.from('RFB 003.008\n\x01\x01'));
    for (let index = 0; index < PER_CONNECTION; index++) {
      viewer.send(mutate(random, pick(random, MAKERS)(random)));
      if (random() < 0.2)
        source.paint({ x: 3, y: 3, width: 20, height: 20 }, () => integer(random, 0xffffff));
      if (random() < 0.1)
        source.setCursor({ ...CURSOR, pixels: Buffer.alloc(4, index), visible: random() < 0.5 });
    }
    await new Promise((resolve) => setImmediate(resolve));
    viewer.stream.end();
    const { kind, reason } = await ended;
    if (kind === 'failed') throw new Error(reason);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  expect([...kinds.keys()].sort()).toEqual(['left', 'protocol']);
  expect(display.viewers).toBe(0);
  expect(source.listeners.size).toBe(0);
});
