// A trace as a program in TypeScript that makes the same calls with the same bytes: to read, to edit, to put into a bug report.

import { invalidArgument } from '../../../protocol/error';
import type { VirglErrorCode } from '../../../protocol';
import type { FramePicture, TraceSource } from '../../model';
import { ClassProgramWriter } from './classes/class-program';
import { DefaultStates, defaultState } from './classes/default-state';
import { RecordQueue } from './classes/record-queue';
import { quoted } from './code';
import { Names } from './names';
import { ProgramWriter, type Survey } from './program-writer';
import { layOutFrames } from './statement';
import type { CommandCounts } from './stream';

/** Options of {@link toTypeScript}. */
export interface ToTypeScriptOptions {
  /** Name of the file of large data, beside the program. Default `trace.bin`. */
  dataName?: string;
  /**
   * Use the typed classes (`Renderer`, `Context`, `Resource` and so on) wherever they make the same calls with the same bytes. Default
   * true; false gives host calls and `CommandEncoder` alone.
   */
  classes?: boolean;
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

const surveyed = async (source: TraceSource): Promise<Survey & { defaults: ReadonlySet<number> }> => {
  const names = new Names();
  const refused = new Map<number, VirglErrorCode>();
  const defaults = new DefaultStates(await defaultState());
  for (const record of source.records()) {
    names.see(record);
    defaults.see(record);
    if (record.kind === 'error') refused.set(record.call, record.code);
  }
  return { names, refused, defaults: defaults.found };
};

// Whether a line has members of that enumeration.
const isNamed = (line: string, name: string): boolean =>
  line.includes(`${name}.`) || line.includes(`${name}[`);

const frameFunction = (lines: readonly string[], index: number): string => {
  const uses = (pattern: RegExp): boolean => lines.some((line) => pattern.test(line));
  const head = [
    ...(uses(/\bhost\b/) ? ['  const { host } = p;'] : []),
    ...(uses(/\bstream\./) ? ['  const stream = new CommandEncoder();'] : []),
  ];
  const parameter = head.length > 0 || uses(/\bp\./) ? 'p' : '_p';
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
export const toTypeScript = async (
  source: TraceSource,
  options: ToTypeScriptOptions = {},
): Promise<TypeScriptProgram> => {
  const { dataName = 'trace.bin', classes = true } = options;
  if (typeof dataName !== 'string' || !/^[^/\0]+$/.test(dataName))
    throw invalidArgument('toTypeScript', 'dataName', 'a file name without folders', dataName);
  const survey = await surveyed(source);
  const queue = new RecordQueue(source.records());
  const writer = classes
    ? new ClassProgramWriter(survey, source.meta, queue, survey.defaults)
    : new ProgramWriter(survey);
  let picture: (FramePicture & { frame: number }) | undefined;
  for (let record = queue.next(); record !== undefined; record = queue.next()) {
    await writer.add(record);
    if (record.kind === 'frame' && record.picture !== undefined)
      picture = { ...record.picture, frame: writer.frames.length - 1 };
  }
  await writer.finish();
  const { names, stream, data, leftOut } = writer;
  const { variables, frames } = layOutFrames(writer.frames);
  const lines = frames.flat();
  const imports = [
    ...(lines.some((line) => /\bstream\./.test(line)) ? ['CommandEncoder'] : []),
    ...names.imports().filter((name) => lines.some((line) => isNamed(line, name))),
  ];
  const values = ['Renderer', 'Resource'].filter((name) => lines.some((line) => line.includes(`${name}.`)));
  const types = ['RenderHost', ...variables.map(({ type }) => type)].filter((name) => !values.includes(name));
  const classImports = [...values, ...[...new Set(types)].sort().map((name) => `type ${name}`)];
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
    `import { ${classImports.join(', ')} } from 'virgl';`,
    ...(imports.length === 0 ? [] : [`import { ${imports.join(', ')} } from 'virgl/protocol';`]),
    `import { type FrameFunction, type ProgramPicture, runProgram, TraceProgram } from 'virgl/trace';`,
    '',
    ...names.constants(),
    ...variables.map(({ name, type }) => `let ${name}: ${type};`),
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
    `if (require.main === module) void runProgram({ frames, picture, dataPath: path.join(__dirname, ${quoted(dataName)}) });`,
    '',
  ].join('\n');
  return { source: text, data: data.finish(), counts: stream.counts, leftOut };
};
