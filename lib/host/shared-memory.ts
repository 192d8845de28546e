// Memory that scripts, virglrenderer and other processes see at the same time.

import { constants } from 'node:buffer';
import { invalidArgument, VirglError } from '../protocol/error';
import { addon, callNative, type NativeMemory } from './addon';
import { type FileDescriptor, nativeFileDescriptor, wrapFileDescriptor } from './file-descriptor';

/** A piece of shared memory, as one entry of a scatter list (`struct iovec`). */
export interface MemoryRange {
  memory: SharedMemory;
  /** Bytes from the start of the memory. */
  offsetBytes: number;
  lengthBytes: number;
}

/** Options of {@link SharedMemory.create}. */
export interface SharedMemoryOptions {
  /** Shown by the kernel in /proc/PID/maps. Default `virgl`. */
  name?: string;
}

const natives = new WeakMap<SharedMemory, NativeMemory>();
/** By the buffer of their {@link SharedMemory.bytes}. */
const byBuffer = new WeakMap<ArrayBufferLike, SharedMemory>();
/** Those that virglrenderer mapped and will unmap. */
const mapped = new WeakSet<SharedMemory>();
let openMemories = 0;

/** How many {@link SharedMemory} objects of this thread are open. */
export const countSharedMemories = (): number => openMemories;

// The longest buffer of this release of Node.js.
const MAX_SIZE_BYTES = constants.MAX_LENGTH;
// Half of the address space that Linux gives a process: mmap refuses more in any case, and less clearly.
const MAX_OFFSET_BYTES = 2 ** 46;

const checkSize = (operation: string, field: string, value: number, min: number, max: number): void => {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw invalidArgument(operation, field, `an integer from ${min} to ${max}`, value);
  }
};

/**
 * A memfd mapped into this process. JavaScript sees it as bytes; a renderer can keep parts of it as a resource's
 * backing. It is unmapped when it was closed here *and* no resource uses it any more, so that neither side can pull it
 * from under the other.
 */
export class SharedMemory implements Disposable {
  /** The whole memory. Empty (detached) after {@link close}. */
  readonly bytes: Uint8Array;

  private constructor(native: NativeMemory) {
    const buffer = callNative(() => native.buffer());
    if (buffer === undefined) throw new VirglError('ERR_VIRGL_CLOSED', 'SharedMemory: already closed');
    // Node.js never transfers such a buffer to another thread. It is not marked as untransferable once more, because
    // from Node.js 24 on close() could not detach it then.
    this.bytes = new Uint8Array(buffer);
    natives.set(this, native);
    byBuffer.set(buffer, this);
    openMemories += 1;
  }

  /**
   * Makes new memory, filled with zeroes.
   * @throws VirglError `ERR_VIRGL_ARGUMENT` for a bad size, `ERR_VIRGL_SYSTEM` when the system has no memory for it
   */
  static create(sizeBytes: number, options: SharedMemoryOptions = {}): SharedMemory {
    checkSize('SharedMemory.create', 'sizeBytes', sizeBytes, 1, MAX_SIZE_BYTES);
    const { name = 'virgl' } = options;
    if (typeof name !== 'string' || name.length > 200 || name.includes('\0')) {
      throw invalidArgument(
        'SharedMemory.create',
        'name',
        'a string of at most 200 characters without NUL',
        name,
      );
    }
    return new SharedMemory(callNative(() => new (addon().Memory)(sizeBytes, name)));
  }

  /**
   * Maps a descriptor that somebody else sent. The descriptor is duplicated: the caller keeps its own.
   * @throws VirglError `ERR_VIRGL_ARGUMENT`, or `ERR_VIRGL_SYSTEM` when it can't be mapped or is shorter than asked
   */
  static fromFd(fd: FileDescriptor, layout: { offsetBytes?: number; sizeBytes: number }): SharedMemory {
    const { offsetBytes = 0, sizeBytes } = layout;
    checkSize('SharedMemory.fromFd', 'offsetBytes', offsetBytes, 0, MAX_OFFSET_BYTES);
    checkSize('SharedMemory.fromFd', 'sizeBytes', sizeBytes, 1, MAX_SIZE_BYTES);
    const native = nativeFileDescriptor(fd);
    return new SharedMemory(callNative(() => addon().Memory.fromFd(native, offsetBytes, sizeBytes)));
  }

  /** Size in bytes; 0 after {@link close}. */
  get sizeBytes(): number {
    return this.bytes.byteLength;
  }

  /** True after {@link close}. */
  get closed(): boolean {
    return this.bytes.byteLength === 0;
  }

  /**
   * A piece of this memory, for a backing or a transfer.
   * @param offsetBytes default 0
   * @param lengthBytes default: all from there on
   * @throws VirglError `ERR_VIRGL_ARGUMENT` if it does not lie inside
   */
  range(offsetBytes = 0, lengthBytes = this.sizeBytes - offsetBytes): MemoryRange {
    return checkRange('SharedMemory.range', 'range', { memory: this, offsetBytes, lengthBytes });
  }

