// Text back to bytes: the inverse of print.ts. Fields may stand in any order, those with a default may be left out.

import type { EncodableCommand } from '../command-types';
import { COMMANDS } from '../commands';
import { CommandEncoder } from '../encoder';
import { VirglError } from '../error';
import { fullName, layoutOf, REMAINDER_FIELDS, UNKNOWN_FIELDS } from '../layout-of';
import { OBJECTS } from '../objects';
import type { DataField, Field, Fields } from '../schema-types';
import { unescape } from './escapes';
import { SUBMISSION } from './print';
import { locate, Scanner, type BlockLine, type Token } from './scanner';
import { readDwords, readFieldName, readValue } from './values';

type Values = Record<string, unknown>;

const UNKNOWN = 'UNKNOWN';
const isLineEnd = ({ kind }: Token): boolean => kind === 'newline' || kind === 'end';

const textOfBlock = (scanner: Scanner, lines: readonly BlockLine[], path: string): string => {
  const parts: string[] = [];
  lines.forEach(({ mark, text, start }, index) => {
    if (mark === '[') scanner.failAt(start - 1, `expected a line of text, which opens with |, for ${path}`);
    if (mark === '\\' && index !== lines.length - 1) {
      scanner.failAt(
        start,
        `only the last line of ${path} may open with \\, which means: without a line break`,
      );
    }
    const line = unescape(text);
    if (line === undefined)
      scanner.failAt(start, `expected only the escapes \\\\ \\n \\t \\xNN \\u{N} in ${path}`);
    parts.push(line ?? '', mark === '|' ? '\n' : '');
  });
  return parts.join('');
};

const ROW_LABEL = /^\s*\d+\]/;

const dwordsOfBlock = (scanner: Scanner, lines: readonly BlockLine[], as: DataField['as'], path: string) => {
  const dwords: number[] = [];
  for (const { mark, text, start } of lines) {
    const label = ROW_LABEL.exec(text);
    if (mark !== '[' || label === null) {
      scanner.failAt(start, `expected a row of data, such as [0] 1 2 3, for ${path}`, { field: path });
    }
    // The label is for readers: rows count by their order.
    const skipped = start + (label?.[0].length ?? 0);
    const row = new Scanner(text.slice(label?.[0].length ?? 0));
    try {
      readDwords(row, dwords, as, path, ({ kind }) => kind === 'end');
    } catch (error) {
      if (!(error instanceof VirglError)) throw error;
      const message = error.message.replace(/^assemble: line \d+, column \d+: /, '');
      scanner.failAt(skipped + (error.column ?? 1) - 1, message, { field: path });
    }
  }
  return Uint32Array.from(dwords);
};

const readBlock = (scanner: Scanner, field: Field, path: string, at: Token): unknown => {
  if (field.kind !== 'text' && field.kind !== 'data') {
    return scanner.failAt(
      at.start,
      `expected = behind ${path}: only text and data stand in lines of their own`,
    );
  }
  if (!isLineEnd(scanner.peek())) scanner.fail(scanner.peek(), `the end of the line behind ${path}:`);
  const lines = scanner.blockLines();
  return field.kind === 'text'
    ? textOfBlock(scanner, lines, path)
    : dwordsOfBlock(scanner, lines, field.as, path);
};

// The fields up to the end of the line, and a block behind it; and where each begins.
const readFields = (
  scanner: Scanner,
  fields: Fields,
  owner: string,
): { values: Values; starts: Map<string, number> } => {
  const values: Values = {};
  const starts = new Map<string, number>();
  while (!isLineEnd(scanner.peek())) {
    const token = scanner.peek();
    const [name, field] = readFieldName(scanner, fields, owner, values);
    starts.set(name, token.start);
    if (scanner.accept(':')) {
      values[name] = readBlock(scanner, field, name, token);
      break;
    }
    scanner.expect('=', `= behind ${name}`);
    values[name] = readValue(scanner, field, name);
  }
  return { values, starts };
};

const fieldsOf = (scanner: Scanner, token: Token, object: Token | undefined): Fields => {
  if (token.text === UNKNOWN) return UNKNOWN_FIELDS;
  const layout = layoutOf({ name: token.text, ...(object && { object: object.text }) });
  if (layout) return { ...layout.fields, ...REMAINDER_FIELDS };
  if (object) return scanner.fail(object, 'a kind of object', { names: Object.keys(OBJECTS) });
  return scanner.fail(token, 'a command', { names: [...Object.keys(COMMANDS), UNKNOWN] });
};

