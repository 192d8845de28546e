// Command streams under the static checks of lib/protocol: before they are submitted (`strict`), or when virglrenderer did not
// like one, to say what is wrong with it. Before every submit they would cost more than the submit.

import { parseHeader } from '../protocol/header';
import { StreamChecker } from '../protocol/check/checker';
import type { Diagnostic } from '../protocol/check/site';
import type { GpuContext } from './contexts';
import { CommandFault } from './faults';
import type { GpuResource } from './resources';
import type { VirglError } from '../protocol/error';

const wordsOf = (
  { command, commandIndex, byteOffset, field, message }: Diagnostic,
  commands: Uint32Array,
): string => {
  // What can't be decoded has a name all the same, if its opcode has one.
  const name = command === 'UNKNOWN' ? parseHeader(commands[byteOffset / 4]).name : command;
  const where = field === undefined ? '' : `, ${field}`;
  return `command ${commandIndex} (${name}${where}, byte offset ${byteOffset}): ${message}`;
};

const firstError = (found: readonly Diagnostic[]): Diagnostic | undefined =>
  found.find(({ severity }) => severity === 'error');

/** A check that knows all of a context, or as much as can be known later than from its start. */
export const checkerFor = (resources: ReadonlyMap<number, GpuResource>, complete: boolean): StreamChecker => {
  // What kind of resource a blob is the host alone knows.
  const hasBlobs = Array.from(resources.values()).some(({ blob }) => blob !== undefined);
  return new StreamChecker({ complete, ...(!hasBlobs && { resources }) });
};

/** Refuses a stream that a host would refuse. @throws CommandFault */
export const checkBefore = (context: GpuContext, commands: Uint32Array): void => {
  const error = firstError(context.checker?.check(commands) ?? []);
  if (error === undefined) return;
  // Nothing of it was executed, so what the check saw made does not exist.
  context.checker = checkerFor(context.resources, false);
  throw new CommandFault('ERR_INVALID_PARAMETER', wordsOf(error, commands), {
    field: error.field ?? error.command,
  });
};

/** What was wrong with a stream that a host did not like. */
export const explainRefusal = (
  context: GpuContext,
  commands: Uint32Array,
  cause: VirglError,
): CommandFault => {
  const error = firstError(checkerFor(context.resources, false).check(commands));
  const reason = error === undefined ? cause.message : `${wordsOf(error, commands)}; ${cause.message}`;
  return new CommandFault('ERR_INVALID_PARAMETER', reason, { field: error?.field ?? cause.field, cause });
};
