// Writes command streams. Its methods are made from the schema tables when the module loads: to add a command is
// to add a table entry.

import { camelCase, type CommandMethods, type EncodableCommand, type ObjectMethods } from './command-types';
import { COMMANDS } from './commands';
import { codecFor, COMMAND_CODECS, OBJECT_CODECS, type LayoutCodec } from './compile';
import { invalidArgument, VirglError } from './error';
import { FieldFault } from './field-fault';
import { makeHeader, MAX_PAYLOAD_DWORDS, OPCODES } from './header';
import { nearestName } from './nearest-name';
import { OBJECTS, type ObjectName } from './objects';
import { shaderPackets, type ShaderArguments } from './shader-packets';
import { ObjectType } from './enums';
import { WordBuffer } from './word-buffer';

const HEADER_LOW_BITS = 0xffff;
const MAX_CAPACITY_DWORDS = 2 ** 28;
const SHADER_CODEC = OBJECT_CODECS[ObjectType.SHADER] as LayoutCodec; // the table has every object type

// What goes wrong in a command becomes an error that names it.
const argumentErrorOf = (error: unknown, operation: string): unknown =>
  error instanceof FieldFault
    ? invalidArgument(operation, error.path === '' ? 'arguments' : error.path, error.expected, error.value)
    : error;

// The length is set last, so that nothing is half-written.
const writeCommand = (out: WordBuffer, codec: LayoutCodec, args: unknown): void => {
  try {
    out.length = codec.write(out, args);
  } catch (error) {
    throw argumentErrorOf(error, codec.name);
  }
};

const unknownName = (field: string, name: unknown, names: string[]): VirglError => {
  const near = typeof name === 'string' ? nearestName(name, names) : undefined;
  return invalidArgument(
    'encode',
    field,
    near === undefined ? 'a known name' : `a known name, such as ${near},`,
    name,
  );
};

const codecOf = (command: Exclude<EncodableCommand, { name: 'UNKNOWN' }>): LayoutCodec => {
  if (command.name === 'CREATE_OBJECT') {
    const schema = Object.hasOwn(OBJECTS, command.object) ? OBJECTS[command.object] : undefined;
    const codec = schema && codecFor(OPCODES.CREATE_OBJECT, schema.objectType);
    if (codec) return codec;
    throw unknownName('object', command.object, Object.keys(OBJECTS));
  }
  const codec = Object.hasOwn(OPCODES, command.name) ? codecFor(OPCODES[command.name], 0) : undefined;
  if (codec) return codec;
  throw unknownName('name', command.name, Object.keys(COMMANDS));
};

const checkHeaderPart = (field: string, value: unknown, most: number): void => {
  if (typeof value !== 'number' || value >>> 0 !== value || value > most)
    throw invalidArgument('UNKNOWN', field, `a whole number from 0 to ${most}`, value);
};

// Puts back what the fields do not tell.
const applyRemainder = (out: WordBuffer, start: number, end: number, command: EncodableCommand): number => {
  if (command.name === 'UNKNOWN') return end;
  const { extra, residue = [] } = command;
  for (const { dword, replaces, value } of residue) {
    const at = start + dword;
    const mask = dword === 0 ? HEADER_LOW_BITS : 0xffffffff;
    const now = out.u32[at] ?? 0;
    if (at < end && ((now ^ replaces) & mask) === 0) out.u32[at] = (now & ~mask) | (value & mask);
  }
  if (extra === undefined || extra.length === 0) return end;
  const whole = end + extra.length;
  if (whole - start - 1 > MAX_PAYLOAD_DWORDS) {
    throw new FieldFault('extra', `a payload of at most ${MAX_PAYLOAD_DWORDS} dwords`, whole - start - 1);
  }
  out.ensure(whole);
  out.u32.set(extra, end);
  out.u32[start] = ((out.u32[start] ?? 0) & HEADER_LOW_BITS) | ((whole - start - 1) << 16);
  return whole;
};

// The part of the encoder that is the same for every command.
class StreamEncoder {
  readonly #out: WordBuffer;

  /** @param options `capacityDwords`: memory taken at first; it grows as needed */
  constructor({ capacityDwords = 4096 }: { capacityDwords?: number } = {}) {
    if (!Number.isInteger(capacityDwords) || capacityDwords < 0 || capacityDwords > MAX_CAPACITY_DWORDS) {
      const range = `a whole number from 0 to ${MAX_CAPACITY_DWORDS}`;
      throw invalidArgument('CommandEncoder', 'capacityDwords', range, capacityDwords);
    }
    this.#out = new WordBuffer(capacityDwords);
  }

  /** Dwords encoded so far. */
  get dwords(): number {
    return this.#out.length;
  }

  /** A copy of what is encoded so far. The encoder goes on where it was; see {@link reset}. */
  finish(): Uint32Array<ArrayBuffer> {
    return this.#out.u32.slice(0, this.#out.length);
  }

