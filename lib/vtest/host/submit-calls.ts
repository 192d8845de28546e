// Streams of commands on their way to the server.

import type { MemoryRange } from '../../host';
import type { CheckedArguments } from '../../host/call-table';
import { VirglError } from '../../protocol/error';
import { Spans } from './memory';
import { sendResultState } from './query-results';
import type { HostResource } from './resource';
import type { HostState } from './state';
import { planStream } from './stream';
import type { StreamFault, StreamPart } from './stream-planner';
import { moveIn, moveOut } from './transfer-calls';

/** A copy that nobody else changes. */
const copyOf = (commands: Uint32Array | MemoryRange): Uint32Array => {
  if (commands instanceof Uint32Array) return commands.slice();
  const bytes = new Uint8Array(commands.lengthBytes);
  Spans.of([commands]).read(0, bytes);
  return new Uint32Array(bytes.buffer);
};

const faultError = (contextId: number, fault: StreamFault): VirglError => {
  const { what, isFatal, command, commandIndex, byteOffset } = fault;
  const state = isFatal ? `; context ${contextId} is now in its error state and must be destroyed` : '';
  return new VirglError(
    isFatal ? 'ERR_VIRGL_CONTEXT_LOST' : 'ERR_VIRGL_REFUSED',
    `submitCmd: command ${commandIndex} (${command}, byte offset ${byteOffset}): ${what}${state}`,
    { operation: 'submitCmd', contextId, commandIndex, byteOffset, field: command },
  );
};

/** A part of a stream as a step. */
const sendPart = (state: HostState, part: StreamPart): Promise<void> => {
  switch (part.kind) {
    case 'commands':
      return state.steps.push({ run: () => state.client.submitCmd(part.words) });
    case 'write':
      return moveIn(state, part.transfer, part.backing);
    case 'read':
      return moveOut(state, part.transfer, part.backing);
    case 'mirror':
      return mirror(state, part.resource, part.bytes);
  }
};

/** Copies what a command has written to the server's backing into the caller's. */
const mirror = (state: HostState, resource: HostResource, bytes: number): Promise<void> => {
  const { backing, shared } = resource;
  return state.steps.push({
    run: () =>
      resource.arrive(async () => {
        await state.client.busyWait();
        if (shared !== undefined) backing?.spans.write(0, shared.bytes.subarray(0, bytes));
      }),
  });
};

/** submitCmd. */
export const submit = async (state: HostState, args: CheckedArguments): Promise<void> => {
  const contextId = args.contextId as number;
  const entry = state.ledger.contexts.get(contextId);
  const context = state.contexts.get(contextId);
  if (context === undefined) return;
  const commands = copyOf(args.commands as Uint32Array | MemoryRange);
  const { parts, results, fault } = planStream(commands, context);
  const inFlight = { contextId, context: entry, commands };
  state.submits.add(inFlight);
  const error = fault && faultError(contextId, fault);
  if (fault?.isFatal === true && entry !== undefined) entry.lost ??= error;
  const done = results.map((resource) => sendResultState(state, resource));
  for (const part of parts) done.push(sendPart(state, part));
  for (const resource of results) state.results.set(resource, Symbol());
  await Promise.all(done);
  state.submits.confirm(inFlight);
  if (error !== undefined) throw error;
};
