// The text of a program: what it imports, its variables, its frames, and what it exports.

import type { FramePicture, TraceMeta } from '../../model';
import { layOut, listCode, objectCode, prefixed, quoted } from './code';
import type { ProgramWriter } from './program-writer';
import { layOutFrames } from './statement';

/** What is told beside the statements of a program. */
export interface ProgramFrame {
  readonly meta: TraceMeta;
  readonly dataName: string;
  readonly picture: (FramePicture & { readonly frame: number }) | undefined;
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');

const exported = (words: string, items: readonly string[], close = ']'): string =>
  `${layOut(listCode(words, items, close), '')};`;

const importLine = (names: readonly string[], from: string): string =>
  `${layOut({ open: 'import {', close: '}', items: names }, '', from.length + 9)} from '${from}';`;

const oneFunction = (name: string, lines: readonly string[]): string => {
  const uses = (pattern: RegExp): boolean => lines.some((line) => pattern.test(line));
  const head = uses(/\bhost\b/) ? ['  const { host } = p;'] : [];
  const parameter = head.length > 0 || uses(/\bp\b[.)]/) ? 'p' : '_p';
  return [
    `async function ${name}(${parameter}: TraceProgram): Promise<void> {`,
    ...head,
    ...lines,
    '}',
    '',
  ].join('\n');
};

// A long frame in parts.
const frameFunction = (parts: readonly (readonly string[])[], index: number): string => {
  const name = `frame${index}`;
  const [only = [], ...others] = parts;
  if (others.length === 0) return oneFunction(name, only);
  const names = parts.map((_, part) => `${name}Part${part}`);
  const all = layOut(listCode('const parts = [', names, ']'), '  ');
  return [
    ...parts.map((lines, part) => oneFunction(names[part] ?? name, lines)),
    oneFunction(name, [`  ${all};`, '  for (const part of parts) await part(p);']),
  ].join('\n');
};

// Whether a line has members of that enumeration or class.
const isNamed = (line: string, name: string): boolean =>
  line.includes(`${name}.`) || line.includes(`${name}[`);

const pictureText = (picture: ProgramFrame['picture']): string => {
  if (picture === undefined) return 'export const picture: ProgramPicture | undefined = undefined;';
  const { frame, resourceId, contextId, width, height, format } = picture;
  const shown = Object.entries({ frame, resourceId, contextId, width, height, format });
  const value = objectCode(shown.map(([key, number]) => [key, String(number)]));
  return `${layOut(prefixed('export const picture: ProgramPicture | undefined = ', value), '')};`;
};

const imports = (
  lines: readonly string[],
  enumerations: readonly string[],
  types: readonly string[],
): string[] => {
  const used = (names: readonly string[]): string[] =>
    names.filter((name) => lines.some((line) => isNamed(line, name)));
  const hasStream = lines.some((line) => /\bstream\b[.)]/.test(line));
  const protocol = [...(hasStream ? ['CommandEncoder'] : []), ...used(enumerations)];
  const values = used(['Renderer', 'Resource']);
  const others = [...new Set(['RenderHost', ...types])].filter((name) => !values.includes(name)).sort();
  const trace = ['type FrameFunction', 'type ProgramPicture', 'runProgram', 'TraceProgram'];
  return [
    `import path from 'node:path';`,
    importLine([...values, ...others.map((name) => `type ${name}`)], 'virgl'),
    ...(protocol.length === 0 ? [] : [importLine(protocol, 'virgl/protocol')]),
    importLine(trace, 'virgl/trace'),
  ];
};

const head = ({ meta }: ProgramFrame, { stream, frames }: ProgramWriter): string[] => {
  const { source, writer, recordedAt } = meta;
  return [
    `// Made of a trace by \`virgl trace to-ts\`${source === undefined ? '' : `: ${oneLine(source)}`}.`,
    `// Recorded ${oneLine(recordedAt)} by ${oneLine(writer)}; ${stream.counts.commands} commands in ${frames.length} frames.`,
    '// Numbers in comments are those of `virgl trace dump`.',
  ];
};

const tail = ({ dataName, picture }: ProgramFrame, frames: number): string[] => [
  '/** The frames, in order. */',
  exported(
    'export const frames: readonly FrameFunction[] = [',
    Array.from({ length: frames }, (_, index) => `frame${index}`),
  ),
  '',
  '/** Where the last frame can be seen. */',
  pictureText(picture),
  '',
  '/** Makes all calls on a host. */',
  'export async function replay(host: RenderHost, data: Uint8Array): Promise<TraceProgram> {',
  '  const program = new TraceProgram(host, data);',
  '  for (const frame of frames) await frame(program);',
  '  await program.end();',
  '  return program;',
  '}',
  '',
  'if (require.main === module)',
  `  void runProgram({ frames, picture, dataPath: path.join(__dirname, ${quoted(dataName)}) });`,
  '',
];

/** The source of a program. */
export const programText = (writer: ProgramWriter, frame: ProgramFrame): string => {
  const { variables, frames } = layOutFrames(writer.frames);
  const lines = frames.flat(2);
  const { names } = writer;
  const types = variables.map(({ type }) => type);
  const constants = [
    ...names.constants(),
    ...variables.map(({ name, type }) => `let ${name}: ${type};`),
    ...(lines.some((line) => /\bstream\b[.)]/.test(line)) ? ['const stream = new CommandEncoder();'] : []),
  ];
  return [
    ...head(frame, writer),
    '',
    ...imports(lines, names.imports(), types),
    '',
    ...constants,
    ...(constants.length === 0 ? [] : ['']),
    ...frames.map(frameFunction),
    ...tail(frame, frames.length),
  ].join('\n');
};
