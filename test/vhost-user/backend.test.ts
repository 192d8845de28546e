// The backend itself, against a plain device: what it answers, what its rings do, and what it does not let pass.

import { EventFd, FileDescriptor, UnixSocket } from '../../lib/host';
import { VhostUserBackend } from '../../lib/vhost-user/backend/vhost-user-backend';
import type { VirtioDevice } from '../../lib/vhost-user/backend/virtio-device';
import type { MemoryMap } from '../../lib/vhost-user/memory/memory-map';
import { hasBit, maskOf, PROTOCOL_FEATURES, RING_FEATURES } from '../../lib/vhost-user/protocol/features';
import {
  decodeHeader,
  encodeRequest,
  HEADER_BYTES,
  type RequestPayload,
  VhostUserRequest,
} from '../../lib/vhost-user/protocol/message';
import { PAYLOADS } from '../../lib/vhost-user/protocol/payloads';
import { type RequestName, REQUESTS, type RequestSpec } from '../../lib/vhost-user/protocol/requests';
import { DriverQueue } from '../guest/fake-driver/driver-queue';
import { FakeMemory } from '../guest/fake-driver/fake-memory';
import { openDescriptors } from '../support/sockets';

const RING_SIZE = 16;
const DEVICE_FEATURES = maskOf([0, 3]);
const RINGS = maskOf(Object.values(RING_FEATURES));
const MIB = 1 << 20;

type Respond = (response: Uint8Array) => void;

/** A device that notes what it is told, and answers when it is told to. */
class FakeDevice implements VirtioDevice {
  readonly features = DEVICE_FEATURES;
  readonly queueCount = 2;
  readonly accepted: bigint[] = [];
  readonly memories: MemoryMap[] = [];
  readonly config = Uint8Array.from({ length: 16 }, (_, index) => index);
  /** `queue: bytes` of each request. */
  readonly requests: string[] = [];
  readonly unanswered: Respond[] = [];
  /** Answers at once, by adding 1 to each byte. */
  isQuick = true;
  resets = 0;
  resetting: { over(): void; failed(error: Error): void } | undefined;

  acceptFeatures(features: bigint): void {
    this.accepted.push(features);
  }

  useMemory(memory: MemoryMap): void {
    this.memories.push(memory);
  }

  readConfig(offset: number, lengthBytes: number): Uint8Array {
    return this.config.slice(offset, offset + lengthBytes);
  }

  writeConfig(offset: number, bytes: Uint8Array): void {
    this.config.set(bytes, offset);
  }

  handle: VirtioDevice['handle'] = (queue, { bytes, lengthBytes }, respond) => {
    const request = bytes.slice(0, lengthBytes);
    this.requests.push(`${queue}: ${request.join()}`);
    if (this.isQuick) respond(request.map((byte) => byte + 1));
    else this.unanswered.push(respond);
  };

  reset(): Promise<void> {
    this.resets += 1;
    return new Promise((over, failed) => (this.resetting = { over, failed }));
  }
}

const opened: Disposable[] = [];
const keep = <Thing extends Disposable>(thing: Thing): Thing => {
  opened.push(thing);
  return thing;
};

afterEach(() => {
  for (const thing of opened.splice(0).reverse()) thing[Symbol.dispose]();
});

/** A front-end without a socket: requests go in as messages, replies come back as payloads. */
class Setup {
  readonly device = new FakeDevice();
  readonly warnings: string[] = [];
  readonly displays: FileDescriptor[] = [];
  readonly backend = keep(
    new VhostUserBackend({
      device: this.device,
      warn: (message) => this.warnings.push(message),
      onDisplaySocket: (fd) => this.displays.push(keep(fd)),
    }),
  );
  readonly memory = keep(new FakeMemory(MIB));
  readonly queues: DriverQueue[] = [];
  readonly kicks: EventFd[] = [];
  readonly calls: EventFd[] = [];

