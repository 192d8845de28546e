// A driver that costs next to nothing: its requests lie ready in guest memory, and it sends them again and again.

import { encodeRequest } from '../../lib/virtio-gpu';
import { CONTROL, type FakeDriver } from '../../test/guest/fake-driver/fake-driver';
import type { DriverQueue } from '../../test/guest/fake-driver/driver-queue';
import { repeatedStateCommands, STATE_DWORDS } from '../scene';
import { texture3d } from '../../test/virtio-gpu/support/guest';

const OK_NODATA = 0x1100;
const HEADER_BYTES = 24;
const SIDE = 64;
const PICTURE = 1;
const TARGET = 2;
const CONTEXT = 1;
const RECT = { x: 0, y: 0, width: SIDE, height: SIDE };
const NAME = { nameLength: 5, contextInit: 0, debugName: new Uint8Array(64).fill(0x61) };
/** About what a frame of kmscube is. */
const STREAM_BYTES = 5 * 1024;
const WAIT_MS = 10_000;

/** What is sent: the commands of one step. */
export type Work = readonly Uint8Array[];

/** A 2D picture of 64 x 64 that was changed: uploaded and flushed. */
export const flushWork = (): Work => [
  encodeRequest('TRANSFER_TO_HOST_2D', { rect: RECT, offset: 0, resourceId: PICTURE }),
  encodeRequest('RESOURCE_FLUSH', { rect: RECT, resourceId: PICTURE }),
];

/** A stream of 5 KiB of state that costs the renderer next to nothing, with a fence. */
export const submitWork = (): Work => {
  const { buffer, byteOffset, byteLength } = repeatedStateCommands(STREAM_BYTES / STATE_DWORDS / 4);
  const stream = new Uint8Array(buffer, byteOffset, byteLength);
  return [encodeRequest('SUBMIT_3D', {}, { contextId: CONTEXT, fenceId: 1n }, stream)];
};

/** Makes what the work needs. */
export const prepare = async (driver: FakeDriver): Promise<void> => {
  const size = { width: SIDE, height: SIDE };
  const address = driver.memory.pages(4);
  await driver.command('RESOURCE_CREATE_2D', { resourceId: PICTURE, format: 2, ...size });
  await driver.command('RESOURCE_ATTACH_BACKING', { resourceId: PICTURE }, {}, [
    { address, lengthBytes: SIDE * SIDE * 4 },
  ]);
  await driver.command('SET_SCANOUT', { rect: RECT, scanoutId: 0, resourceId: PICTURE });
  await driver.command('CTX_CREATE', NAME, { contextId: CONTEXT });
  await driver.command('RESOURCE_CREATE_3D', texture3d(TARGET, size));
  await driver.command('CTX_ATTACH_RESOURCE', { resourceId: TARGET }, { contextId: CONTEXT });
};

/** Chains that lie ready, one for each command of some steps. */
export class ReadyRing {
  readonly #driver: FakeDriver;
  readonly #queue: DriverQueue;
  readonly #responses: number[] = [];

  constructor(driver: FakeDriver, work: Work, steps: number) {
    this.#driver = driver;
    this.#queue = driver.queues[CONTROL];
    const { memory } = driver;
    for (let head = 0; head < steps * work.length; head += 1) {
      const request = work[head % work.length];
      const response = memory.allocate(HEADER_BYTES);
      const table = this.#queue.indirectTable([
        { address: memory.put(request), lengthBytes: request.byteLength, flags: 1, next: 1 },
        { address: response, lengthBytes: HEADER_BYTES, flags: 2 },
      ]);
      this.#queue.setDescriptor(head, { address: table, lengthBytes: 32, flags: 4 });
      this.#responses.push(response);
    }
  }

  /** Sends all of it and blocks until it is answered. Milliseconds that it took. */
  run(): number {
    const queue = this.#queue;
    const { length } = this.#responses;
    const old = queue.availableIndex;
    const target = (old + length) & 0xffff;
    const begin = performance.now();
    queue.setUsedEvent(target - 1);
    for (let head = 0; head < length; head += 1) queue.makeAvailable(head);
    if (queue.wantsKick(old)) this.#driver.kick(CONTROL);
    this.#await(target);
    const took = performance.now() - begin;
    while (queue.takeUsed() !== undefined);
    return took;
  }

  /** @throws Error if a command was not answered with success */
  check(): void {
    const { view } = this.#driver.memory;
    for (const response of this.#responses) {
      const type = view.getUint32(this.#driver.memory.offset(response), true);
      if (type !== OK_NODATA) throw new Error(`a command was answered with 0x${type.toString(16)}`);
    }
  }

  #await(target: number): void {
    const { socket } = this.#driver.frontEnd;
    const call = this.#driver.call(CONTROL);
    const nothing = new Uint8Array(1);
    const wait = { waitMs: WAIT_MS, alsoWake: [call.fd] };
    while (this.#queue.usedIndex !== target) {
      if (socket.receiveSync(nothing, wait) === 0) throw new Error('the backend is gone');
      if (call.read() === 0n && this.#queue.usedIndex !== target)
        throw new Error('the backend does not answer');
    }
  }
}
