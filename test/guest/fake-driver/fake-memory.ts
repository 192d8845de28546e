// Memory of a guest that does not exist: what a front-end shares with a backend.

import { type FileDescriptor, SharedMemory } from '../../../lib/host';
import type { MemoryRegion } from '../../../lib/vhost-user/protocol/payloads';

const USER_BASE = 0x7f00_0000_0000;
const PAGE_BYTES = 4096;

/** One region of guest memory, in which tests put things. */
export class FakeMemory implements Disposable {
  readonly memory: SharedMemory;
  readonly guestAddress: number;
  readonly userAddress: number;
  readonly view: DataView;
  #next = 0;

  constructor(sizeBytes: number, guestAddress = 0x4000_0000) {
    this.memory = SharedMemory.create(sizeBytes, { name: 'fake-guest' });
    this.guestAddress = guestAddress;
    this.userAddress = USER_BASE + guestAddress;
    this.view = new DataView(this.memory.bytes.buffer);
  }

  get region(): MemoryRegion {
    const { guestAddress, userAddress } = this;
    return { guestAddress, sizeBytes: this.memory.sizeBytes, userAddress, mmapOffset: 0 };
  }

  get end(): number {
    return this.guestAddress + this.memory.sizeBytes;
  }

  fd(): FileDescriptor {
    return this.memory.duplicateFd();
  }

  /** Guest address of room for so many bytes, zeroed. */
  allocate(lengthBytes: number, alignment = 16): number {
    const at = Math.ceil(this.#next / alignment) * alignment;
    if (at + lengthBytes > this.memory.sizeBytes) throw new RangeError('the fake guest has no memory left');
    this.#next = at + lengthBytes;
    this.memory.bytes.fill(0, at, at + lengthBytes);
    return this.guestAddress + at;
  }

  /** As {@link allocate}, of whole pages. */
  pages(count: number): number {
    return this.allocate(count * PAGE_BYTES, PAGE_BYTES);
  }

  /** Where allocation goes on; to be given to {@link release}. */
  mark(): number {
    return this.#next;
  }

  /** Forgets what was allocated since. */
  release(mark: number): void {
    this.#next = mark;
  }

  /** A copy of bytes at a guest address. */
  put(bytes: Uint8Array): number {
    const address = this.allocate(Math.max(1, bytes.byteLength));
    this.bytesAt(address, bytes.byteLength).set(bytes);
    return address;
  }

  /** What is at a guest address; not a copy. */
  bytesAt(address: number, lengthBytes: number): Uint8Array {
    const at = address - this.guestAddress;
    return this.memory.bytes.subarray(at, at + lengthBytes);
  }

  /** Offset of a guest address in {@link view}. */
  offset(address: number): number {
    return address - this.guestAddress;
  }

  [Symbol.dispose](): void {
    this.memory.close();
  }
}
