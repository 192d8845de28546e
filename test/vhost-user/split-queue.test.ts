// Split virtqueues against a driver that does as it should, and one that does not.

import fc from 'fast-check';
import type { VirglError } from '../../lib/protocol/error';
import { MemoryMap } from '../../lib/vhost-user/memory/memory-map';
import type { ChainLimits } from '../../lib/vhost-user/queue/descriptor-chain';
import { needsEvent } from '../../lib/vhost-user/queue/event-index';
import { type QueuedRequest, SplitQueue } from '../../lib/vhost-user/queue/split-queue';
import { RingAreas } from '../../lib/vhost-user/queue/ring-areas';
import { DriverQueue, INDIRECT, NEXT, type RawDescriptor, WRITE } from '../guest/fake-driver/driver-queue';
import { FakeMemory } from '../guest/fake-driver/fake-memory';

const MIB = 1 << 20;

const bytesOf = ({ buffer: { bytes, lengthBytes } }: QueuedRequest): Uint8Array =>
  bytes.subarray(0, lengthBytes);

/** Both sides of a queue. */
class Setup implements Disposable {
  readonly memory = new FakeMemory(8 * MIB);
  readonly map = MemoryMap.EMPTY.replaced([this.memory.region], [this.memory.fd()]);
  readonly driver: DriverQueue;
  readonly device: SplitQueue;
  readonly errors: VirglError[] = [];

  constructor({
    size = 16,
    eventIndex = true,
    indirect = true,
    startAt = 0,
    limits,
  }: {
    size?: number;
    eventIndex?: boolean;
    indirect?: boolean;
    startAt?: number;
    limits?: ChainLimits;
  } = {}) {
    this.driver = new DriverQueue(this.memory, size, { eventIndex });
    this.driver.startAt(startAt);
    this.device = new SplitQueue({
      map: this.map,
      areas: new RingAreas(this.map, this.driver.addresses, size),
      nextAvailable: startAt & 0xffff,
      eventIndex,
      indirect,
      limits,
      onBadChain: (error) => this.errors.push(error),
    });
  }

  /** Guest memory with these bytes, as a part of a chain. */
  readable(...bytes: number[]): { address: number; lengthBytes: number } {
    return { address: this.memory.put(Uint8Array.from(bytes)), lengthBytes: bytes.length };
  }

  writable(lengthBytes: number): { address: number; lengthBytes: number; isWritten: true } {
    return { address: this.memory.allocate(lengthBytes), lengthBytes, isWritten: true };
  }

  take(): QueuedRequest {
    const request = this.device.take();
    if (request === undefined) throw new Error(`no request: ${this.errors.map(String).join()}`);
    return request;
  }

  [Symbol.dispose](): void {
    this.map.close();
    this.memory[Symbol.dispose]();
  }
}

describe.each([true, false])('indirect: %s', (indirect) => {
  test('a request arrives, and its answer goes where it is wanted', () => {
    using setup = new Setup();
    const answer = setup.writable(3);
    const more = setup.writable(8);
    const head = setup.driver.offer([setup.readable(1, 2), setup.readable(3), answer, more], { indirect });
    const request = setup.take();
    expect(request.head).toBe(head);
    expect([...bytesOf(request)]).toEqual([1, 2, 3]);
    expect(request.layout.responseBytes).toBe(11);
    setup.device.answer(request, Uint8Array.of(9, 8, 7, 6));
    expect(setup.driver.takeUsed()).toEqual({ head, lengthBytes: 4 });
    expect([...setup.memory.bytesAt(answer.address, 3), ...setup.memory.bytesAt(more.address, 2)]).toEqual([
      9, 8, 7, 6, 0,
    ]);
  });

  test('answers are cut to the room there is', () => {
    using setup = new Setup();
    const head = setup.driver.offer([setup.readable(1)], { indirect });
    setup.device.answer(setup.take(), Uint8Array.of(9, 8, 7, 6));
    expect(setup.driver.takeUsed()).toEqual({ head, lengthBytes: 0 });
  });
});

