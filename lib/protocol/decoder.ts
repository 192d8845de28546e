// Reads command streams. Every dword is accounted for: what the fields do not tell is kept beside them, which is
// checked by writing each command back.

import type { Command, CommandPlace, Residue, UnknownCommand } from './command-types';
import { codecFor, type LayoutCodec } from './compile';
import { invalidArgument, VirglError } from './error';
import { FieldFault } from './field-fault';
import { objectName, OPCODES, parseHeader, type CommandHeader } from './header';
import type { ObjectName } from './objects';
import { readerOf, WordBuffer, type Reader } from './word-buffer';

/** How to decode. */
export interface DecodeOptions {
  /**
   * What to do with a command that can't be decoded: `throw` (default), or `raw` to yield it as UNKNOWN and go on
   * behind it.
   */
  onError?: 'throw' | 'raw';
}

const HEADER_LOW_BITS = 0xffff;
const FIELDLESS: UnknownCommand['fields'] = Object.freeze({});

// A command while it is put together.
interface DecodedShape extends CommandPlace {
  readonly name: CommandHeader['name'];
  readonly object?: ObjectName | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
  residue?: Residue[];
  extra?: Uint32Array;
}

const scratch = new WordBuffer(1024);

const wordsOf = (stream: Uint32Array | Uint8Array): Uint32Array => {
  if (stream instanceof Uint32Array) return stream;
  if (!(stream instanceof Uint8Array))
    throw invalidArgument('decode', 'stream', 'a Uint32Array or Uint8Array', stream);
  const { byteLength, byteOffset, buffer } = stream;
  if (byteLength % 4 !== 0) {
    throw new VirglError('ERR_VIRGL_DECODE', `decode: ${byteLength} bytes are no whole number of dwords`, {
      operation: 'decode',
      value: byteLength,
      byteOffset: byteLength - (byteLength % 4),
    });
  }
  if (byteOffset % 4 === 0) return new Uint32Array(buffer, byteOffset, byteLength / 4);
  return new Uint32Array(stream.slice().buffer);
};

// Adds what the fields do not tell: the command is written from its fields and compared with what was read.
const addRemainder = (command: DecodedShape, reader: Reader, at: number, codec: LayoutCodec): void => {
  const { u32, end } = reader;
  scratch.length = 0;
  const written = codec.write(scratch, command.fields);
  const actual = end - at;
  if (written > actual)
    throw new FieldFault('lengthDwords', `at least ${written - 1} payload dwords`, actual - 1);
  const now = scratch.u32;
  let mask = HEADER_LOW_BITS;
  for (let dword = 0; dword < written; dword += 1) {
    const replaces = (now[dword] ?? 0) & mask;
    const value = (u32[at + dword] ?? 0) & mask;
    if (replaces !== value)
      (command.residue ??= []).push({ dword, replaces: replaces >>> 0, value: value >>> 0 });
    mask = -1;
  }
  if (written < actual) command.extra = u32.subarray(at + written, end);
};

const decodeError = (
  header: CommandHeader,
  place: { index: number; byteOffset: number },
  fault: FieldFault,
  detail: string,
): VirglError => {
  const field = fault.path === '' ? undefined : fault.path;
  const what = field === undefined ? '' : ` for ${field}`;
  return new VirglError(
    'ERR_VIRGL_DECODE',
    `${detail}: expected ${fault.expected}${what} but found ${String(fault.value)}` +
      ` (command ${place.index}, byte ${place.byteOffset})`,
    {
      operation: header.name === 'UNKNOWN' ? `opcode ${header.opcode}` : header.name,
      ...(field !== undefined && { field }),
      value: fault.value,
      commandIndex: place.index,
      byteOffset: place.byteOffset,
    },
  );
};

const codecOrFault = (header: CommandHeader): LayoutCodec => {
  const codec = codecFor(header.opcode, header.objectType);
  if (codec) return codec;
  if (header.opcode === OPCODES.CREATE_OBJECT) {
    throw new FieldFault('objectType', 'a known object type', header.objectType);
  }
  throw new FieldFault('opcode', 'a known opcode', header.opcode);
};

// Its keys are listed rather than spread: this makes an object per command, which is most of the work.
const decodeOne = (reader: Reader, at: number, index: number, header: CommandHeader): Command => {
  const codec = codecOrFault(header);
  const { name, opcode, objectType, lengthDwords } = header;
  const fields = codec.read(reader, at);
  const byteOffset = at * 4;
  const payload = reader.u32.subarray(at + 1, reader.end);
  const command: DecodedShape =
    opcode === OPCODES.CREATE_OBJECT
      ? {
          index,
          byteOffset,
          opcode,
          objectType,
          lengthDwords,
          payload,
          name,
          object: objectName(objectType),
          fields,
        }
      : { index, byteOffset, opcode, objectType, lengthDwords, payload, name, fields };
  addRemainder(command, reader, at, codec);
  // The codec's layout is the one of `name` and `object`, which is what the type of Command says.
  return command as unknown as Command;
};

// Keeps a command that can't be decoded as it is.
const undecoded = (place: CommandPlace, error: VirglError): UnknownCommand => ({
  ...place,
  name: 'UNKNOWN',
  fields: FIELDLESS,
  error,
});

/**
 * Decodes a command stream, one command at a time.
 * @param stream dwords, or little-endian bytes
 * @param options see {@link DecodeOptions}
 * @throws VirglError ERR_VIRGL_DECODE naming command, index, byte offset and field: for bytes that are no whole
 * number of dwords, and, unless `onError` is `raw`, for an unknown opcode, a length that breaks the rule of the
 * command or runs past the end, or counts that contradict it
 */
export const decode = (
  stream: Uint32Array | Uint8Array,
  options: DecodeOptions = {},
): Generator<Command, void, undefined> => {
  for (const key of Object.keys(options)) {
    if (key !== 'onError') throw invalidArgument('decode', key, 'only the option onError', key);
  }
  const { onError = 'throw' } = options;
  if (onError !== 'throw' && onError !== 'raw')
    throw invalidArgument('decode', 'onError', 'throw or raw', onError);
  return commandsOf(wordsOf(stream), onError);
};

function* commandsOf(words: Uint32Array, onError: 'throw' | 'raw'): Generator<Command, void, undefined> {
  const reader = readerOf(words);
  let index = 0;
  for (let at = 0; at < words.length; index += 1) {
    const header = parseHeader(words[at] ?? 0);
    const { name, opcode, objectType, lengthDwords } = header;
    const end = at + 1 + lengthDwords;
    reader.end = Math.min(end, words.length);
    let command: Command;
    try {
      if (end > words.length) {
        const expected = `${lengthDwords} payload dwords, as the header tells,`;
        throw new FieldFault('lengthDwords', expected, words.length - at - 1);
      }
      command = decodeOne(reader, at, index, header);
    } catch (fault) {
      if (!(fault instanceof FieldFault)) throw fault;
      const byteOffset = at * 4;
      const payload = words.subarray(at + 1, end);
      const error = decodeError(header, { index, byteOffset }, fault, name);
      if (onError === 'throw') throw error;
      command = undecoded({ index, byteOffset, opcode, objectType, lengthDwords, payload }, error);
    }
    yield command;
    at = Math.min(end, words.length);
  }
}
