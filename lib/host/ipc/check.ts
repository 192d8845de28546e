// Checks of arguments, and the errors of this folder.

import { invalidArgument, VirglError } from '../../protocol/error';
import { nearestName } from '../../protocol/nearest-name';
import { FileDescriptor } from '../file-descriptor';

/** Bytes of a path that fit into `sun_path` beside its end. */
const MAX_PATH_BYTES = 107;
/** SCM_MAX_FD: what the kernel takes in one message. */
const MAX_FDS = 253;

/** Throws unless `options` is an object that has no other keys than these. */
export const checkOptions = (operation: string, options: object, names: readonly string[]): void => {
  if (typeof options !== 'object' || options === null)
    throw invalidArgument(operation, 'options', 'an object', options);
  for (const key of Object.keys(options)) {
    if (names.includes(key)) continue;
    const near = nearestName(key, names);
    const hint = near === undefined ? `it takes ${names.join(', ')}` : `did you mean ${near}?`;
    throw new VirglError(
      'ERR_VIRGL_ARGUMENT',
      `${operation}: unknown option ${JSON.stringify(key)}; ${hint}`,
      { operation, field: key, value: (options as Record<string, unknown>)[key] },
    );
  }
};

/** Throws unless it is an integer of that range. */
export const checkInteger = (
  operation: string,
  field: string,
  value: unknown,
  min: number,
  max: number,
): void => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
    throw invalidArgument(operation, field, `an integer from ${min} to ${max}`, value);
};

/** Throws unless it is -1 (for ever) or a number of milliseconds. */
export const checkWaitMs = (operation: string, value: unknown): void => {
  if (typeof value !== 'number' || !(value === -1 || (value >= 0 && value < Infinity)))
    throw invalidArgument(operation, 'waitMs', 'milliseconds, or -1 for ever,', value);
};

/** Throws unless it fits into the address of a socket. */
export const checkPath = (operation: string, path: unknown): void => {
  const fits =
    typeof path === 'string' &&
    path.length > 0 &&
    !path.includes('\0') &&
    Buffer.byteLength(path) <= MAX_PATH_BYTES;
  if (!fits)
    throw invalidArgument(operation, 'path', `a path of 1 to ${MAX_PATH_BYTES} bytes without NUL`, path);
};

/** Throws unless there is room for at least one byte: 0 bytes received mean the end. */
export const checkInto = (operation: string, into: unknown): void => {
  if (!(into instanceof Uint8Array) || into.byteLength === 0)
    throw invalidArgument(operation, 'into', 'a Uint8Array of at least 1 byte', into);
};

/** Throws unless it is bytes; returns how many. */
export const checkBytes = (operation: string, bytes: unknown): number => {
  if (bytes instanceof Uint8Array) return bytes.byteLength;
  if (!Array.isArray(bytes)) throw invalidArgument(operation, 'bytes', 'a Uint8Array or several', bytes);
  let total = 0;
  bytes.forEach((part: unknown, index) => {
    if (!(part instanceof Uint8Array))
      throw invalidArgument(operation, `bytes[${index}]`, 'a Uint8Array', part);
    total += part.byteLength;
  });
  return total;
};

/** Throws unless it is an open descriptor. */
export const checkFd = (operation: string, field: string, fd: unknown): void => {
  if (!(fd instanceof FileDescriptor) || fd.closed)
    throw invalidArgument(operation, field, 'an open FileDescriptor', fd);
};

/** Throws unless they are open descriptors that fit into a message of so many bytes. */
export const checkFds = (operation: string, fds: unknown, bytes: number): void => {
  if (!Array.isArray(fds) || fds.length > MAX_FDS)
    throw invalidArgument(operation, 'fds', `at most ${MAX_FDS} FileDescriptors`, fds);
  fds.forEach((fd: unknown, index) => checkFd(operation, `fds[${index}]`, fd));
  if (fds.length > 0 && bytes === 0)
    throw invalidArgument(operation, 'bytes', 'at least 1 byte for descriptors to go with', bytes);
};

/** Throws unless they are numbers that descriptors can have. */
export const checkFdNumbers = (operation: string, field: string, fds: unknown): void => {
  if (!Array.isArray(fds)) throw invalidArgument(operation, field, 'descriptor numbers', fds);
  fds.forEach((fd: unknown, index) => checkInteger(operation, `${field}[${index}]`, fd, 0, 0x7fffffff));
};

/** The error of everything that was asked of a closed object. */
export const alreadyClosed = (operation: string): VirglError =>
  new VirglError('ERR_VIRGL_CLOSED', `${operation}: already closed`, { operation });
