// Guest memory: regions that come and go, and what lies at which address.

import { countSharedMemories, FileDescriptor } from '../../lib/host';
import { MemoryMap } from '../../lib/vhost-user/memory/memory-map';
import { FakeMemory } from '../guest/fake-driver/fake-memory';
import { openDescriptors } from '../support/sockets';

const PAGE = 4096;
const opened: Disposable[] = [];

const memory = (pages: number, guestAddress: number): FakeMemory => {
  const fake = new FakeMemory(pages * PAGE, guestAddress);
  opened.push(fake);
  return fake;
};

const mapOf = (...memories: FakeMemory[]): MemoryMap => {
  const map = MemoryMap.EMPTY.replaced(
    memories.map(({ region }) => region),
    memories.map((fake) => fake.fd()),
  );
  opened.push({ [Symbol.dispose]: () => map.close() });
  return map;
};

afterEach(() => {
  for (const thing of opened.splice(0)) thing[Symbol.dispose]();
});

test('what is written there is found there', () => {
  const fake = memory(4, 0x10000);
  const map = mapOf(fake);
  map.copyTo(0x10ffe, Uint8Array.of(1, 2, 3, 4));
  expect([...fake.bytesAt(0x10ffe, 4)]).toEqual([1, 2, 3, 4]);
  const copy = new Uint8Array(4);
  map.copyFrom(0x10ffe, copy);
  expect([...copy]).toEqual([1, 2, 3, 4]);
});

test('neighbouring regions are one memory, for buffers but not for rings', () => {
  const low = memory(1, 0x10000);
  const high = memory(1, 0x11000);
  const map = mapOf(high, low);
  const ranges = map.ranges(0x10ff0, 32);
  expect(ranges.map(({ offsetBytes, lengthBytes }) => [offsetBytes, lengthBytes])).toEqual([
    [PAGE - 16, 16],
    [0, 16],
  ]);
  map.copyTo(0x10ffe, Uint8Array.of(1, 2, 3, 4));
  expect([...low.bytesAt(0x10ffe, 2), ...high.bytesAt(0x11000, 2)]).toEqual([1, 2, 3, 4]);
  expect(map.userRange(low.userAddress + 16, 32)).toMatchObject({ offsetBytes: 16, lengthBytes: 32 });
  expect(() => map.userRange(low.userAddress + PAGE - 16, 32)).toThrow('front-end address');
});

test.each([
  { what: 'before the first region', address: 0xffff, length: 1 },
  { what: 'behind the last', address: 0x12000, length: 1 },
  { what: 'into the last', address: 0xfff0, length: 32 },
  { what: 'out of the last', address: 0x11ff0, length: 17 },
  { what: 'of a length that wraps', address: 0x11000, length: 2 ** 53 },
  { what: 'that no machine has', address: 2 ** 60, length: 8 },
])('an address $what is refused by name', ({ address, length }) => {
  const map = mapOf(memory(2, 0x10000));
  expect(() => map.ranges(address, length)).toThrow(
    `guest memory: expected mapped memory for guest address but received 0x${address.toString(16)} + ${length}`,
  );
  expect(() => map.check(address, length)).toThrow('guest address');
});

describe('tables', () => {
  test('keep regions that come again, and give up those that do not', () => {
    const stays = memory(1, 0x10000);
    const goes = memory(1, 0x20000);
    const first = mapOf(stays, goes);
    const [{ memory: before }] = first.ranges(0x10000, 1);
    const open = countSharedMemories();
    const second = first.replaced([stays.region], [stays.fd()]);
    const [{ memory: after }] = second.ranges(0x10000, 1);
    expect(after).toBe(before);
    expect(countSharedMemories()).toBe(open - 1);
    expect(() => second.ranges(0x20000, 1)).toThrow('guest address');
    // Another file at the same place is another region.
    const other = memory(1, 0x10000);
    const third = second.replaced([other.region], [other.fd()]);
    other.bytesAt(0x10000, 1)[0] = 7;
    const byte = new Uint8Array(1);
    third.copyFrom(0x10000, byte);
    expect(byte[0]).toBe(7);
    third.close();
  });

  test('grow and shrink by single regions', () => {
    const fake = memory(1, 0x10000);
    const other = memory(1, 0x30000);
    const both = mapOf(fake).with(other.region, other.fd());
    expect(both.regions).toHaveLength(2);
    const one = both.without(fake.region);
    expect(one.regions).toEqual([other.region]);
    expect(() => one.without(fake.region)).toThrow(
      'vhost-user REM_MEM_REG: expected a region of the map but received 0x10000 + 0x1000',
    );
    one.close();
  });

  const good = { guestAddress: 0x10000, sizeBytes: PAGE, userAddress: 0x70000, mmapOffset: 0 };
  test.each([
    { what: 'no size', region: { ...good, sizeBytes: 0 }, message: 'at least a page for sizeBytes' },
    { what: 'half a page', region: { ...good, sizeBytes: 2048 }, message: 'whole pages for sizeBytes' },
    { what: 'an odd address', region: { ...good, guestAddress: 3 }, message: 'whole pages for guestAddress' },
    { what: 'an odd offset', region: { ...good, mmapOffset: 1 }, message: 'whole pages for mmapOffset' },
    { what: 'more than its file has', region: { ...good, sizeBytes: 64 * PAGE }, message: 'mmap' },
    { what: 'an offset behind its file', region: { ...good, mmapOffset: 64 * PAGE }, message: 'mmap' },
    {
      what: 'an address that wraps',
      region: { ...good, guestAddress: 2 ** 53 - PAGE, sizeBytes: 2 * PAGE },
      message: 'an address that a region can begin at for guestAddress',
    },
  ])('refuse a region of $what, and change nothing', ({ region, message }) => {
    const fake = memory(4, 0x10000);
    const map = mapOf(fake);
    const before = openDescriptors().length;
    const memories = countSharedMemories();
    expect(() => map.replaced([fake.region, region], [fake.fd(), fake.fd()])).toThrow(message);
    expect(() => map.with({ ...region }, fake.fd())).toThrow(message);
    expect(openDescriptors()).toHaveLength(before);
    expect(countSharedMemories()).toBe(memories);
    expect(map.ranges(0x10000, PAGE)).toHaveLength(1);
  });

  test('refuse regions that overlap, and numbers of descriptors that are wrong', () => {
    const fake = memory(4, 0x10000);
    const before = openDescriptors().length;
    expect(() => MemoryMap.EMPTY.replaced([fake.region, fake.region], [fake.fd(), fake.fd()])).toThrow(
      'vhost-user SET_MEM_TABLE: regions overlap at guest address 0x10000',
    );
    expect(() => MemoryMap.EMPTY.replaced([fake.region], [])).toThrow(
      'expected 1 descriptors but received 0',
    );
    using nothing = FileDescriptor.adopt(fake.fd().release());
    expect(() => MemoryMap.EMPTY.replaced([], [nothing])).toThrow('expected 0 descriptors but received 1');
    expect(openDescriptors()).toHaveLength(before);
  });
});
