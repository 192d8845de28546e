// Loads the native addon: the prebuilt one of this package, or the one that was built beside it.

import nodeGypBuild from 'node-gyp-build';
import path from 'node:path';
import { VirglError, type VirglErrorCode } from '../protocol/error';
import type { PumpRecorderPlan } from './pump-recorder-plan';

/** A file descriptor owned by native code. */
export interface NativeFileDescriptor {
  /** -1 once closed or taken. */
  value(): number;
  take(): number;
  duplicate(): NativeFileDescriptor;
  close(): void;
}

/** A mapping owned by native code. */
export interface NativeMemory {
  /** Undefined once closed. */
  buffer(): ArrayBuffer | undefined;
  duplicateFd(): NativeFileDescriptor;
  takeFd(): NativeFileDescriptor;
  close(): void;
}

/** The queue to virglrenderer; see native/host_binding.h. */
export interface NativeHostBinding {
  wake(): void;
  /**
   * Where the host is inline: runs a call whose arguments are the first so many words of the ring's memory. Returns 0 if it
   * succeeded with nothing to say, otherwise words of completions.
   */
  call(number: number, words: number): number;
  /** Where the host is inline: retires fences, waiting for one if none is ready. Returns words of completions. */
  awaitFence(microseconds: number): number;
  /** Where the host is inline: more words of completions, 0 when that was all. */
  drain(): number;
  setActive(active: boolean): void;
  /** Looks for answers for up to 20 microseconds. */
  lookForAnswers(): boolean;
  /** Hands answers over now, instead of when the event loop is told of them. */
  deliver(): void;
  close(): void;
  put(thing: NativeMemory | NativeFileDescriptor | Uint8Array | Uint32Array): number;
  take(token: number): NativeFileDescriptor | NativeMemory | Uint32Array | undefined;
  library(): LibraryDescription;
}

/** A buffer that a pump made. */
export interface NativeReleased {
  /** As it was created: the members of `virgl_renderer_resource_create_args` up to nr_samples. */
  numbers: readonly number[];
  /** Its id is the pump's choice. */
  ownId: boolean;
  memory: NativeMemory;
  /** How a trace names the memory; 0 where nobody records. */
  recordedMemory: number;
  /** Closed where it is not kept to share the memory once more. */
  fd: NativeFileDescriptor;
}

/** Runs requests without JavaScript; see native/pump/pump_binding.h. */
export interface NativePump {
  /** Why it stopped, by number. */
  run(buffer: Uint8Array): number;
  /** From now on what it does is recorded. */
  record(plan: PumpRecorderPlan): void;
  /** What is known of streams, until {@link takeBack}: words of native/pump/frame_watch.h. */
  lend(words: Uint32Array): void;
  takeBack(): Uint32Array;
  isBusy(): boolean;
  /** False when completions tell what became of it. `call`: how it is recorded already. */
  makeFence(call?: number): boolean;
  awaitFences(): void;
  takeId(): number;
  giveBackId(id: number): void;
  bytes(): number;
  release(id: number): NativeReleased | undefined;
  takeUnsent(): { bytes: Uint8Array; fd?: NativeFileDescriptor } | undefined;
}

/** A descriptor that can be waited for; see native/readiness.h. */
export interface NativeWatched {
  /** -1 once closed. */
  number(): number;
  /**
   * Calls `ready` once, when it can be read or written (`events`: 1 | 2) or has failed; the process is kept alive until then.
   * Replaces an earlier one.
   */
  watch(events: number, ready: () => void): void;
  close(): void;
}

/** A connected Unix socket; see native/unix_socket.h. */
export interface NativeUnixSocket extends NativeWatched {
  seqpacket(): boolean;
  /** Bytes, 0 at the end, -1 when nothing came in time, -2 when `alsoWake` ended the wait. */
  receive(
    into: Uint8Array,
    waitMs: number,
    spinMicroseconds: number,
    alsoWake: readonly number[] | undefined,
  ): number;
  /** Bytes sent beyond `skipBytes`. */
  send(
    bytes: Uint8Array | readonly Uint8Array[],
    totalBytes: number,
    skipBytes: number,
    fds: readonly NativeFileDescriptor[] | undefined,
    waitMs: number,
  ): number;
  takeFd(): NativeFileDescriptor | undefined;
  duplicate(): NativeFileDescriptor;
  peer(): { pid: number; uid: number; gid: number };
  growSendBuffer(sizeBytes: number): void;
  shutdown(how: 0 | 1 | 2): void;
}

/** A Unix socket that listens; see native/unix_listener.h. */
export interface NativeUnixListener extends NativeWatched {
  accept(waitMs: number): NativeUnixSocket | undefined;
}

