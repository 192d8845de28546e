// One read-back for everybody, as long as it shows what is there.

import { SharedReads } from '../../lib/vhost-user/scanout/shared-reads';

const RECT = { x: 0, y: 0, width: 2, height: 2 };
const ROW_BYTES = 8;

/** A display whose pixels are all the number of the read. */
const counted = () => {
  let count = 0;
  const reads = new SharedReads(async (_index, { width, height }, into, strideBytes) => {
    count += 1;
    const number = count;
    await Promise.resolve();
    for (let row = 0; row < height; row += 1)
      into.fill(number, row * strideBytes, row * strideBytes + width * 4);
  });
  return { reads, count: () => count };
};

describe('reads of a display', () => {
  test('at the same time are one, whatever their strides', async () => {
    const { reads, count } = counted();
    const [tight, loose] = [new Uint8Array(2 * ROW_BYTES), new Uint8Array(32)];
    await Promise.all([reads.read(0, RECT, tight, ROW_BYTES), reads.read(0, RECT, loose, 16)]);
    expect(count()).toBe(1);
    expect([...tight]).toEqual(Array(16).fill(1));
    expect([...loose]).toEqual([
      ...Array(8).fill(1),
      ...Array(8).fill(0),
      ...Array(8).fill(1),
      ...Array(8).fill(0),
    ]);
  });

  test.each([
    ['the display has changed', (reads: SharedReads) => reads.damaged(0), RECT, 0],
    ['it shows something else', (reads: SharedReads) => reads.shown(0), RECT, 0],
    ['it is another rectangle', () => undefined, { ...RECT, width: 1 }, 0],
    ['it is another display', () => undefined, RECT, 1],
  ])('are done again where %s', async (_name, happen, rect, index) => {
    const { reads, count } = counted();
    const [first, second] = [new Uint8Array(16), new Uint8Array(16)];
    const begun = reads.read(0, RECT, first, ROW_BYTES);
    happen(reads);
    await Promise.all([begun, reads.read(index, rect, second, ROW_BYTES)]);
    expect(count()).toBe(2);
    expect(second[0]).toBe(2);
  });

  test('that wait see a change that comes meanwhile', async () => {
    const { reads, count } = counted();
    const waiting = [reads.read(0, RECT, new Uint8Array(16), ROW_BYTES)];
    const late = new Uint8Array(16);
    waiting.push(reads.read(0, RECT, late, ROW_BYTES));
    reads.damaged(0);
    await Promise.all(waiting);
    expect([count(), late[0]]).toEqual([2, 2]);
  });

  test('that fail are not remembered', async () => {
    let isBroken = true;
    const reads = new SharedReads(async () => {
      if (isBroken) throw new Error('no');
    });
    await expect(reads.read(0, RECT, new Uint8Array(16), ROW_BYTES)).rejects.toThrow('no');
    isBroken = false;
    await reads.read(0, RECT, new Uint8Array(16), ROW_BYTES);
  });
});