  /** What is replied; undefined for nothing. */
  async ask<Name extends RequestName>(
    name: Name,
    payload: RequestPayload<Name>,
    fds: FileDescriptor[] = [],
    { needsReply = false }: { needsReply?: boolean } = {},
  ): Promise<unknown> {
    const bytes = encodeRequest(name, payload, { needsReply });
    const request = new VhostUserRequest(decodeHeader(bytes), bytes.subarray(HEADER_BYTES), fds);
    const reply = await this.backend.handle(request);
    if (reply === undefined) return undefined;
    const { reply: kind = 'u64' }: RequestSpec = REQUESTS[name];
    expect(decodeHeader(reply)).toMatchObject({ name, isReply: true });
    return PAYLOADS[kind].decode(reply.subarray(HEADER_BYTES));
  }

  /** Everything but rings. */
  async negotiate(features = DEVICE_FEATURES | RINGS): Promise<void> {
    await this.ask('SET_PROTOCOL_FEATURES', maskOf(Object.values(PROTOCOL_FEATURES)));
    await this.ask('SET_FEATURES', features);
    await this.ask('SET_MEM_TABLE', [this.memory.region], [this.memory.fd()]);
  }

  /** Sets a ring up and rings its doorbell's bell. */
  async start(index: number, base = 0): Promise<DriverQueue> {
    const queue = (this.queues[index] ??= new DriverQueue(this.memory, RING_SIZE));
    const kick = (this.kicks[index] = keep(EventFd.create()));
    const call = (this.calls[index] = keep(EventFd.create()));
    await this.ask('SET_VRING_NUM', { index, value: RING_SIZE });
    await this.ask('SET_VRING_BASE', { index, value: base });
    await this.ask('SET_VRING_ADDR', { index, flags: 0, log: 0, ...queue.addresses });
    await this.ask('SET_VRING_CALL', BigInt(index), [call.duplicateFd()]);
    await this.ask('SET_VRING_KICK', BigInt(index), [kick.duplicateFd()]);
    return queue;
  }

  enable(index: number, value = 1): Promise<unknown> {
    return this.ask('SET_VRING_ENABLE', { index, value });
  }

  async run(index = 0): Promise<DriverQueue> {
    await this.negotiate();
    const queue = await this.start(index);
    await this.enable(index);
    return queue;
  }

  /** Makes a request of these bytes available. */
  offer(queue: DriverQueue, ...bytes: number[]): { head: number; answer: number } {
    const answer = this.memory.allocate(8);
    const head = queue.offer([
      { address: this.memory.put(Uint8Array.from(bytes)), lengthBytes: bytes.length },
      { address: answer, lengthBytes: 8, isWritten: true },
    ]);
    return { head, answer };
  }
}

