// The arguments of a call in words: a form word with two bits for each argument, and each by its type; what does not fit goes as JSON.
// docs/trace-format.md has the table.

import type { ParamSpec } from '../../host/call-table';
import { argsFromJson, argsToJson } from './json-args';
import { type CallLayout, MAX_HEAD_WORDS } from './layout';
import {
  type CallOutput,
  endsRecord,
  LEFT_OUT,
  MISFIT,
  PARAM_CODECS,
  type ParamCodec,
  type ReadTail,
} from './param-codecs';
import { faulty, type WordCursor } from './words';

/** What stands where the form word would: the arguments are not an object of arguments. */
const ARGS_UNDEFINED = 1;
const ARGS_JSON = 2;
const ARGS_SHIFT = 16;
const CALL_MASK = 0xffff;

const FORM_BITS = 2;
const FORM_MASK = 3;

interface CompiledParam {
  name: string;
  type: ParamSpec['type'];
  shift: number;
  codec: ParamCodec;
}

/** A call as a file lays it out. */
export interface CompiledCall {
  number: number;
  name: string;
  params: readonly CompiledParam[];
}

/** Most arguments of one call, as the form word has room for. */
const MOST_PARAMS = 16;

/**
 * Makes ready to read or write calls.
 * @throws VirglError `ERR_VIRGL_DECODE` where a file has types that this release does not know
 */
export const compileCalls = (layouts: readonly CallLayout[]): readonly CompiledCall[] =>
  layouts.map(({ name, params }, number) => {
    if (params.length > MOST_PARAMS) throw faulty(`the call ${name} has ${params.length} arguments`);
    return {
      number,
      name,
      params: params.map((param, index) => {
        if (!Object.hasOwn(PARAM_CODECS, param.type))
          throw faulty(
            `the argument ${param.name} of ${name} has the unknown type ${JSON.stringify(param.type)}`,
          );
        return { ...param, shift: index * FORM_BITS, codec: PARAM_CODECS[param.type] };
      }),
    };
  });

/** Returns whether all of the arguments fit their types; if not, what was written is to be forgotten. */
const writeByTable = (
  call: CompiledCall,
  args: Readonly<Record<string, unknown>>,
  output: CallOutput,
): boolean => {
  const { head } = output;
  const formAt = head.length;
  head.push(0);
  let forms = 0;
  let known = 0;
  for (const { name, type, shift, codec } of call.params) {
    const value = args[name];
    if (value === undefined) continue;
    known += 1;
    if (type === 'fd') continue;
    const form = codec.write(value, output, name);
    if (form === MISFIT) return false;
    forms |= form << shift;
  }
  head.words[formAt] = forms;
  for (const key in args) if (args[key] !== undefined) known -= 1;
  return known === 0 && head.length - formAt <= MAX_HEAD_WORDS;
};

/** Writes number and arguments of a call. */
export const writeCall = (call: CompiledCall, args: unknown, output: CallOutput): void => {
  const { head } = output;
  const start = head.length;
  head.push(call.number);
  if (args === undefined) {
    head.words[start] = call.number | (ARGS_UNDEFINED << ARGS_SHIFT);
    return;
  }
  const isArguments = args !== null && typeof args === 'object' && !Array.isArray(args);
  if (isArguments && writeByTable(call, args as Record<string, unknown>, output)) return;
  head.length = start;
  head.push(call.number | (ARGS_JSON << ARGS_SHIFT));
  output.tail = { bytes: argsToJson(args), inline: false };
};

/** The number of a call, from the first word that {@link writeCall} wrote. */
export const callNumberOf = (firstWord: number): number => firstWord & CALL_MASK;

/** Reads what {@link writeCall} wrote. */
export const readCall = (
  calls: readonly CompiledCall[],
  cursor: WordCursor,
  readTail: ReadTail,
): { name: string; args: unknown } => {
  const first = cursor.u32();
  const call = calls[callNumberOf(first)];
  if (call === undefined) throw faulty(`it is call ${callNumberOf(first)} of a table of ${calls.length}`);
  const { name } = call;
  switch (first >>> ARGS_SHIFT) {
    case 0:
      break;
    case ARGS_UNDEFINED:
      return { name, args: undefined };
    case ARGS_JSON:
      return { name, args: argsFromJson(readTail()) };
    default:
      throw faulty(`its arguments are written in the unknown way ${first >>> ARGS_SHIFT}`);
  }
  const forms = cursor.u32();
  const args: Record<string, unknown> = {};
  let last: CompiledParam | undefined;
  for (const param of call.params) {
    const form = (forms >>> param.shift) & FORM_MASK;
    if (form === LEFT_OUT) continue;
    // The bytes stand behind all other arguments.
    if (endsRecord(param.type, form)) last = param;
    else args[param.name] = param.codec.read(form, cursor, readTail);
  }
  if (last !== undefined)
    args[last.name] = last.codec.read((forms >>> last.shift) & FORM_MASK, cursor, readTail);
  return { name, args };
};
