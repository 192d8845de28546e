// A guest without a machine: QEMU's side of vhost-user and a driver's side of virtio-gpu, for tests and benchmarks.

import { EventFd, type UnixSocket } from '../../../lib/host';
import {
  type CommandName,
  decodeResponse,
  type DecodedResponse,
  encodeRequest,
  type MessageHeader,
  type TailValue,
} from '../../../lib/virtio-gpu';
import { maskOf, PROTOCOL_FEATURES, RING_FEATURES } from '../../../lib/vhost-user/protocol/features';
import { DriverQueue } from './driver-queue';
import { FakeDisplay } from './fake-display';
import { FakeMemory } from './fake-memory';
import { FrontEnd } from './front-end';

/** Queues by their number. */
export const CONTROL = 0;
export const CURSOR = 1;

const MIB = 1 << 20;
const RESPONSE_BYTES = 2048;
const SIZES = [256, 16];

/** How a driver behaves. */
export interface FakeDriverOptions {
  memoryBytes?: number;
  eventIndex?: boolean;
  indirect?: boolean;
  /** Features of the device to accept. Default: all that are offered. */
  accept?: bigint;
  /** Uses memory slots instead of a table. */
  slots?: boolean;
  /** Memory beside the one with rings and requests in it; stays the caller's. */
  more?: readonly FakeMemory[];
  /** Longest that an answer is waited for. */
  limitMs?: number;
}

/** A request whose answer is waited for. */
interface Waiting {
  address: number;
  answered(bytes: Uint8Array): void;
}

/** One guest. */
export class FakeDriver implements Disposable {
  readonly frontEnd: FrontEnd;
  readonly memory: FakeMemory;
  queues: DriverQueue[] = [];
  /** QEMU's end of the display socket; another one at every start. */
  display = new FakeDisplay();
  deviceFeatures = 0n;
  #kicks: EventFd[] = [];
  #calls: EventFd[] = [];
  #starts = 0;
  readonly #options: Required<Omit<FakeDriverOptions, 'accept'>> & Pick<FakeDriverOptions, 'accept'>;
  readonly #waiting: Map<number, Waiting>[] = [new Map(), new Map()];
  #mark = 0;

  constructor(socket: UnixSocket, options: FakeDriverOptions = {}) {
    const {
      memoryBytes = 32 * MIB,
      eventIndex = true,
      indirect = true,
      slots = false,
      more = [],
      limitMs = 10_000,
    } = options;
    this.#options = { memoryBytes, eventIndex, indirect, slots, more, limitMs, accept: options.accept };
    this.frontEnd = new FrontEnd(socket);
    this.memory = new FakeMemory(memoryBytes);
  }

  /** Connects, negotiates, starts. */
  static async start(socket: UnixSocket, options: FakeDriverOptions = {}): Promise<FakeDriver> {
    const driver = new FakeDriver(socket, options);
    await driver.negotiate();
    await driver.run();
    return driver;
  }