describe('what is negotiated', () => {
  test("features are the device's and the transport's; only the device's go to it", async () => {
    const setup = new Setup();
    expect(await setup.ask('GET_FEATURES', undefined)).toBe(DEVICE_FEATURES | RINGS);
    const nobodys = maskOf([34, 40]);
    await setup.ask('SET_FEATURES', 1n | RINGS | nobodys);
    expect(setup.device.accepted).toEqual([1n]);
  });

  test('features of the protocol, and none that were not offered', async () => {
    const setup = new Setup();
    const offered = (await setup.ask('GET_PROTOCOL_FEATURES', undefined)) as bigint;
    for (const bit of Object.values(PROTOCOL_FEATURES)) expect(hasBit(offered, bit)).toBe(true);
    await setup.ask('SET_PROTOCOL_FEATURES', maskOf([0, 3, 9]));
    await expect(setup.ask('SET_PROTOCOL_FEATURES', 1n << 20n)).rejects.toThrow(
      'SET_PROTOCOL_FEATURES: expected what was offered for features but received 0x100000',
    );
  });

  test('requests are acknowledged when that was agreed and is asked for', async () => {
    const setup = new Setup();
    const asked = { needsReply: true };
    expect(await setup.ask('SET_OWNER', undefined, [], asked)).toBeUndefined();
    await setup.ask('SET_PROTOCOL_FEATURES', maskOf([PROTOCOL_FEATURES.REPLY_ACK]));
    expect(await setup.ask('SET_OWNER', undefined, [], asked)).toBe(0n);
    expect(await setup.ask('SET_OWNER', undefined)).toBeUndefined();
  });

  test('queues, slots and the configuration space', async () => {
    const setup = new Setup();
    expect(await setup.ask('GET_QUEUE_NUM', undefined)).toBe(2n);
    expect(await setup.ask('GET_MAX_MEM_SLOTS', undefined)).toBe(64n);
    await setup.ask('SET_CONFIG', { offset: 4, flags: 0, bytes: Uint8Array.of(9, 8) });
    expect(await setup.ask('GET_CONFIG', { offset: 3, flags: 0, bytes: new Uint8Array(4) })).toEqual({
      offset: 3,
      flags: 0,
      bytes: Uint8Array.of(3, 9, 8, 6),
    });
  });

  test('the display socket is handed on; without anybody to take it, it is closed', async () => {
    const setup = new Setup();
    const [near, far] = UnixSocket.pair('stream').map(keep);
    await setup.ask('GPU_SET_SOCKET', undefined, [near.duplicateFd()]);
    expect(setup.displays.map(({ closed }) => closed)).toEqual([false]);
    const lonely = keep(new VhostUserBackend({ device: new FakeDevice(), warn: () => undefined }));
    const fd = far.duplicateFd();
    const bytes = encodeRequest('GPU_SET_SOCKET', undefined);
    await lonely.handle(new VhostUserRequest(decodeHeader(bytes), new Uint8Array(0), [fd]));
    expect(fd.closed).toBe(true);
  });
});

describe('memory', () => {
  const region = (memory: FakeMemory): object => memory.region;

  test('a table replaces the one before; each state is told to the device', async () => {
    const setup = new Setup();
    const other = keep(new FakeMemory(MIB, 0x8000_0000));
    await setup.ask('SET_MEM_TABLE', [setup.memory.region], [setup.memory.fd()]);
    await setup.ask('SET_MEM_TABLE', [other.region, setup.memory.region], [other.fd(), setup.memory.fd()]);
    expect(setup.device.memories.map(({ regions }) => regions)).toEqual([
      [region(setup.memory)],
      [region(setup.memory), region(other)],
    ]);
  });

  test('slots come and go', async () => {
    const setup = new Setup();
    await setup.ask('ADD_MEM_REG', setup.memory.region, [setup.memory.fd()]);
    await setup.ask('REM_MEM_REG', setup.memory.region);
    expect(setup.device.memories.map(({ regions }) => regions.length)).toEqual([1, 0]);
    await expect(setup.ask('REM_MEM_REG', setup.memory.region)).rejects.toThrow(
      'REM_MEM_REG: expected a region of the map but received 0x40000000 + 0x100000',
    );
  });

  test('a table without a descriptor for each region changes nothing, and leaves none open', async () => {
    const setup = new Setup();
    await setup.ask('SET_MEM_TABLE', [setup.memory.region], [setup.memory.fd()]);
    const before = openDescriptors();
    await expect(
      setup.ask('SET_MEM_TABLE', [setup.memory.region, setup.memory.region], [setup.memory.fd()]),
    ).rejects.toThrow('SET_MEM_TABLE: expected 2 descriptors but received 1');
    expect(setup.device.memories).toHaveLength(1);
    expect(openDescriptors()).toEqual(before);
  });

  test('a ring that runs goes on in new memory, and not without it', async () => {
    const setup = new Setup();
    const queue = await setup.run();
    const other = keep(new FakeMemory(MIB, 0x8000_0000));
    await setup.ask('ADD_MEM_REG', other.region, [other.fd()]);
    setup.offer(queue, 5);
    setup.backend.process();
    expect(setup.device.requests).toEqual(['0: 5']);
    await expect(setup.ask('REM_MEM_REG', setup.memory.region)).rejects.toThrow(
      'expected mapped memory for front-end address',
    );
  });
});

