// What is wrong with a guest's command, and which response says so.

import { VirglError, type VirglErrorCode } from '../protocol/error';
import type { CommandName } from './commands';
import type { ErrorResponseName } from './responses';

/** Where a fault is. */
export interface FaultPlace {
  /** The field of the command. */
  field?: string;
  value?: unknown;
  resourceId?: number;
  cause?: unknown;
  /** It was told before, and would be told with every command from now on. */
  isKnown?: boolean;
}

/** A command that can't be carried out. */
export class CommandFault extends Error {
  readonly response: ErrorResponseName;
  readonly field?: string;
  readonly value?: unknown;
  readonly resourceId?: number;
  readonly isKnown?: boolean;

  constructor(response: ErrorResponseName, message: string, place: FaultPlace = {}) {
    const { cause, ...fields } = place;
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'CommandFault';
    this.response = response;
    Object.assign(this, fields);
  }
}

/** A guest's command that was not carried out. */
export interface GuestError {
  /** Name of the command; `UNKNOWN` for a number that no command has, or a request that is too short to have one. */
  command: CommandName | 'UNKNOWN';
  /** The context of the header; 0 for none. */
  contextId: number;
  /** What the guest called that context. */
  contextName?: string;
  resourceId?: number;
  /** What the guest was answered. */
  response: ErrorResponseName;
  field?: string;
  value?: unknown;
  /** What was expected and what was found. */
  message: string;
  /** What the host said. */
  cause?: VirglError;
}

/** "Expected X for Y but found Z". */
export const unexpected = (
  response: ErrorResponseName,
  field: string,
  expected: string,
  value: unknown,
  place: FaultPlace = {},
): CommandFault =>
  new CommandFault(response, `expected ${expected} for ${field} but found ${String(value)}`, {
    ...place,
    field,
    value,
  });

/** As {@link unexpected}, for a value that is not allowed. */
export const invalidParameter = (
  field: string,
  expected: string,
  value: unknown,
  place: FaultPlace = {},
): CommandFault => unexpected('ERR_INVALID_PARAMETER', field, expected, value, place);

const ENOMEM = 12;

const RESPONSE_OF: Partial<Record<VirglErrorCode, ErrorResponseName>> = {
  ERR_VIRGL_ARGUMENT: 'ERR_INVALID_PARAMETER',
  ERR_VIRGL_REFUSED: 'ERR_INVALID_PARAMETER',
  ERR_VIRGL_DUPLICATE_HANDLE: 'ERR_INVALID_RESOURCE_ID',
  ERR_VIRGL_CONTEXT_LOST: 'ERR_INVALID_PARAMETER',
};

const responseTo = ({ code, field, errno }: VirglError): ErrorResponseName => {
  if (errno === ENOMEM) return 'ERR_OUT_OF_MEMORY';
  if (code === 'ERR_VIRGL_UNKNOWN_HANDLE')
    return field === 'contextId' ? 'ERR_INVALID_CONTEXT_ID' : 'ERR_INVALID_RESOURCE_ID';
  return RESPONSE_OF[code] ?? 'ERR_UNSPEC';
};

/** Anything that was thrown while a command was carried out, as a fault. */
export const faultOf = (error: unknown): CommandFault => {
  if (error instanceof CommandFault) return error;
  if (error instanceof VirglError) {
    const { message, field, value, resourceId } = error;
    return new CommandFault(responseTo(error), message, { field, value, resourceId, cause: error });
  }
  return new CommandFault('ERR_UNSPEC', error instanceof Error ? error.message : String(error), {
    cause: error,
  });
};
