// Where the bytes of a trace come from: a file, or memory. Reads say how much they got; nobody trusts a length that stands in a file.

import fs from 'node:fs';
import { VirglError } from '../../protocol/error';

/** Bytes at places. */
export interface TraceBytes {
  readonly sizeBytes: number;
  /** Up to `length` bytes: fewer at the end. Valid until the next read. */
  read(byteOffset: number, length: number): Uint8Array;
  close(): void;
}

/** Bytes in memory. */
export const bytesInMemory = (bytes: Uint8Array): TraceBytes => ({
  sizeBytes: bytes.length,
  read: (byteOffset, length) => bytes.subarray(byteOffset, byteOffset + length),
  close: () => undefined,
});

/** The error for what the system refused. */
export const systemError = (operation: string, path: string, error: unknown): VirglError => {
  const { message, errno } = error as NodeJS.ErrnoException;
  return new VirglError('ERR_VIRGL_SYSTEM', `${operation}: ${path}: ${message}`, {
    operation,
    ...(errno === undefined ? {} : { errno: Math.abs(errno) }),
    cause: error,
  });
};

/**
 * Opens a file.
 * @throws VirglError `ERR_VIRGL_SYSTEM`
 */
export const bytesOfFile = (path: string): TraceBytes => {
  let fd: number;
  let sizeBytes: number;
  try {
    fd = fs.openSync(path, 'r');
    sizeBytes = fs.fstatSync(fd).size;
  } catch (error) {
    throw systemError('TraceReader.open', path, error);
  }
  let buffer = new Uint8Array(64 * 1024);
  return {
    sizeBytes,
    read: (byteOffset, length) => {
      const wanted = Math.max(0, Math.min(length, sizeBytes - byteOffset));
      if (wanted > buffer.length) buffer = new Uint8Array(Math.max(wanted, 2 * buffer.length));
      let got = 0;
      try {
        while (got < wanted) {
          const count = fs.readSync(fd, buffer, got, wanted - got, byteOffset + got);
          if (count === 0) break;
          got += count;
        }
      } catch (error) {
        throw systemError('TraceReader', path, error);
      }
      return buffer.subarray(0, got);
    },
    close: () => fs.closeSync(fd),
  };
};
