// A command stream as calls of a context's methods. Each is tried first: what the classes would not encode to the same dwords goes to the
// context's encoder.

import { listCode, prefixed } from '../code';
import { dwordsOf, isEqual, packetsAt } from '../stream';
import type { LiveContext } from './live-context';
import { ObjectSteps } from './object-steps';
import { StateSteps } from './state-steps';
import { attempt, type ClassStreamParts, StreamWalk, type Values } from './stream-walk';
import { dryWork, runWork, WORK_CALLS } from './work-calls';

// Clears, draws and the like.
const work = (walk: StreamWalk): boolean => {
  const command = walk.known(walk.index);
  const toCalls = command === undefined ? undefined : WORK_CALLS[command.name];
  const end = walk.index + 1;
  if (command === undefined || toCalls === undefined || !walk.fits(end)) return false;
  const { live, parts } = walk;
  const calls = attempt(() => toCalls(command.fields as Values, { live, values: parts.values })) ?? [];
  for (const call of calls) {
    const dwords = attempt(() => dryWork(call, live));
    if (dwords === undefined || !isEqual(dwords, walk.dwords(walk.index, end))) continue;
    const recorded = live.commit((context) => runWork(call, context));
    parts.emit({ code: listCode(`${live.name}.${call.method}(`, [call.arg.code], ')') });
    return walk.took(end, recorded, call.method);
  }
  return false;
};

// What no class says.
const raw = (walk: StreamWalk): void => {
  const { live, parts, stream } = walk;
  const packets = packetsAt(walk.commands, walk.index);
  const [command] = walk.commands.slice(walk.index);
  if (command === undefined) return;
  const whole = parts.raw.shaderCode(stream, packets);
  const end = walk.index + (whole === undefined ? 1 : packets.length);
  live.context.commands.append(dwordsOf(stream, command, walk.commands[end - 1] ?? command));
  if (command.name === 'DESTROY_OBJECT') {
    const implicit = live.implicit.get(command.fields.handle);
    if (implicit !== undefined) live.spoiled.add(implicit.resource);
    live.implicit.delete(command.fields.handle);
  }
  const code = whole ?? parts.raw.commandCode(stream, command);
  parts.emit({ code: prefixed(`${live.name}.commands.`, code) });
  walk.index = end;
};

/** How many commands were written in which way. */
export interface StreamShare {
  commands: number;
  byClass: number;
}

/** Writes the statements of a stream, from a dword on, that its context is to record. */
export const writeStream = async (
  parts: ClassStreamParts,
  live: LiveContext,
  stream: Uint32Array,
  fromDword: number,
): Promise<StreamShare> => {
  const walk = new StreamWalk(parts, live, stream, fromDword);
  const [objects, state] = [new ObjectSteps(walk), new StateSteps(walk)];
  const share: StreamShare = { commands: 0, byClass: 0 };
  while (!walk.isDone) {
    const before = walk.index;
    const byClass =
      state.setWithViews() || (await objects.create()) || state.set() || work(walk) || objects.destroy();
    if (!byClass) raw(walk);
    share.commands += walk.index - before;
    if (byClass) share.byClass += walk.index - before;
  }
  return share;
};
