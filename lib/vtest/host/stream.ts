// What a command stream of a host's context becomes on a vtest connection: the same commands for the context's own
// sub-contexts, interrupted where one of them needs the backing of a resource.

import { type Command, commandName, decode, ObjectType, OPCODES, parseHeader } from '../../protocol';
import { opcodeOf, payloadDwords } from '../../protocol/header';
import { Fault, type StreamContext, type StreamPlan, StreamPlanner } from './stream-planner';

/** Commands that are looked at; all others go as they are. */
const SPECIAL: ReadonlySet<string> = new Set<Command['name']>([
  'SET_SUB_CTX',
  'CREATE_SUB_CTX',
  'DESTROY_SUB_CTX',
  'TRANSFER3D',
  'COPY_TRANSFER3D',
  'RESOURCE_INLINE_WRITE',
  'GET_QUERY_RESULT',
  'GET_MEMORY_INFO',
  'GET_PIPE_RESOURCE_LAYOUT',
  'DECODE_BITSTREAM',
  'ENCODE_BITSTREAM',
]);
const OBJECT_COMMANDS: ReadonlySet<string> = new Set<Command['name']>(['CREATE_OBJECT', 'DESTROY_OBJECT']);

/** By opcode: 1 for commands that go as they are, whatever they say. */
const IS_PLAIN = new Uint8Array(256);
for (const [name, opcode] of Object.entries(OPCODES))
  if (!SPECIAL.has(name) && !OBJECT_COMMANDS.has(name)) IS_PLAIN[opcode] = 1;

const isSpecial = (header: number): boolean => {
  const { name, objectType } = parseHeader(header);
  return OBJECT_COMMANDS.has(name) ? objectType === ObjectType.QUERY : SPECIAL.has(name);
};

/** The only command of these words. */
const decodeOne = (words: Uint32Array): Command => {
  const [command] = decode(words, { onError: 'raw' });
  return command;
};

/** Why no host can find the end of a command. */
const framingFault = (header: number, left: number): { what: string; isFatal: boolean } | undefined => {
  const { opcode, lengthDwords, name } = parseHeader(header);
  if (name === 'UNKNOWN') return { what: `no release has an opcode ${opcode}`, isFatal: false };
  if (lengthDwords <= left) return undefined;
  const what = `its length of ${lengthDwords} dwords runs past the end of the stream, ${left} are left`;
  return { what, isFatal: true };
};

/** Takes a stream apart. The parts refer to `words`, which must not change before they are sent. */
export const planStream = (words: Uint32Array, context: StreamContext): StreamPlan => {
  const planner = new StreamPlanner(context);
  const { plan } = planner;
  let from = 0;
  const passOn = (to: number): void => {
    if (to > from) planner.add(words.subarray(from, to));
  };
  for (let at = 0, commandIndex = 0; at < words.length; commandIndex += 1) {
    const header = words[at];
    const end = at + 1 + payloadDwords(header);
    // Nearly all commands of nearly all streams.
    if (IS_PLAIN[opcodeOf(header)] === 1 && end <= words.length) {
      at = end;
      continue;
    }
    const endHere = (what: string, isFatal: boolean): StreamPlan => {
      planner.cut();
      plan.fault = { what, isFatal, commandIndex, byteOffset: at * 4, command: commandName(header) };
      return plan;
    };
    const framing = framingFault(header, words.length - at - 1);
    if (framing !== undefined) {
      passOn(at);
      return endHere(framing.what, framing.isFatal);
    }
    if (isSpecial(header)) {
      passOn(at);
      from = at;
      try {
        if (planner.special(decodeOne(words.subarray(at, end)))) from = end;
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        return endHere(error.message, true);
      }
    }
    at = end;
  }
  passOn(words.length);
  planner.cut();
  return plan;
};