test('requests are copied once: what the guest changes afterwards is not seen', () => {
  using setup = new Setup();
  const part = setup.readable(1, 2, 3);
  setup.driver.offer([part]);
  const request = setup.take();
  setup.memory.bytesAt(part.address, 3).fill(0xff);
  expect([...bytesOf(request)]).toEqual([1, 2, 3]);
});

test('answers come in any order', () => {
  using setup = new Setup();
  const heads = [0, 1, 2].map((byte) => setup.driver.offer([setup.readable(byte)]));
  const requests = [setup.take(), setup.take(), setup.take()];
  expect(setup.device.inFlight).toBe(3);
  for (const index of [2, 0, 1]) setup.device.answer(requests[index], new Uint8Array(0));
  expect([2, 0, 1].map((index) => heads[index])).toEqual([1, 2, 3].map(() => setup.driver.takeUsed()?.head));
  expect(setup.device.inFlight).toBe(0);
});

test('a chain of 1,000 descriptors', () => {
  using setup = new Setup({ size: 256 });
  const parts = Array.from({ length: 999 }, (_, index) => setup.readable(index & 0xff));
  setup.driver.offer([...parts, setup.writable(4)]);
  const request = setup.take();
  expect(bytesOf(request)).toHaveLength(999);
  expect(bytesOf(request)[998]).toBe(998 & 0xff);
});

test('rings wrap, indices too', () => {
  using setup = new Setup({ size: 4, startAt: 0xfffa });
  for (let count = 0; count < 20; count += 1) {
    const head = setup.driver.offer([setup.readable(count), setup.writable(1)]);
    const request = setup.take();
    expect([...bytesOf(request)]).toEqual([count]);
    setup.device.answer(request, Uint8Array.of(count));
    expect(setup.driver.takeUsed()).toEqual({ head, lengthBytes: 1 });
  }
  expect(setup.driver.usedIndex).toBe((0xfffa + 20) & 0xffff);
});

test('after a stop nothing is touched any more', () => {
  using setup = new Setup();
  setup.driver.offer([setup.readable(1), setup.writable(1)]);
  setup.driver.offer([setup.readable(2)]);
  const request = setup.take();
  setup.device.stop();
  setup.device.answer(request, Uint8Array.of(1));
  expect(setup.driver.takeUsed()).toBeUndefined();
  expect(setup.device.take()).toBeUndefined();
  expect(setup.device.nextAvailable).toBe(1);
});

/** What a wrong chain is answered with. */
const expectBad = (setup: Setup, message: string | RegExp): void => {
  expect(setup.device.take()).toBeUndefined();
  expect(setup.errors.map((error) => error.message)).toEqual([expect.stringMatching(message)]);
  expect(setup.driver.takeUsed()).toMatchObject({ lengthBytes: 0 });
  // And the queue goes on.
  setup.driver.offer([setup.readable(5)]);
  expect([...bytesOf(setup.take())]).toEqual([5]);
};