  /** What is encoded so far without a copy; valid until the next call on the encoder. */
  view(): Uint32Array<ArrayBuffer> {
    return this.#out.u32.subarray(0, this.#out.length);
  }

  /** Forgets what is encoded and keeps the memory. */
  reset(): this {
    this.#out.length = 0;
    return this;
  }

  /**
   * Adds commands that are already encoded, unchecked.
   * @param dwords whole commands
   * @throws VirglError ERR_VIRGL_ARGUMENT unless it is a Uint32Array
   */
  append(dwords: Uint32Array): this {
    if (!(dwords instanceof Uint32Array)) throw invalidArgument('append', 'dwords', 'a Uint32Array', dwords);
    const out = this.#out;
    out.ensure(out.length + dwords.length);
    out.u32.set(dwords, out.length);
    out.length += dwords.length;
    return this;
  }

  /**
   * Makes a shader from a whole text; a long one takes several packets.
   * @throws VirglError ERR_VIRGL_ARGUMENT for an argument that is not allowed
   */
  createShader(args: ShaderArguments): this {
    const out = this.#out;
    const before = out.length;
    try {
      for (const packet of shaderPackets(args)) out.length = SHADER_CODEC.write(out, packet);
    } catch (error) {
      out.length = before;
      throw argumentErrorOf(error, SHADER_CODEC.name);
    }
    return this;
  }

  /**
   * Adds a decoded command, edited or not, or one made by hand. A decoded command gives back its bytes.
   * @throws VirglError ERR_VIRGL_ARGUMENT for a name or field that is not allowed
   */
  command(command: EncodableCommand): this {
    const out = this.#out;
    if (typeof command !== 'object' || command === null)
      throw invalidArgument('encode', 'command', 'an object', command);
    if (command.name === 'UNKNOWN') {
      const { opcode, objectType, lengthDwords, payload } = command;
      if (!(payload instanceof Uint32Array))
        throw invalidArgument('encode', 'payload', 'a Uint32Array', payload);
      checkHeaderPart('opcode', opcode, 0xff);
      checkHeaderPart('objectType', objectType, 0xff);
      checkHeaderPart('lengthDwords', lengthDwords, MAX_PAYLOAD_DWORDS);
      const start = out.length;
      out.ensure(start + 1 + payload.length);
      out.u32[start] = makeHeader(opcode, objectType, lengthDwords);
      out.u32.set(payload, start + 1);
      out.length = start + 1 + payload.length;
      return this;
    }
    const codec = codecOf(command);
    try {
      const end = codec.write(out, command.fields);
      out.length = applyRemainder(out, out.length, end, command);
    } catch (error) {
      throw argumentErrorOf(error, codec.name);
    }
    return this;
  }

  static define(method: string, codec: LayoutCodec): void {
    Object.defineProperty(StreamEncoder.prototype, method, {
      configurable: true,
      writable: true,
      value(this: StreamEncoder, args: unknown = {}): StreamEncoder {
        writeCommand(this.#out, codec, args);
        return this;
      },
    });
  }
}

for (const [name, { opcode }] of Object.entries(COMMANDS)) {
  const codec = COMMAND_CODECS[opcode];
  if (codec && name !== 'CREATE_OBJECT') StreamEncoder.define(camelCase(name), codec);
}
for (const [name, { objectType }] of Object.entries(OBJECTS) as [ObjectName, { objectType: number }][]) {
  const codec = OBJECT_CODECS[objectType];
  if (codec && name !== 'SHADER') StreamEncoder.define(camelCase(`CREATE_${name}`), codec);
}

/**
 * Writes a command stream: one method per command and per kind of object, named after them (`drawVbo`,
 * `createSurface`), each taking one object of named fields. Fields with a default in the schema may be left out.
 * A bad value throws a VirglError ERR_VIRGL_ARGUMENT that names command and field, and writes nothing.
 */
export interface CommandEncoder
  extends StreamEncoder, CommandMethods<CommandEncoder>, ObjectMethods<CommandEncoder> {}

/** Makes a {@link CommandEncoder}. */
export const CommandEncoder = StreamEncoder as unknown as new (options?: {
  capacityDwords?: number;
}) => CommandEncoder;

/**
 * Adds a command to an encoder, as {@link CommandEncoder.command} does.
 * @throws VirglError ERR_VIRGL_ARGUMENT for a name or field that is not allowed
 */
export const encodeCommand = (encoder: CommandEncoder, command: EncodableCommand): void => {
  encoder.command(command);
};

/**
 * Encodes commands: decoded ones give back the bytes that they were decoded from.
 * @throws VirglError ERR_VIRGL_ARGUMENT for a name or field that is not allowed
 */
export const encode = (commands: Iterable<EncodableCommand>): Uint32Array<ArrayBuffer> => {
  const encoder = new CommandEncoder();
  for (const command of commands) encoder.command(command);
  return encoder.finish();
};