/** An eventfd; see native/event_fd.h. */
export interface NativeEventFd extends NativeWatched {
  signal(value: bigint): void;
  read(): bigint;
  duplicate(): NativeFileDescriptor;
}

/** Descriptors to wait for; see native/poll_set.h. */
export interface NativePollSet {
  wait(waitMs: number, lookMicroseconds: number, ready: Uint8Array): boolean;
}

/** What was found of libvirglrenderer. */
export interface LibraryDescription {
  /** The file, with symbolic links resolved. */
  path: string;
  /** Every C function that the addon knows, and whether the library has it. */
  functions: Record<string, boolean>;
}

/** The addon's exports. */
export interface Addon {
  /** Names of the queued calls, by number. */
  calls: readonly string[];
  /** Every C function the addon knows, with the first release that has it. */
  functions: Readonly<Record<string, string>>;
  openLibrary(path: string): LibraryDescription;
  HostBinding: new (
    ring: Uint32Array,
    completions: Uint32Array,
    onCompletions: (words: number) => void,
    libraryPath: string,
    inline: boolean,
  ) => NativeHostBinding;
  RequestPump: new (
    host: NativeHostBinding,
    socket: NativeUnixSocket,
    rows: readonly object[],
    progress: NativeMemory,
    io: Float64Array,
    maxRequestBytes: number,
    maxOpenMemories: number,
    alsoWake: number,
  ) => NativePump;
  Memory: {
    new (sizeBytes: number, name: string): NativeMemory;
    fromFd(fd: NativeFileDescriptor, offsetBytes: number, sizeBytes: number): NativeMemory;
  };
  FileDescriptor: new (value: number) => NativeFileDescriptor;
  UnixSocket: {
    /** Undefined when the server's queue was full for so long. */
    connect(path: string, waitMs: number): NativeUnixSocket | undefined;
    pair(seqpacket: boolean): [NativeUnixSocket, NativeUnixSocket];
    /** Undefined if it is something else; it is left as it is then. */
    adopt(fd: NativeFileDescriptor): NativeUnixSocket | undefined;
  };
  UnixListener: new (path: string, absolutePath: string, mode: number, backlog: number) => NativeUnixListener;
  /** Of a value, or taking over a descriptor; without one if that is no eventfd. */
  EventFd: new (initial: bigint | NativeFileDescriptor) => NativeEventFd;
  PollSet: new (
    bells: readonly number[],
    readers: readonly number[],
    writers: readonly number[],
  ) => NativePollSet;
  /** Has the kernel kill this process when its parent ends; false when that is another one. See native/end_with_parent.h. */
  endWithParent(parent: number): boolean;
  /** Lets a crash wait so long, until `letCrashes` was called as often; see native/crash_delay.h. */
  holdCrashes(milliseconds: number): void;
  letCrashes(): void;
}

const PACKAGE_ROOT = path.join(__dirname, '..', '..');

const HELP = `There is no prebuilt addon for ${process.platform}-${process.arch} in this package, or it can't run here.
Build it from source, with g++ and cmake installed, by: npm explore virgl -- npm run build:source`;

let loaded: Addon | undefined;

/**
 * The addon, loaded at the first call so that `import` never fails.
 * @throws VirglError `ERR_VIRGL_ADDON` with what to do about it
 */
export const addon = (): Addon => {
  if (loaded !== undefined) return loaded;
  try {
    return (loaded = nodeGypBuild(PACKAGE_ROOT) as Addon);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new VirglError('ERR_VIRGL_ADDON', `virgl: the native addon did not load: ${reason}\n${HELP}`, {
      cause,
    });
  }
};

interface NativeError extends Error {
  code?: VirglErrorCode;
  errno?: number;
  operation?: string;
}

const ADVICE: Partial<Record<VirglErrorCode, string>> = {
  ERR_VIRGL_LIBRARY:
    'Install virglrenderer 0.10 or newer: apt install libvirglrenderer1 (Debian, Ubuntu), dnf install virglrenderer (Fedora), apk add virglrenderer (Alpine)',
  ERR_VIRGL_IN_USE: 'Close the other one first, or open this one in another process',
};

/** Runs a native call and turns its error, made in C++ with the same codes, into a {@link VirglError}. */
export const callNative = <Result>(call: () => Result): Result => {
  try {
    return call();
  } catch (cause) {
    const { code, errno, operation, message } = cause as NativeError;
    if (code === undefined) throw cause;
    const advice = ADVICE[code];
    throw new VirglError(code, advice === undefined ? message : `${message}. ${advice}`, {
      errno,
      operation,
      cause,
    });
  }
};
