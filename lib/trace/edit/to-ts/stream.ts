// A command stream as statements on a CommandEncoder. Each statement is tried here first: what does not give back its dwords by named
// fields is written as a decoded command with its remainder, and what can't even do that as raw dwords.

import { camelCase } from '../../../protocol/command-types';
import { type Command, CommandEncoder, decode, type EncodableCommand, encode } from '../../../protocol';
import { fullName, layoutOf, REMAINDER_FIELDS } from '../../../protocol/layout-of';
import type { ShaderArguments } from '../../../protocol';
import { type Code, listCode, objectCode, prefixed, quoted } from './code';
import type { Statement } from './statement';
import { lean, textCode, type ValueWriter } from './values';

type KnownCommand = Exclude<Command, { name: 'UNKNOWN' }>;
type ShaderCommand = Extract<KnownCommand, { object: 'SHADER' }>;
type Encode = (encoder: CommandEncoder) => unknown;

/** How many commands of a trace were written in which way. */
export interface CommandCounts {
  commands: number;
  /** Written as calls of the typed classes. */
  byClass: number;
  /** Written as decoded commands with dwords that fields do not tell. */
  withRemainder: number;
  /** Written as raw dwords. */
  raw: number;
}

/** Whether these are the same dwords. */
export const isEqual = (a: Uint32Array, b: Uint32Array): boolean =>
  a.length === b.length && a.every((dword, index) => dword === b[index]);

// Whether encoding gives exactly these dwords.
const gives = (dwords: Uint32Array, run: Encode): boolean => {
  const encoder = new CommandEncoder({ capacityDwords: dwords.length });
  try {
    run(encoder);
  } catch {
    return false;
  }
  return isEqual(encoder.view(), dwords);
};

/** The dwords from one command to another. */
export const dwordsOf = (stream: Uint32Array, first: Command, last: Command): Uint32Array =>
  stream.subarray(first.byteOffset / 4, last.byteOffset / 4 + 1 + last.payload.length);

const isShader = (command: Command | undefined): command is ShaderCommand =>
  command?.name === 'CREATE_OBJECT' && command.object === 'SHADER';

/** The packets of the shader that begins at `index`; none if there is none. */
export const packetsAt = (commands: readonly Command[], index: number): ShaderCommand[] => {
  const packets: ShaderCommand[] = [];
  for (let at = index; at < commands.length; at += 1) {
    const command = commands[at];
    if (!isShader(command) || command.fields.continuation === (at === index)) break;
    packets.push(command);
    if (command.fields.text !== undefined) return packets;
  }
  return [];
};

/** The whole shader that packets make. */
export const shaderOf = (packets: readonly ShaderCommand[]): ShaderArguments | undefined => {
  const [first] = packets;
  if (first === undefined) return undefined;
  const { handle, stage, numTokens, streamOutput, sharedMemoryBytes } = first.fields;
  return {
    handle,
    stage,
    numTokens,
    ...(streamOutput !== undefined && { streamOutput }),
    ...(sharedMemoryBytes !== undefined && { sharedMemoryBytes }),
    ...(packets.length > 1 && { maxPacketDwords: first.lengthDwords }),
    text: packets.map(({ fields }) => fields.text ?? fields.chunk ?? '').join(''),
  };
};

/** Writes the statements of streams, and counts their commands. */
export class StreamWriter {
  readonly counts: CommandCounts = { commands: 0, byClass: 0, withRemainder: 0, raw: 0 };
  readonly #values: ValueWriter;

  constructor(values: ValueWriter) {
    this.#values = values;
  }

  /** How many commands a stream has. */
  countOf(stream: Uint32Array): number {
    return [...decode(stream, { onError: 'raw' })].length;
  }

  /** Statements that encode a stream into the encoder of that name. */
  statements(stream: Uint32Array, encoder: string): Statement[] {
    const commands = [...decode(stream, { onError: 'raw' })];
    const statements: Statement[] = [];
    for (let index = 0; index < commands.length;) {
      const command = commands[index];
      if (command === undefined) break;
      const packets = packetsAt(commands, index);
      const shader = this.shaderCode(stream, packets);
      const code = shader ?? this.commandCode(stream, command);
      statements.push({ code: prefixed(`${encoder}.`, code), number: this.counts.commands });
      const taken = shader === undefined ? 1 : packets.length;
      index += taken;
      this.counts.commands += taken;
    }
    return statements;
  }

