// A trace as a program in TypeScript that makes the same calls with the same bytes: to read, to edit, to put into a bug report.

import { invalidArgument } from '../../../protocol/error';
import type { CallRecord, FramePicture, TraceRecord, TraceSource } from '../../model';
import { MemoryContents } from '../../inspect/memory-contents';
import { commandsOf, isSubmit } from '../commands-of';

import { CallWriter, isRange, tookDescriptor } from './calls';
import { type Code, layOut } from './code';
import { DataFile } from './data-file';
import { Names } from './names';
import { type CommandCounts, StreamWriter } from './stream';
import { ValueWriter } from './values';

/** Options of {@link toTypeScript}. */
export interface ToTypeScriptOptions {
  /** Name of the file of large data, beside the program. Default `trace.bin`. */
  dataName?: string;
}

/** A program and what lies beside it. */
export interface TypeScriptProgram {
  source: string;
  /** The file of large data. */
  data: Uint8Array;
  /** How the commands were written. */
  counts: CommandCounts;
  /** Calls that took a descriptor, which no trace keeps; they are comments in the program. */
  leftOut: number;
}

type WriteRecord = Extract<TraceRecord, { kind: 'write' }>;

// Names that hold for the whole program, and the numbers of the calls that rejected: both are only known at the end of a trace.
const survey = (source: TraceSource): { names: Names; refused: ReadonlySet<number> } => {
  const names = new Names();
  const refused = new Set<number>();
  for (const record of source.records()) {
    names.see(record);
    if (record.kind === 'error') refused.add(record.call);
  }
  return { names, refused };
};

// Comments must not end early or break.
const comment = (text: string): string => `  // ${text.replace(/[\r\n\u2028\u2029]+/g, ' ')}`;

// Writes the functions of the program, frame by frame.
class ProgramWriter {
  readonly names: Names;
  readonly data = new DataFile();
  readonly stream: StreamWriter;
  readonly #values: ValueWriter;
  readonly #calls: CallWriter;
  readonly #memories = new MemoryContents();
  readonly #refused: ReadonlySet<number>;
  // Writes that no call has seen yet.
  #pending: WriteRecord[] = [];
  #lines: string[] = [];
  readonly frames: string[][] = [];
  leftOut = 0;
  #call = 0;

  constructor({ names, refused }: ReturnType<typeof survey>) {
    this.names = names;
    this.#refused = refused;
    this.#values = new ValueWriter(names, this.data);
    this.stream = new StreamWriter(this.#values);
    this.#calls = new CallWriter(this.#values);
  }

  add(record: TraceRecord): void {
    this.#memories.apply(record);
    if (record.kind === 'write') this.#pending.push({ ...record, bytes: record.bytes.slice() });
    else if (record.kind === 'call') this.#addCall(record);
    else if (record.kind === 'memory')
      this.#statement(`p.memory(${this.names.id('memory', record.memoryId)}, ${record.sizeBytes})`);
    else if (record.kind === 'memoryEnd') {
      // Nothing can read what is still to be written there.
      this.#pending = this.#pending.filter(({ memoryId }) => memoryId !== record.memoryId);
      this.#statement(`p.endMemory(${this.names.id('memory', record.memoryId)})`);
    } else if (record.kind === 'marker') this.#lines.push(comment(record.text));
    else if (record.kind === 'frame') this.endFrame();
  }

  endFrame(): void {
    this.frames.push(this.#lines);
    this.#lines = [];
  }

  /** Whether something came after the last frame mark. */
  get hasRest(): boolean {
    this.#flushWrites();
    return this.#lines.length > 0;
  }

  #statement(code: Code): void {
    this.#lines.push(`  ${layOut(code, '  ')};`);
  }

  #addCall(call: CallRecord): void {
    const refused = this.#refused.has(this.#call);
    this.#call += 1;
    if (tookDescriptor(call)) {
      this.leftOut += 1;
      this.#lines.push(comment(`host.${call.name}(): it took a descriptor, which a trace can't keep`));
      return;
    }
    const commands = isSubmit(call) ? this.#addSubmit(call) : undefined;
    this.#flushWrites();
    this.#statement(this.#calls.statement(call, refused, commands));
  }

