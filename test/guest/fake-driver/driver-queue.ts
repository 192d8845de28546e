// The driver's side of a split virtqueue, and whatever a broken driver does to it.

import type { RingAddresses } from '../../../lib/vhost-user/queue/ring-areas';
import type { FakeMemory } from './fake-memory';

/** Flags of a descriptor. */
export const NEXT = 1;
export const WRITE = 2;
export const INDIRECT = 4;

/** An entry of a table, as it is written. */
export interface RawDescriptor {
  address: number;
  lengthBytes: number;
  flags?: number;
  next?: number;
}

/** A chain that was used. */
export interface UsedChain {
  head: number;
  lengthBytes: number;
}

const DESCRIPTOR_BYTES = 16;

/** One queue in guest memory. */
export class DriverQueue {
  readonly size: number;
  readonly eventIndex: boolean;
  readonly #memory: FakeMemory;
  /** Guest addresses. */
  readonly #descriptors: number;
  readonly #available: number;
  readonly #used: number;
  #availableIndex = 0;
  #seenUsed = 0;
  #nextDescriptor = 0;

  constructor(memory: FakeMemory, size: number, { eventIndex = true }: { eventIndex?: boolean } = {}) {
    this.#memory = memory;
    this.size = size;
    this.eventIndex = eventIndex;
    this.#descriptors = memory.allocate(size * DESCRIPTOR_BYTES, 16);
    this.#available = memory.allocate(6 + 2 * size, 2);
    this.#used = memory.allocate(6 + 8 * size, 4);
  }

  /** As a front-end tells them. */
  get addresses(): RingAddresses {
    const toUser = this.#memory.userAddress - this.#memory.guestAddress;
    return {
      descriptors: this.#descriptors + toUser,
      available: this.#available + toUser,
      used: this.#used + toUser,
    };
  }

  /** Writes an entry of the table. */
  setDescriptor(index: number, descriptor: RawDescriptor): void {
    this.#write(this.#descriptors + index * DESCRIPTOR_BYTES, descriptor);
  }

  /** Puts entries into a table of their own; returns its guest address. */
  indirectTable(descriptors: readonly RawDescriptor[]): number {
    const table = this.#memory.allocate(descriptors.length * DESCRIPTOR_BYTES, 16);
    descriptors.forEach((descriptor, index) => this.#write(table + index * DESCRIPTOR_BYTES, descriptor));
    return table;
  }

  /** Entries one behind the other, each leading to the next. */
  static chained(
    parts: readonly { address: number; lengthBytes: number; isWritten?: boolean }[],
    first = 0,
  ): RawDescriptor[] {
    return parts.map(({ address, lengthBytes, isWritten = false }, index) => ({
      address,
      lengthBytes,
      flags: (isWritten ? WRITE : 0) | (index + 1 < parts.length ? NEXT : 0),
      next: first + index + 1,
    }));
  }

  /** Makes a chain available; returns its head. Entries of the table are used in a circle. */
  offer(
    parts: readonly { address: number; lengthBytes: number; isWritten?: boolean }[],
    { indirect = true }: { indirect?: boolean } = {},
  ): number {
    if (indirect) {
      const head = this.#take(1);
      const table = this.indirectTable(DriverQueue.chained(parts));
      this.setDescriptor(head, {
        address: table,
        lengthBytes: parts.length * DESCRIPTOR_BYTES,
        flags: INDIRECT,
      });
      this.makeAvailable(head);
      return head;
    }
    const head = this.#take(parts.length);
    DriverQueue.chained(parts, head).forEach((descriptor, index) =>
      this.setDescriptor(head + index, descriptor),
    );
    this.makeAvailable(head);
    return head;
  }

  /** Puts a head into the ring. */
  makeAvailable(head: number): void {
    const { view } = this.#memory;
    view.setUint16(
      this.#memory.offset(this.#available) + 4 + 2 * (this.#availableIndex % this.size),
      head,
      true,
    );
    this.setAvailableIndex(this.#availableIndex + 1);
  }

  /** The index that the device reads. */
  setAvailableIndex(index: number): void {
    this.#availableIndex = index & 0xffff;
    this.#memory.view.setUint16(this.#memory.offset(this.#available) + 2, this.#availableIndex, true);
  }

  get availableIndex(): number {
    return this.#availableIndex;
  }

  /** Whether the device wants to be told of what was made available since `old`. */
  wantsKick(old: number): boolean {
    const { view } = this.#memory;
    const used = this.#memory.offset(this.#used);
    if (!this.eventIndex) return (view.getUint16(used, true) & 1) === 0;
    const event = view.getUint16(used + 4 + 8 * this.size, true);
    return ((this.#availableIndex - event - 1) & 0xffff) < ((this.#availableIndex - old) & 0xffff);
  }

  /** The used index at which the driver wants to be told. */
  setUsedEvent(index: number): void {
    this.#memory.view.setUint16(
      this.#memory.offset(this.#available) + 4 + 2 * this.size,
      index & 0xffff,
      true,
    );
  }

  /** Without EVENT_IDX: whether the driver wants no interrupts. */
  setNoInterrupt(on: boolean): void {
    this.#memory.view.setUint16(this.#memory.offset(this.#available), on ? 1 : 0, true);
  }

  get usedIndex(): number {
    return this.#memory.view.getUint16(this.#memory.offset(this.#used) + 2, true);
  }

  /** How many used chains were taken. */
  get seenUsed(): number {
    return this.#seenUsed;
  }

  /** The next chain that was used; undefined for none yet. */
  takeUsed(): UsedChain | undefined {
    if (this.usedIndex === this.#seenUsed) return undefined;
    const at = this.#memory.offset(this.#used) + 4 + 8 * (this.#seenUsed % this.size);
    this.#seenUsed = (this.#seenUsed + 1) & 0xffff;
    const { view } = this.#memory;
    return { head: view.getUint32(at, true), lengthBytes: view.getUint32(at + 4, true) };
  }

  /** Begins with indices somewhere else than at 0. */
  startAt(index: number): void {
    this.#seenUsed = index & 0xffff;
    this.setAvailableIndex(index);
    this.#memory.view.setUint16(this.#memory.offset(this.#used) + 2, index & 0xffff, true);
  }

  #take(count: number): number {
    if (this.#nextDescriptor + count > this.size) this.#nextDescriptor = 0;
    const first = this.#nextDescriptor;
    this.#nextDescriptor = (first + count) % this.size;
    return first;
  }

  #write(address: number, { address: to, lengthBytes, flags = 0, next = 0 }: RawDescriptor): void {
    const { view } = this.#memory;
    const at = this.#memory.offset(address);
    view.setBigUint64(at, BigInt(to), true);
    view.setUint32(at + 8, lengthBytes, true);
    view.setUint16(at + 12, flags, true);
    view.setUint16(at + 14, next & 0xffff, true);
  }
}