  /** `createShader({ … })` for packets that give the same dwords. */
  shaderCode(stream: Uint32Array, packets: readonly ShaderCommand[]): Code | undefined {
    const [first] = packets;
    const last = packets.at(-1);
    const args = shaderOf(packets);
    if (first === undefined || last === undefined || args === undefined) return undefined;
    if (!gives(dwordsOf(stream, first, last), (encoder) => encoder.createShader(args))) return undefined;
    const { text, streamOutput, ...numbers } = args;
    const entries: [string, Code][] = Object.entries(numbers).map(([key, value]) => [
      key,
      key === 'stage' ? this.#values.names.enumeration('ShaderStage', value) : String(value),
    ]);
    const field = layoutOf(first)?.fields['streamOutput'];
    if (streamOutput !== undefined && field !== undefined)
      entries.push(['streamOutput', this.#values.value(field, streamOutput)]);
    entries.push(['text', textCode(text)]);
    return listCode('createShader(', [objectCode(entries)], ')');
  }

  /** A method of an encoder for a command. */
  commandCode(stream: Uint32Array, command: Command): Code {
    const dwords = dwordsOf(stream, command, command);
    if (command.name !== 'UNKNOWN') {
      const byName = this.#byMethod(dwords, command) ?? this.#withRemainder(dwords, command);
      if (byName !== undefined) return byName;
    }
    this.counts.raw += 1;
    const why = command.name === 'UNKNOWN' ? `opcode ${command.opcode}` : fullName(command);
    return listCode(`append(/* ${why} */ `, [this.#raw(dwords)], ')');
  }

  #raw(dwords: Uint32Array): Code {
    return listCode(
      'Uint32Array.of(',
      Array.from(dwords, (dword) => `0x${dword.toString(16)}`),
      ')',
    );
  }

  // `drawVbo({ … })`, with as few fields as give the same dwords.
  #byMethod(dwords: Uint32Array, command: KnownCommand): Code | undefined {
    const layout = layoutOf(command);
    if (layout === undefined || command.residue !== undefined || command.extra !== undefined)
      return undefined;
    const isObject = command.name === 'CREATE_OBJECT';
    // `createShader` takes a whole shader, not a packet of one.
    if (isObject && command.object === 'SHADER') return undefined;
    const all = command.fields as Readonly<Record<string, unknown>>;
    for (const fields of [lean(layout.fields, all), all]) {
      // By name and fields it is the same as by method, which the types of a method would not let a variable choose.
      const plain = { name: command.name, ...(isObject && { object: command.object }), fields };
      if (!gives(dwords, (encoder) => encoder.command(plain as unknown as EncodableCommand))) continue;
      const method = camelCase(isObject ? `CREATE_${command.object}` : command.name);
      const hasFields = Object.keys(fields).length > 0;
      return listCode(`${method}(`, hasFields ? [this.#values.record(layout.fields, fields)] : [], ')');
    }
    return undefined;
  }

  // `command({ name, fields, extra, residue })`.
  #withRemainder(dwords: Uint32Array, command: KnownCommand): Code | undefined {
    const layout = layoutOf(command);
    if (layout === undefined || !isEqual(encode([command]), dwords)) return undefined;
    const { residue, extra } = command;
    if (residue !== undefined || extra !== undefined) this.counts.withRemainder += 1;
    const entries: [string, Code][] = [['name', quoted(command.name)]];
    if (command.name === 'CREATE_OBJECT') entries.push(['object', quoted(command.object)]);
    entries.push(['fields', this.#values.record(layout.fields, command.fields as Record<string, unknown>)]);
    if (residue !== undefined)
      entries.push(['residue', this.#values.value(REMAINDER_FIELDS.residue, residue)]);
    // `extra` is a Uint32Array, which data beside the program is not.
    if (extra !== undefined) entries.push(['extra', this.#raw(extra)]);
    return listCode('command(', [objectCode(entries)], ')');
  }
}