  /** What QEMU does when it starts. */
  async negotiate(): Promise<void> {
    const { frontEnd } = this;
    this.deviceFeatures = (await frontEnd.ask('GET_FEATURES', undefined)) as bigint;
    const offered = (await frontEnd.ask('GET_PROTOCOL_FEATURES', undefined)) as bigint;
    const { REPLY_ACK, CONFIG, MQ, CONFIGURE_MEM_SLOTS } = PROTOCOL_FEATURES;
    const wanted = maskOf([REPLY_ACK, CONFIG, MQ, ...(this.#options.slots ? [CONFIGURE_MEM_SLOTS] : [])]);
    frontEnd.tell('SET_PROTOCOL_FEATURES', offered & wanted);
    await frontEnd.ask('GET_QUEUE_NUM', undefined);
    frontEnd.tell('SET_OWNER', undefined);
  }

  /** What QEMU does when the guest's driver is ready (DRIVER_OK). */
  async run({ bases = [0, 0] }: { bases?: readonly number[] } = {}): Promise<void> {
    const { frontEnd, memory } = this;
    const { eventIndex, indirect, slots, more, accept = this.deviceFeatures } = this.#options;
    if (bases.every((base) => base === 0)) {
      // A new driver has new rings, in the same memory.
      this.queues = [];
      memory.release(0);
      this.queues = SIZES.map((size) => new DriverQueue(memory, size, { eventIndex }));
      this.#mark = memory.mark();
    }
    for (const waiting of this.#waiting) waiting.clear();
    this.display[Symbol.dispose]();
    this.display = new FakeDisplay();
    frontEnd.tell('GPU_SET_SOCKET', undefined, { fds: [this.display.theirs.duplicateFd()] });
    this.display.theirs.close();
    const { INDIRECT_DESC, EVENT_IDX, PROTOCOL_FEATURES: PROTOCOL, VERSION_1 } = RING_FEATURES;
    const ring = maskOf([
      PROTOCOL,
      VERSION_1,
      ...(indirect ? [INDIRECT_DESC] : []),
      ...(eventIndex ? [EVENT_IDX] : []),
    ]);
    const deviceBits = maskOf([0, 1, 2, 3, 4]);
    frontEnd.tell('SET_FEATURES', (accept & deviceBits) | ring);
    const memories = [memory, ...more];
    if (!slots)
      await frontEnd.ask(
        'SET_MEM_TABLE',
        memories.map(({ region }) => region),
        { fds: memories.map((each) => each.fd()) },
      );
    else if (this.#starts === 0)
      for (const each of memories) await frontEnd.ask('ADD_MEM_REG', each.region, { fds: [each.fd()] });
    this.#starts += 1;
    this.#closeBells();
    this.queues.forEach((queue, index) => this.#setUp(queue, index, bases[index]));
    for (const index of this.queues.keys()) await frontEnd.ask('SET_VRING_ENABLE', { index, value: 1 });
  }

  /** What QEMU does when the guest resets the device, or is paused; returns the bases of the rings. */
  async stop(): Promise<number[]> {
    const bases: number[] = [];
    for (const index of this.queues.keys()) this.frontEnd.tell('SET_VRING_ENABLE', { index, value: 0 });
    for (const index of this.queues.keys()) {
      const state = (await this.frontEnd.ask('GET_VRING_BASE', { index, value: 0 })) as { value: number };
      bases.push(state.value);
    }
    // What was answered until then.
    this.#take(CONTROL);
    this.#take(CURSOR);
    this.display.socket.close();
    return bases;
  }

  /** Sends a request of the driver and waits for its answer. */
  async raw(
    request: Uint8Array,
    { queue = CONTROL, responseBytes = RESPONSE_BYTES }: { queue?: number; responseBytes?: number } = {},
  ): Promise<Uint8Array> {
    return this.post(request, { queue, responseBytes });
  }

  /** Puts a request into a ring, and rings; the promise is of its answer. */
  post(
    request: Uint8Array,
    { queue = CONTROL, responseBytes = RESPONSE_BYTES }: { queue?: number; responseBytes?: number } = {},
  ): Promise<Uint8Array> {
    const { indirect } = this.#options;
    const parts: { address: number; lengthBytes: number; isWritten?: boolean }[] = [];
    if (request.byteLength > 0)
      parts.push({ address: this.memory.put(request), lengthBytes: request.byteLength });
    const address = this.memory.allocate(Math.max(1, responseBytes));
    if (responseBytes > 0) parts.push({ address, lengthBytes: responseBytes, isWritten: true });
    const ring = this.queues[queue];
    const old = ring.availableIndex;
    const head = ring.offer(parts, { indirect });
    const answer = new Promise<Uint8Array>((answered) =>
      this.#waiting[queue].set(head, { address, answered }),
    );
    if (ring.wantsKick(old)) this.kick(queue);
    return this.#within(answer, queue);
  }

  /** A command and its answer. */
  async command<Name extends CommandName>(
    name: Name,
    fields: Parameters<typeof encodeRequest<Name>>[1] = {} as Parameters<typeof encodeRequest<Name>>[1],
    header: MessageHeader = {},
    tail?: TailValue,
  ): Promise<DecodedResponse> {
    const isCursor = name === 'UPDATE_CURSOR' || name === 'MOVE_CURSOR';
    const bytes = await this.raw(encodeRequest(name, fields, header, tail), {
      queue: isCursor ? CURSOR : CONTROL,
    });
    return decodeResponse(bytes);
  }

  kick(queue: number): void {
    this.#kicks[queue].signal();
  }

  /** The doorbell that the device rings for a queue; for those who block. */
  call(queue: number): EventFd {
    return this.#calls[queue];
  }

  /** Forgets the guest memory of requests that were answered. */
  tidy(): void {
    this.memory.release(this.#mark);
  }

  [Symbol.dispose](): void {
    this.#closeBells();
    this.frontEnd[Symbol.dispose]();
    this.display[Symbol.dispose]();
    this.memory[Symbol.dispose]();
  }

  #setUp(queue: DriverQueue, index: number, base: number): void {
    const { frontEnd } = this;
    const kick = EventFd.create();
    const call = EventFd.create();
    this.#kicks[index] = kick;
    this.#calls[index] = call;
    queue.setUsedEvent(queue.seenUsed);
    frontEnd.tell('SET_VRING_NUM', { index, value: queue.size });
    frontEnd.tell('SET_VRING_BASE', { index, value: base });
    frontEnd.tell('SET_VRING_ADDR', { index, flags: 0, log: 0, ...queue.addresses });
    frontEnd.tell('SET_VRING_CALL', BigInt(index), { fds: [call.duplicateFd()] });
    frontEnd.tell('SET_VRING_KICK', BigInt(index), { fds: [kick.duplicateFd()] });
    void this.#listen(index, call);
  }

  /** Takes answers whenever the device rings. */
  async #listen(index: number, call: EventFd): Promise<void> {
    try {
      for (;;) {
        await call.wait();
        this.#take(index);
      }
    } catch {
      // Closed.
    }
  }

  #take(index: number): void {
    const queue = this.queues[index];
    do {
      for (let used = queue.takeUsed(); used !== undefined; used = queue.takeUsed()) {
        const waiting = this.#waiting[index].get(used.head);
        this.#waiting[index].delete(used.head);
        waiting?.answered(this.memory.bytesAt(waiting.address, used.lengthBytes).slice());
      }
      queue.setUsedEvent(queue.seenUsed);
    } while (queue.usedIndex !== queue.seenUsed);
  }

  async #within<Value>(promise: Promise<Value>, queue: number): Promise<Value> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`queue ${queue}: no answer within ${this.#options.limitMs} ms`)),
        this.#options.limitMs,
      );
      // An answer that nobody waits for any more keeps nobody here.
      timer.unref();
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #closeBells(): void {
    for (const bell of [...this.#kicks.splice(0), ...this.#calls.splice(0)]) bell.close();
  }
}