const commandOf = (token: Token, object: Token | undefined, values: Values): EncodableCommand => {
  // That the fields are those of the command is what the encoder checks.
  if (token.text === UNKNOWN) {
    return {
      name: UNKNOWN,
      opcode: 0,
      objectType: 0,
      payload: new Uint32Array(),
      lengthDwords: (values['payload'] as Uint32Array | undefined)?.length ?? 0,
      ...values,
    } as EncodableCommand;
  }
  const { extra, residue, ...fields } = values;
  return {
    name: token.text,
    ...(object && { object: object.text }),
    fields,
    ...(extra !== undefined && { extra }),
    ...(residue !== undefined && { residue }),
  } as unknown as EncodableCommand;
};

// An argument that the encoder refuses, with the place of its field.
const atPlace = (
  error: unknown,
  text: string,
  token: Token,
  starts: ReadonlyMap<string, number>,
): unknown => {
  if (!(error instanceof VirglError)) return error;
  const { field = '', value } = error;
  const { line, column } = locate(text, starts.get(/^\w*/.exec(field)?.[0] ?? '') ?? token.start);
  return new VirglError('ERR_VIRGL_ENCODE', `assemble: line ${line}, column ${column}: ${error.message}`, {
    operation: 'assemble',
    field,
    value,
    line,
    column,
    cause: error,
  });
};

const assembleCommand = (scanner: Scanner, token: Token, encoder: CommandEncoder): void => {
  const object = token.text === 'CREATE_OBJECT' ? scanner.next() : undefined;
  const fields = fieldsOf(scanner, token, object);
  const owner = fullName({ name: token.text, ...(object && { object: object.text }) });
  const { values, starts } = readFields(scanner, fields, owner);
  try {
    encoder.command(commandOf(token, object, values));
  } catch (error) {
    throw atPlace(error, scanner.text, token, starts);
  }
};

// Streams of a text: one, or one per SUBMISSION line. Commands before the first of those lines are an own stream.
const streamsOf = (text: string): { streams: Uint32Array<ArrayBuffer>[]; firstMark: number | undefined } => {
  if (typeof text !== 'string') {
    throw new VirglError(
      'ERR_VIRGL_ARGUMENT',
      `assemble: expected a string for text but received ${typeof text}`,
      {
        operation: 'assemble',
        field: 'text',
        value: text,
      },
    );
  }
  const scanner = new Scanner(text);
  const encoder = new CommandEncoder();
  const streams: Uint32Array<ArrayBuffer>[] = [];
  let firstMark: number | undefined;
  for (let token = scanner.next(); token.kind !== 'end'; token = scanner.next()) {
    if (token.kind === 'newline') continue;
    if (token.kind === 'word' && token.text === SUBMISSION) {
      if (firstMark !== undefined || encoder.dwords > 0) streams.push(encoder.finish());
      encoder.reset();
      firstMark ??= token.start;
      if (!isLineEnd(scanner.peek()))
        scanner.fail(scanner.peek(), `the end of the line behind ${SUBMISSION}`);
    } else {
      if (token.kind !== 'word') scanner.fail(token, 'a command');
      assembleCommand(scanner, token, encoder);
    }
  }
  streams.push(encoder.finish());
  return { streams, firstMark };
};

/**
 * Makes the stream that a text tells; the inverse of `printStream`.
 * @param text commands as `printCommand` spells them, one per line; `#` begins a comment
 * @throws VirglError ERR_VIRGL_DECODE with line and column for a text that can't be read, ERR_VIRGL_ENCODE for values
 * that no command may have
 */
export const assemble = (text: string): Uint32Array<ArrayBuffer> => {
  const { streams, firstMark } = streamsOf(text);
  if (firstMark !== undefined) {
    new Scanner(text).failAt(
      firstMark,
      `expected one stream, without ${SUBMISSION} lines: assembleSubmissions takes several`,
    );
  }
  return streams[0] ?? new Uint32Array();
};

/**
 * Makes the streams of a text of several submissions; the inverse of `printSubmissions`.
 * @throws VirglError as {@link assemble} does
 */
export const assembleSubmissions = (text: string): Uint32Array<ArrayBuffer>[] => streamsOf(text).streams;