  /**
   * A descriptor of this memory, to send to another process.
   * @throws VirglError `ERR_VIRGL_CLOSED`; `ERR_VIRGL_SYSTEM` for memory that has no descriptor
   */
  duplicateFd(): FileDescriptor {
    return checkOpen(wrapFileDescriptor(nativeMemory(this).duplicateFd()));
  }

  /**
   * The descriptor of this memory itself. The memory stays as it is, and holds no descriptor of the process any more: for those
   * who have thousands of memories. The caller closes it.
   * @throws VirglError as {@link duplicateFd}
   */
  takeFd(): FileDescriptor {
    return checkOpen(wrapFileDescriptor(nativeMemory(this).takeFd()));
  }

  /** Detaches {@link bytes} and lets go of the memory. Harmless when it is closed already. */
  close(): void {
    const native = natives.get(this);
    if (native === undefined) return;
    const movedAway = this.closed;
    natives.delete(this);
    openMemories -= 1;
    // ArrayBuffer.transfer() gave the bytes another buffer: they stay mapped for as long as that one lives.
    if (!movedAway) native.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

const checkOpen = (fd: FileDescriptor): FileDescriptor => {
  if (!fd.closed) return fd;
  throw new VirglError('ERR_VIRGL_SYSTEM', 'SharedMemory: this memory has no file descriptor');
};

/** Wraps what native code made. */
export const wrapMemory = (native: NativeMemory): SharedMemory =>
  new (SharedMemory as unknown as new (native: NativeMemory) => SharedMemory)(native);

/** Wraps what virglrenderer mapped. */
export const wrapMapped = (native: NativeMemory): SharedMemory => {
  const memory = wrapMemory(native);
  mapped.add(memory);
  return memory;
};

/** The memory that an array is a view on, if any. */
export const sharedMemoryOf = ({ buffer }: Uint8Array): SharedMemory | undefined => byBuffer.get(buffer);

/**
 * The native half.
 * @throws VirglError `ERR_VIRGL_CLOSED`
 */
export const nativeMemory = (memory: SharedMemory): NativeMemory => {
  const native = natives.get(memory);
  if (native === undefined) throw new VirglError('ERR_VIRGL_CLOSED', 'SharedMemory: already closed');
  return native;
};

/** Whether it stays mapped while it is lent to a resource; virglrenderer may unmap its own. */
export const isLasting = ({ memory }: MemoryRange): boolean => !mapped.has(memory);

/** The error for a range that is not {@link isLasting}. */
export const notLasting = (operation: string, field: string, { memory }: MemoryRange): VirglError =>
  invalidArgument(operation, `${field}.memory`, 'a SharedMemory that was not made by resourceMap', memory);

const isWithin = (value: unknown, max: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max;

/** A copy of a range that has nothing wrong; undefined for any other, about which {@link checkRange} has the words. */
export const copyOfGood = (range: unknown): MemoryRange | undefined => {
  const { memory, offsetBytes, lengthBytes } = (range ?? {}) as Partial<MemoryRange>;
  if (!(memory instanceof SharedMemory) || memory.closed) return undefined;
  const size = memory.sizeBytes;
  if (!isWithin(offsetBytes, size) || !isWithin(lengthBytes, size - offsetBytes)) return undefined;
  return { memory, offsetBytes, lengthBytes };
};

/** Throws unless `range` is a piece of open shared memory; returns a copy of it. */
export const checkRange = (operation: string, field: string, range: unknown): MemoryRange => {
  const { memory, offsetBytes, lengthBytes } = (range ?? {}) as Partial<MemoryRange>;
  if (!(memory instanceof SharedMemory)) {
    throw invalidArgument(operation, `${field}.memory`, 'a SharedMemory', memory);
  }
  if (memory.closed)
    throw new VirglError('ERR_VIRGL_CLOSED', `${operation}: ${field}.memory is closed`, { operation, field });
  const size = memory.sizeBytes;
  if (!Number.isSafeInteger(offsetBytes) || (offsetBytes as number) < 0 || (offsetBytes as number) > size) {
    throw invalidArgument(operation, `${field}.offsetBytes`, `an integer from 0 to ${size}`, offsetBytes);
  }
  const room = size - (offsetBytes as number);
  if (!Number.isSafeInteger(lengthBytes) || (lengthBytes as number) < 0 || (lengthBytes as number) > room) {
    throw invalidArgument(operation, `${field}.lengthBytes`, `an integer from 0 to ${room}`, lengthBytes);
  }
  return { memory, offsetBytes: offsetBytes as number, lengthBytes: lengthBytes as number };
};