describe('rings', () => {
  test('a request is answered, and the driver is told once', async () => {
    const setup = new Setup();
    const queue = await setup.run();
    const { head, answer } = setup.offer(queue, 1, 2, 3);
    expect(setup.backend.process()).toBe(false);
    expect(queue.takeUsed()).toEqual({ head, lengthBytes: 3 });
    expect([...setup.memory.bytesAt(answer, 4)]).toEqual([2, 3, 4, 0]);
    setup.backend.interrupt();
    setup.backend.interrupt();
    expect(setup.calls[0].read()).toBe(1n);
  });

  test('answers may come later, in any order', async () => {
    const setup = new Setup();
    const queue = await setup.run();
    setup.device.isQuick = false;
    const heads = [1, 2].map((byte) => setup.offer(queue, byte).head);
    setup.backend.process();
    expect(setup.backend.inFlight).toBe(2);
    for (const respond of setup.device.unanswered.reverse()) respond(Uint8Array.of(7));
    expect(setup.backend.inFlight).toBe(0);
    expect([queue.takeUsed(), queue.takeUsed()].map((used) => used?.head)).toEqual(heads.reverse());
  });

  test('nothing is taken before a ring is enabled, nor afterwards while it is not', async () => {
    const setup = new Setup();
    await setup.negotiate();
    const queue = await setup.start(0);
    setup.offer(queue, 1);
    setup.backend.process();
    expect(setup.device.requests).toEqual([]);
    await setup.enable(0);
    setup.backend.process();
    await setup.enable(0, 0);
    setup.offer(queue, 2);
    setup.backend.process();
    expect(setup.device.requests).toEqual(['0: 1']);
  });

  test("without the protocol's own features rings run as soon as they are kicked", async () => {
    const setup = new Setup();
    await setup.negotiate(RINGS & ~maskOf([RING_FEATURES.PROTOCOL_FEATURES]));
    const queue = await setup.start(1);
    setup.offer(queue, 1);
    setup.backend.process();
    expect(setup.device.requests).toEqual(['1: 1']);
  });

  test('more requests than one turn takes are there for the next one', async () => {
    const setup = new Setup();
    const queue = await setup.run();
    const answer = setup.memory.allocate(1);
    const offerAll = (): void => {
      for (let count = 0; count < RING_SIZE; count += 1)
        queue.offer([
          { address: setup.memory.put(Uint8Array.of(count)), lengthBytes: 1 },
          { address: answer, lengthBytes: 1, isWritten: true },
        ]);
    };
    // The driver goes on as soon as it is answered, so that the ring is never empty.
    const { handle } = setup.device;
    let more = 4;
    setup.device.handle = (...args) => {
      handle(...args);
      if (setup.device.requests.length % RING_SIZE === 0 && (more -= 1) >= 0) offerAll();
    };
    offerAll();
    expect(setup.backend.process()).toBe(true);
    expect(setup.device.requests).toHaveLength(64);
    expect(setup.backend.process()).toBe(false);
    expect(setup.device.requests).toHaveLength(80);
  });

  test('doorbells: the list changes with them, and old ones are closed', async () => {
    const setup = new Setup();
    await setup.negotiate();
    expect(setup.backend.kickFds).toEqual([]);
    await setup.start(0);
    await setup.start(1);
    const { kickFds } = setup.backend;
    expect(kickFds).toHaveLength(2);
    expect(setup.backend.kickFds).toBe(kickFds);
    const before = openDescriptors();
    const again = keep(EventFd.create());
    await setup.ask('SET_VRING_KICK', 0n, [again.duplicateFd()]);
    expect(openDescriptors()).toHaveLength(before.length + 1);
    await setup.ask('GET_VRING_BASE', { index: 0, value: 0 });
    expect(setup.backend.kickFds).toEqual([kickFds[1]]);
  });

  test('a ring that makes no sense stops by itself, the other one goes on', async () => {
    const setup = new Setup();
    const broken = await setup.run(0);
    const queue = await setup.start(1);
    await setup.enable(1);
    const err = keep(EventFd.create());
    await setup.ask('SET_VRING_ERR', 0n, [err.duplicateFd()]);
    broken.setAvailableIndex(RING_SIZE + 1);
    setup.offer(queue, 1);
    expect(setup.backend.process()).toBe(false);
    expect(setup.warnings).toEqual([
      'queue 0: virtqueue: expected at most 16 new entries for the available index but found 17; the queue is stopped',
    ]);
    expect(err.read()).toBe(1n);
    expect(setup.device.requests).toEqual(['1: 1']);
    setup.backend.process();
    expect(setup.warnings).toHaveLength(1);
  });

  test('a chain that can not be is told with its queue', async () => {
    const setup = new Setup();
    const queue = await setup.run(1);
    queue.offer([{ address: 0x10, lengthBytes: 4 }]);
    setup.backend.process();
    expect(setup.warnings).toEqual([
      'queue 1: descriptor chain: expected guest memory for address of a descriptor but found 0x10 + 4',
    ]);
    expect(queue.takeUsed()).toMatchObject({ lengthBytes: 0 });
  });
});