describe('chains that can not be', () => {
  const good = (setup: Setup): RawDescriptor => ({ ...setup.readable(1), flags: 0 });
  const put = (setup: Setup, ...descriptors: RawDescriptor[]): void => {
    descriptors.forEach((descriptor, index) => setup.driver.setDescriptor(index, descriptor));
    setup.driver.makeAvailable(0);
  };
  const putIndirect = (setup: Setup, ...descriptors: RawDescriptor[]): void => {
    const address = setup.driver.indirectTable(descriptors);
    put(setup, { address, lengthBytes: 16 * descriptors.length, flags: INDIRECT });
  };

  const cases: { what: string; offer: (setup: Setup) => void; message: string | RegExp }[] = [
    {
      what: 'a descriptor that leads to itself',
      offer: (setup) => put(setup, { ...good(setup), flags: NEXT, next: 0 }),
      message: 'expected at most 16 descriptors for length but found a loop, or more',
    },
    {
      what: 'a loop of several',
      offer: (setup) =>
        put(
          setup,
          { ...good(setup), flags: NEXT, next: 1 },
          { ...good(setup), flags: NEXT, next: 2 },
          { ...good(setup), flags: NEXT, next: 0 },
        ),
      message: 'a loop, or more',
    },
    {
      what: 'a loop in an indirect table',
      offer: (setup) =>
        putIndirect(
          setup,
          { ...good(setup), flags: NEXT, next: 1 },
          { ...good(setup), flags: NEXT, next: 0 },
        ),
      message: 'expected at most 2 descriptors for length but found a loop, or more',
    },
    {
      what: 'a next entry outside of the table',
      offer: (setup) => put(setup, { ...good(setup), flags: NEXT, next: 16 }),
      message: 'expected less than 16 for next but found 16',
    },
    {
      what: 'an empty descriptor',
      offer: (setup) => put(setup, { ...good(setup), lengthBytes: 0 }),
      message: 'expected at least 1 for length of a descriptor but found 0',
    },
    {
      what: 'an address outside of memory, to read',
      offer: (setup) => put(setup, { address: setup.memory.end, lengthBytes: 4 }),
      message: /expected guest memory for address of a descriptor but found 0x[0-9a-f]+ \+ 4/,
    },
    {
      what: 'an address outside of memory, to write',
      offer: (setup) => put(setup, { address: 0x1000, lengthBytes: 4, flags: WRITE }),
      message: 'expected guest memory for address of a descriptor but found 0x1000 + 4'.replace('+', '\\+'),
    },
    {
      what: 'a length that ends outside of memory',
      offer: (setup) => put(setup, { address: setup.memory.end - 4, lengthBytes: 5 }),
      message: 'expected guest memory',
    },
    {
      what: 'the longest length',
      offer: (setup) => put(setup, { address: setup.memory.guestAddress, lengthBytes: 0xffff_ffff }),
      message: 'expected at most 67108864 bytes for length but found 4294967295',
    },
    {
      what: 'something to read behind something to write',
      offer: (setup) => put(setup, { ...setup.writable(1), flags: WRITE | NEXT, next: 1 }, good(setup)),
      message: 'expected WRITE behind a descriptor with WRITE for flags but found 0x0',
    },
    {
      what: 'an indirect table in an indirect table',
      offer: (setup) => putIndirect(setup, { ...good(setup), flags: INDIRECT }),
      message: 'expected no INDIRECT within an indirect table for flags but found 0x4',
    },
    {
      what: 'an indirect table behind a head',
      offer: (setup) =>
        put(setup, { ...good(setup), flags: NEXT, next: 1 }, { ...good(setup), flags: INDIRECT }),
      message: 'expected no INDIRECT behind a head for flags but found 0x4',
    },
    {
      what: 'an indirect head that goes on',
      offer: (setup) => put(setup, { ...good(setup), flags: INDIRECT | NEXT, next: 1 }),
      message: 'expected INDIRECT without NEXT for flags but found 0x5',
    },
    ...[0, 8, 17, 32769 * 16].map((lengthBytes) => ({
      what: `an indirect table of ${lengthBytes} bytes`,
      offer: (setup: Setup) => put(setup, { ...good(setup), lengthBytes, flags: INDIRECT }),
      message: `expected a multiple of 16 up to 524288 for length of an indirect table but found ${lengthBytes}`,
    })),
    {
      what: 'an indirect table outside of memory',
      offer: (setup) => put(setup, { address: 2 ** 52, lengthBytes: 16, flags: INDIRECT }),
      message: 'expected guest memory for address of an indirect table but found 0x10000000000000',
    },
  ];

  test.each(cases)('$what', ({ offer, message }) => {
    using setup = new Setup();
    offer(setup);
    expectBad(setup, message);
  });

  test('an indirect table that was not negotiated', () => {
    using setup = new Setup({ indirect: false });
    setup.driver.offer([setup.readable(1)]);
    expect(setup.device.take()).toBeUndefined();
    expect(setup.errors[0].message).toContain('no INDIRECT, which was not negotiated,');
  });

  test('more to read than a request may have', () => {
    using setup = new Setup({ limits: { maxDescriptors: 8, maxRequestBytes: 4 } });
    setup.driver.offer([setup.readable(1, 2, 3), setup.readable(4, 5)], { indirect: false });
    expectBad(setup, 'expected at most 4 bytes for length but found 5');
  });

  test('memory that is gone when the answer comes', () => {
    using setup = new Setup();
    setup.driver.offer([setup.readable(1), setup.writable(1)]);
    const request = setup.take();
    setup.device.remap(MemoryMap.EMPTY, new RingAreas(setup.map, setup.driver.addresses, 16));
    setup.device.answer(request, Uint8Array.of(1));
    expect(setup.errors).toHaveLength(1);
    expect(setup.driver.takeUsed()).toMatchObject({ lengthBytes: 0 });
  });
});