  // The statements that encode a stream; gives what stands for it in the call.
  #addSubmit(call: CallRecord<'submitCmd' | 'submitCmd2'>): Code | undefined {
    const dwords = commandsOf(call, this.#memories);
    if (dwords === undefined) return undefined;
    const { commands } = call.args;
    const lines = this.stream.statements(dwords);
    if (!isRange(commands)) {
      this.#lines.push(...lines);
      return commands instanceof Uint32Array ? 'p.take(stream)' : 'p.takeBytes(stream)';
    }
    // The client's writes of the stream are told by the commands instead.
    const end = commands.offsetBytes + commands.lengthBytes;
    this.#pending = this.#pending.filter(
      ({ memoryId, offsetBytes, bytes }) =>
        memoryId !== commands.memoryId ||
        offsetBytes < commands.offsetBytes ||
        offsetBytes + bytes.length > end,
    );
    this.#flushWrites();
    this.#lines.push(...lines);
    const memory = this.names.id('memory', commands.memoryId);
    this.#statement(`p.write(${memory}, ${commands.offsetBytes}, p.takeBytes(stream))`);
    return undefined;
  }

  #flushWrites(): void {
    for (const { memoryId, offsetBytes, bytes } of this.#pending) {
      const words = `p.write(${this.names.id('memory', memoryId)}, ${offsetBytes}, `;
      this.#statement({ open: words, close: ')', items: [this.#values.bytes(bytes)] });
    }
    this.#pending = [];
  }
}

const usesStream = (lines: readonly string[]): boolean => lines.some((line) => line.includes('stream.'));

const frameFunction = (lines: readonly string[], index: number): string => {
  const head = [
    ...(lines.some((line) => line.includes('host.')) ? ['  const { host } = p;'] : []),
    ...(usesStream(lines) ? ['  const stream = new CommandEncoder();'] : []),
  ];
  const parameter = head.length > 0 || lines.some((line) => line.includes('p.')) ? 'p' : '_p';
  return [
    `async function frame${index}(${parameter}: TraceProgram): Promise<void> {`,
    ...head,
    ...lines,
    '}',
    '',
  ].join('\n');
};

/**
 * Makes a program of a trace. It exports `frames`, `replay(host, data)`, and run as a script (`npx tsx FILE`) it renders in this process
 * and tells what came out; `--png FILE` writes the last picture. What was read back is not in it.
 * @throws VirglError ERR_VIRGL_ARGUMENT for a name of the data file that is no plain file name
 */
export const toTypeScript = (source: TraceSource, options: ToTypeScriptOptions = {}): TypeScriptProgram => {
  const { dataName = 'trace.bin' } = options;
  if (typeof dataName !== 'string' || !/^[^/\0]+$/.test(dataName))
    throw invalidArgument('toTypeScript', 'dataName', 'a file name without folders', dataName);
  const writer = new ProgramWriter(survey(source));
  let picture: (FramePicture & { frame: number }) | undefined;
  for (const record of source.records()) {
    writer.add(record);
    if (record.kind === 'frame' && record.picture !== undefined)
      picture = { ...record.picture, frame: writer.frames.length - 1 };
  }
  if (writer.hasRest || writer.frames.length === 0) writer.endFrame();
  const { names, frames, stream, data, leftOut } = writer;
  const imports = ['CommandEncoder', ...names.imports()].filter(
    (name) => name !== 'CommandEncoder' || frames.some(usesStream),
  );
  const shown =
    picture === undefined
      ? 'undefined'
      : `{ frame: ${picture.frame}, resourceId: ${picture.resourceId}, contextId: ${picture.contextId}, width: ${picture.width}, height: ${picture.height}, format: ${picture.format} }`;
  const { source: recorded, writer: by, recordedAt } = source.meta;
  const text = [
    `// Made of a trace by \`virgl trace to-ts\`${recorded === undefined ? '' : `: ${recorded.replace(/\s+/g, ' ')}`}.`,
    `// Recorded ${recordedAt.replace(/\s+/g, ' ')} by ${by.replace(/\s+/g, ' ')}; ${stream.counts.commands} commands in ${frames.length} frames. Numbers in comments are those of \`virgl trace dump\`.`,
    '',
    `import path from 'node:path';`,
    `import type { RenderHost } from 'virgl';`,
    ...(imports.length === 0 ? [] : [`import { ${imports.join(', ')} } from 'virgl/protocol';`]),
    `import { type FrameFunction, type ProgramPicture, runProgram, TraceProgram } from 'virgl/trace';`,
    '',
    ...names.constants(),
    '',
    ...frames.map(frameFunction),
    '/** The frames, in order. */',
    `export const frames: readonly FrameFunction[] = [${frames.map((_, index) => `frame${index}`).join(', ')}];`,
    '',
    '/** Where the last frame can be seen. */',
    `export const picture: ProgramPicture | undefined = ${shown};`,
    '',
    '/** Makes all calls on a host. */',
    'export async function replay(host: RenderHost, data: Uint8Array): Promise<TraceProgram> {',
    '  const program = new TraceProgram(host, data);',
    '  for (const frame of frames) await frame(program);',
    '  await program.end();',
    '  return program;',
    '}',
    '',
    `if (require.main === module) void runProgram({ frames, picture, dataPath: path.join(__dirname, ${JSON.stringify(dataName)}) });`,
    '',
  ].join('\n');
  return { source: text, data: data.finish(), counts: stream.counts, leftOut };
};