describe('the end of a ring', () => {
  test('it tells where it stopped, and is not looked at any more', async () => {
    const setup = new Setup();
    const queue = await setup.run();
    setup.offer(queue, 1);
    setup.offer(queue, 2);
    setup.backend.process();
    expect(await setup.ask('GET_VRING_BASE', { index: 0, value: 0 })).toEqual({ index: 0, value: 2 });
    // What was answered until then is told.
    expect(setup.calls[0].read()).toBe(1n);
    setup.offer(queue, 3);
    setup.backend.process();
    expect(setup.device.requests).toEqual(['0: 1', '0: 2']);
  });

  test('it waits for what is in flight', async () => {
    const setup = new Setup();
    const queue = await setup.run();
    setup.device.isQuick = false;
    const { head } = setup.offer(queue, 1);
    setup.backend.process();
    let isOver = false;
    const stopped = setup.ask('GET_VRING_BASE', { index: 0, value: 0 }).then((state) => {
      isOver = true;
      return state;
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(isOver).toBe(false);
    setup.device.unanswered[0](Uint8Array.of(7));
    expect(await stopped).toEqual({ index: 0, value: 1 });
    expect(queue.takeUsed()).toEqual({ head, lengthBytes: 1 });
    expect(setup.backend.kickFds).toEqual([]);
  });

  test('a machine that was paused goes on where it was; a new driver finds a new device', async () => {
    const setup = new Setup();
    const queue = await setup.run();
    setup.offer(queue, 1);
    setup.backend.process();
    await setup.ask('GET_VRING_BASE', { index: 0, value: 0 });
    await setup.start(0, 1);
    await setup.enable(0);
    expect(setup.device.resets).toBe(0);
    setup.offer(queue, 2);
    setup.backend.process();
    expect(setup.device.requests).toEqual(['0: 1', '0: 2']);

    await setup.ask('GET_VRING_BASE', { index: 0, value: 0 });
    setup.queues.length = 0;
    const renewed = await setup.start(0);
    await setup.enable(0);
    expect(setup.device.resets).toBe(1);
    setup.offer(renewed, 3);
    // Nothing is taken while the device is being reset.
    expect(setup.backend.isResetting).toBe(true);
    setup.backend.process();
    expect(setup.device.requests).toHaveLength(2);
    setup.device.resetting?.over();
    await new Promise((resolve) => setImmediate(resolve));
    expect(setup.backend.isResetting).toBe(false);
    setup.backend.process();
    expect(setup.device.requests.at(-1)).toBe('0: 3');
  });

  test('a reset that fails is told, and over', async () => {
    const setup = new Setup();
    await setup.ask('RESET_DEVICE', undefined);
    setup.device.resetting?.failed(new Error('the host is gone'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(setup.warnings).toEqual(['the device could not be reset: the host is gone']);
    expect(setup.backend.isResetting).toBe(false);
  });

  test('the end of the backend leaves no descriptor', async () => {
    const before = openDescriptors();
    const setup = new Setup();
    await setup.run();
    for (const thing of opened.splice(0).reverse()) thing[Symbol.dispose]();
    expect(openDescriptors()).toEqual(before);
  });
});

describe('what is not let pass', () => {
  const eventFd = (): FileDescriptor => {
    using bell = EventFd.create();
    return bell.duplicateFd();
  };
  const noBell = (): FileDescriptor => {
    const [near, far] = UnixSocket.pair('stream');
    using _near = near;
    using _far = far;
    return near.duplicateFd();
  };
  const refused: readonly [what: string, attempt: (setup: Setup) => Promise<unknown>, why: string][] = [
    [
      'a ring that is not there',
      (setup) => setup.ask('SET_VRING_NUM', { index: 2, value: 16 }),
      'SET_VRING_NUM: expected a ring from 0 to 1 for index but received 2',
    ],
    [
      'a size that no ring has',
      (setup) => setup.ask('SET_VRING_NUM', { index: 0, value: 24 }),
      'SET_VRING_NUM: expected a power of two up to 32768 for num but received 24',
    ],
    [
      'an index of more than 16 bits',
      (setup) => setup.ask('SET_VRING_BASE', { index: 0, value: 65536 }),
      'SET_VRING_BASE: expected at most 65535 for num but received 65536',
    ],
    [
      'a doorbell before the ring is set up',
      (setup) => setup.ask('SET_VRING_KICK', 0n, [eventFd()]),
      'SET_VRING_KICK: expected SET_VRING_NUM and SET_VRING_ADDR before it for ring 0',
    ],
    [
      'a ring that would have to be polled',
      (setup) => setup.ask('SET_VRING_KICK', 0x100n),
      'SET_VRING_KICK: expected an eventfd for fds but received none',
    ],
    [
      'a doorbell that is said to be there',
      (setup) => setup.ask('SET_VRING_CALL', 0n),
      'SET_VRING_CALL: expected a descriptor for fds but received 0',
    ],
    [
      'a doorbell that is said not to be there',
      (setup) => setup.ask('SET_VRING_CALL', 0x100n, [eventFd()]),
      'SET_VRING_CALL: expected no descriptor for fds but received 1',
    ],
    [
      'a doorbell that is something else',
      (setup) => setup.ask('SET_VRING_CALL', 0n, [noBell()]),
      'expected a FileDescriptor of an eventfd',
    ],
    [
      'a ring outside of memory',
      async (setup) => {
        await setup.ask('SET_VRING_NUM', { index: 0, value: 16 });
        const addresses = { descriptors: 0x1000, available: 0x2000, used: 0x3000 };
        await setup.ask('SET_VRING_ADDR', { index: 0, flags: 0, log: 0, ...addresses });
        return setup.ask('SET_VRING_KICK', 0n, [eventFd()]);
      },
      'expected mapped memory for front-end address but received 0x1000 + 256',
    ],
  ];

  test.each(refused)('%s', async (_, attempt, why) => {
    const before = openDescriptors();
    const setup = new Setup();
    await expect(attempt(setup)).rejects.toThrow(why);
    for (const thing of opened.splice(0).reverse()) thing[Symbol.dispose]();
    expect(openDescriptors()).toEqual(before);
  });
});
