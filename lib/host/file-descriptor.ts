// A file descriptor with exactly one owner.

import { invalidArgument, VirglError } from '../protocol/error';
import { addon, type NativeFileDescriptor } from './addon';

const natives = new WeakMap<FileDescriptor, NativeFileDescriptor>();

/** An open, close-on-exec file descriptor that this object owns: it is closed once, by you or by the garbage collector. */
export class FileDescriptor implements Disposable {
  private constructor() {
    // Made by adopt() and by hosts.
  }

  /**
   * Takes over a descriptor from elsewhere; from now on only this object may close it.
   * @param value an open descriptor
   * @throws VirglError `ERR_VIRGL_ARGUMENT` if it is not open
   */
  static adopt(value: number): FileDescriptor {
    // More than an int would be cut to another descriptor.
    if (!Number.isInteger(value) || value < 0 || value > 0x7fffffff) {
      throw invalidArgument('FileDescriptor.adopt', 'value', 'an open file descriptor', value);
    }
    const native = new (addon().FileDescriptor)(value);
    if (native.value() < 0)
      throw invalidArgument('FileDescriptor.adopt', 'value', 'an open file descriptor', value);
    return wrapFileDescriptor(native);
  }

  /** True after {@link close} or {@link release}. */
  get closed(): boolean {
    return nativeFileDescriptor(this).value() < 0;
  }

  /**
   * The number, for calls that only look at it; this object goes on owning it.
   * @throws VirglError `ERR_VIRGL_CLOSED`
   */
  get value(): number {
    const value = nativeFileDescriptor(this).value();
    if (value < 0) throw new VirglError('ERR_VIRGL_CLOSED', 'FileDescriptor: already closed or released');
    return value;
  }

  /**
   * Gives the number away; whoever takes it must close it.
   * @throws VirglError `ERR_VIRGL_CLOSED`
   */
  release(): number {
    const value = this.value;
    nativeFileDescriptor(this).take();
    return value;
  }

  /**
   * Another descriptor of the same open file.
   * @throws VirglError `ERR_VIRGL_CLOSED`, or `ERR_VIRGL_SYSTEM` when the process has no descriptor left
   */
  duplicate(): FileDescriptor {
    const value = this.value;
    const copy = nativeFileDescriptor(this).duplicate();
    if (copy.value() < 0) throw new VirglError('ERR_VIRGL_SYSTEM', 'dup failed', { operation: 'dup', value });
    return wrapFileDescriptor(copy);
  }

  /** Closes it; harmless when it is closed already. */
  close(): void {
    nativeFileDescriptor(this).close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Wraps what native code returned. */
export const wrapFileDescriptor = (native: NativeFileDescriptor): FileDescriptor => {
  // The constructor is private so that nobody makes one without a native half.
  const descriptor = new (FileDescriptor as unknown as new () => FileDescriptor)();
  natives.set(descriptor, native);
  return descriptor;
};

/** The native half. */
export const nativeFileDescriptor = (descriptor: FileDescriptor): NativeFileDescriptor => {
  const native = natives.get(descriptor);
  if (native === undefined)
    throw new VirglError('ERR_VIRGL_CLOSED', 'FileDescriptor: not made by this package');
  return native;
};