describe('rings that make no sense', () => {
  test('a head outside of the table', () => {
    using setup = new Setup();
    setup.driver.makeAvailable(16);
    expect(() => setup.device.take()).toThrow(
      'virtqueue: expected less than 16 for the head of a chain but found 16',
    );
  });

  test('more chains than the ring has', () => {
    using setup = new Setup();
    setup.driver.setAvailableIndex(17);
    expect(() => setup.device.take()).toThrow(
      'virtqueue: expected at most 16 new entries for the available index but found 17',
    );
  });

  test.each([
    { what: 'a size of 0', size: 0 },
    { what: 'a size that is no power of two', size: 48 },
    { what: 'a size that no ring has', size: 65536 },
  ])('$what', ({ size }) => {
    using setup = new Setup();
    expect(() => new RingAreas(setup.map, setup.driver.addresses, size)).toThrow('a power of two');
  });

  test.each(['descriptors', 'available', 'used'] as const)(
    '%s that are not aligned, or not in memory',
    (area) => {
      using setup = new Setup();
      const { addresses } = setup.driver;
      const at = (address: number) => () => new RingAreas(setup.map, { ...addresses, [area]: address }, 16);
      expect(at(addresses[area] + 1)).toThrow(`for ${area}`);
      expect(at(setup.memory.userAddress + 8 * MIB - 16)).toThrow('front-end address');
      expect(at(0)).toThrow('front-end address');
    },
  );
});

describe('who is told what', () => {
  test('EVENT_IDX: kicks are wanted when the ring was emptied, interrupts where the driver asked', () => {
    using setup = new Setup();
    const { driver, device } = setup;
    expect(device.resumeKicks()).toBe(false);
    driver.offer([setup.readable(1)]);
    expect(driver.wantsKick(0)).toBe(true);
    device.pauseKicks();
    const request = setup.take();
    driver.offer([setup.readable(2)]);
    expect(driver.wantsKick(1)).toBe(false);
    // It came meanwhile, and would not have been told.
    expect(device.resumeKicks()).toBe(true);
    const second = setup.take();
    expect(device.resumeKicks()).toBe(false);

    driver.setUsedEvent(1);
    device.answer(request, new Uint8Array(0));
    // The first time in any case.
    expect(device.takeInterrupt()).toBe(true);
    expect(device.takeInterrupt()).toBe(false);
    device.answer(second, new Uint8Array(0));
    expect(device.takeInterrupt()).toBe(true);
    driver.setUsedEvent(9);
    driver.offer([setup.readable(3)]);
    device.answer(setup.take(), new Uint8Array(0));
    expect(device.takeInterrupt()).toBe(false);
  });

  test('without EVENT_IDX: flags say it', () => {
    using setup = new Setup({ eventIndex: false });
    const { driver, device } = setup;
    expect(driver.wantsKick(0)).toBe(true);
    device.pauseKicks();
    expect(driver.wantsKick(0)).toBe(false);
    expect(device.resumeKicks()).toBe(false);
    expect(driver.wantsKick(0)).toBe(true);
    driver.setNoInterrupt(true);
    driver.offer([setup.readable(1)]);
    device.answer(setup.take(), new Uint8Array(0));
    expect(device.takeInterrupt()).toBe(false);
    driver.setNoInterrupt(false);
    driver.offer([setup.readable(1)]);
    device.answer(setup.take(), new Uint8Array(0));
    expect(device.takeInterrupt()).toBe(true);
  });

  test('an event is needed exactly when the index has passed it', () => {
    const index = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(index, index, fc.integer({ min: 0, max: 0x7fff }), (event, old, count) => {
        const passed = Array.from({ length: count }, (_, step) => (old + step) & 0xffff).includes(event);
        expect(needsEvent(event, (old + count) & 0xffff, old)).toBe(passed);
      }),
      { numRuns: 50 },
    );
  });
});
