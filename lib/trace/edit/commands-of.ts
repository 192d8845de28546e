// The command stream of a submit, wherever it was kept.

import type { CallRecord, TraceRange } from '../model';
import type { MemoryContents } from '../inspect/memory-contents';

/** Whether a call submits commands. */
export const isSubmit = (call: CallRecord): call is CallRecord<'submitCmd' | 'submitCmd2'> =>
  call.name === 'submitCmd' || call.name === 'submitCmd2';

/**
 * The dwords of a submit, as a copy.
 * @returns undefined for bytes that are no whole number of dwords
 */
export const commandsOf = (
  call: CallRecord<'submitCmd' | 'submitCmd2'>,
  memories: MemoryContents,
): Uint32Array<ArrayBuffer> | undefined => {
  const commands = call.args.commands as Uint8Array | Uint32Array | TraceRange;
  if ('memoryId' in commands) return dwordsOf(memories.read(commands));
  return commands instanceof Uint32Array ? Uint32Array.from(commands) : dwordsOf(commands);
};

const dwordsOf = (bytes: Uint8Array): Uint32Array<ArrayBuffer> | undefined =>
  bytes.length % 4 === 0 ? new Uint32Array(Uint8Array.from(bytes).buffer) : undefined;
