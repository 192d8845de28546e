// The one error class of the package. It lives in the leftmost folder so that the pure code can throw it too.

/** Stable error codes; {@link VirglError.code} is always one of them. */
export const ERROR_CODES = [
  /** An argument has the wrong type or lies outside its range. */
  'ERR_VIRGL_ARGUMENT',
  /** A stream or text could not be decoded. */
  'ERR_VIRGL_DECODE',
  /** A command can't be put into a stream (too long, unknown name). */
  'ERR_VIRGL_ENCODE',
  /** A context, resource, fence or memory id is not known, or was destroyed. */
  'ERR_VIRGL_UNKNOWN_HANDLE',
  /** An id is already in use. */
  'ERR_VIRGL_DUPLICATE_HANDLE',
  /** virglrenderer refused the call; `errno` and `log` say why. */
  'ERR_VIRGL_REFUSED',
  /** virglrenderer has put the context in its error state; only destroying the context helps. */
  'ERR_VIRGL_CONTEXT_LOST',
  /** The object or host was closed or destroyed. */
  'ERR_VIRGL_CLOSED',
  /** The library or this platform does not offer the function. */
  'ERR_VIRGL_UNSUPPORTED',
  /** libvirglrenderer could not be opened. */
  'ERR_VIRGL_LIBRARY',
  /** The native addon could not be loaded. */
  'ERR_VIRGL_ADDON',
  /** virglrenderer could not start (no EGL, no driver, …). */
  'ERR_VIRGL_INIT',
  /** Another renderer is open in this process. */
  'ERR_VIRGL_IN_USE',
  /** The process that rendered is gone: it crashed, hung, or used too much memory. */
  'ERR_VIRGL_CRASHED',
  /** An operating system call failed. */
  'ERR_VIRGL_SYSTEM',
] as const;

/** One of {@link ERROR_CODES}. */
export type VirglErrorCode = (typeof ERROR_CODES)[number];

/** What is known about a failure; every field is optional. */
export interface VirglErrorDetails {
  /** The call or command that failed, for example `transferReadIov` or `DRAW_VBO`. */
  operation?: string;
  /** The field or argument at fault, for example `box.w`. */
  field?: string;
  /** The value that was refused. */
  value?: unknown;
  /** Context id. */
  contextId?: number;
  /** Resource id. */
  resourceId?: number;
  /** Zero-based index of the command in its stream. */
  commandIndex?: number;
  /** Byte offset into the stream or text. */
  byteOffset?: number;
  /** Line of a text, from 1. */
  line?: number;
  /** Column of a text in characters, from 1. */
  column?: number;
  /** Positive errno from the system or from virglrenderer. */
  errno?: number;
  /** What virglrenderer logged during the call. */
  log?: string;
  /** The error behind this one. */
  cause?: unknown;
}

/** Every failure of this package. The message says what was expected and what was received. */
export class VirglError extends Error {
  /** Stable, machine-readable kind of failure. */
  readonly code: VirglErrorCode;
  readonly operation?: string;
  readonly field?: string;
  readonly value?: unknown;
  readonly contextId?: number;
  readonly resourceId?: number;
  readonly commandIndex?: number;
  readonly byteOffset?: number;
  readonly line?: number;
  readonly column?: number;
  readonly errno?: number;
  readonly log?: string;

  constructor(code: VirglErrorCode, message: string, details: VirglErrorDetails = {}) {
    const { cause, ...fields } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'VirglError';
    this.code = code;
    Object.assign(this, fields);
  }
}

const describeValue = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (value === null || typeof value !== 'object')
    return typeof value === 'function' ? 'a function' : String(value);
  return `${value.constructor?.name ?? 'an object'}${Array.isArray(value) ? ` of ${value.length}` : ''}`;
};

/**
 * The error for a bad argument, worded "OPERATION: expected EXPECTED for FIELD but received VALUE".
 * @param operation the call or command
 * @param field the argument or field at fault
 * @param expected what is allowed, as a noun phrase
 * @param value what came instead
 */
export const invalidArgument = (
  operation: string,
  field: string,
  expected: string,
  value: unknown,
  details: VirglErrorDetails = {},
): VirglError =>
  new VirglError(
    'ERR_VIRGL_ARGUMENT',
    `${operation}: expected ${expected} for ${field} but received ${describeValue(value)}`,
    { ...details, operation, field, value },
  );
