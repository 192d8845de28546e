// Descriptors and shared memory without the addon.

import type { NativeFileDescriptor, NativeMemory } from '../../lib/host/addon';
import { type FileDescriptor, wrapFileDescriptor } from '../../lib/host/file-descriptor';
import { SharedMemory } from '../../lib/host/shared-memory';

/** The native half of a descriptor; `closes` counts how often a real one would have been closed. */
export class FakeNativeFd implements NativeFileDescriptor {
  closes = 0;

  constructor(
    private number: number,
    private readonly copies = true,
  ) {}

  value(): number {
    return this.number;
  }

  take(): number {
    const { number } = this;
    this.number = -1;
    return number;
  }

  duplicate(): NativeFileDescriptor {
    return new FakeNativeFd(this.copies ? this.number + 1000 : -1);
  }

  close(): void {
    if (this.number >= 0) this.closes += 1;
    this.number = -1;
  }
}

type Resizable = ArrayBuffer & { resize(bytes: number): void };
const ResizableBuffer = ArrayBuffer as unknown as new (
  bytes: number,
  options: { maxByteLength: number },
) => Resizable;

/** The native half of a memory. */
export class FakeNativeMemory implements NativeMemory {
  closes = 0;
  readonly #buffer: Resizable;

  constructor(sizeBytes: number) {
    this.#buffer = new ResizableBuffer(sizeBytes, { maxByteLength: sizeBytes });
  }

  buffer(): ArrayBuffer | undefined {
    return this.closes === 0 ? this.#buffer : undefined;
  }

  duplicateFd(): NativeFileDescriptor {
    return new FakeNativeFd(50);
  }

  takeFd(): NativeFileDescriptor {
    return new FakeNativeFd(50);
  }

  close(): void {
    this.closes += 1;
    // To a view on it the same as being detached, which takes native code.
    this.#buffer.resize(0);
  }
}

/** A descriptor. */
export const fakeFd = (number = 20): FileDescriptor => wrapFileDescriptor(new FakeNativeFd(number));

/** A memory that a script made. */
export const fakeMemory = (sizeBytes = 64, native = new FakeNativeMemory(sizeBytes)): SharedMemory =>
  new (SharedMemory as unknown as new (native: NativeMemory) => SharedMemory)(native);
