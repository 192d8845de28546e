// Commands as text: one line each, `NAME field=value …`, behind it text and long data as indented lines. Fields that
// have the default of the schema are left out, everything else is there, so that `assemble` gives back every byte.

import type { EncodableCommand, UnknownCommand } from '../command-types';
import { decode } from '../decoder';
import { VirglError } from '../error';
import { blockFields, entriesOf, fullName, layoutOf, REMAINDER_FIELDS, UNKNOWN_FIELDS } from '../layout-of';
import { nearestName } from '../nearest-name';
import { COMMANDS } from '../commands';
import { OBJECTS } from '../objects';
import type { Field, Fields, ListField, ScalarField } from '../schema-types';
import { textOf } from '../text-bytes';
import { dwordList, dwordRows, dwordsOf, fitsLine } from './dwords';
import { escapeLine, quote } from './escapes';
import { doubleWord, floatWord, hexWord, integerWord } from './numbers';
import { enumWord, flagWords } from './words';

type Values = Readonly<Record<string, unknown>>;

const INDENT = '    ';

const flagsWord = (words: (string | number)[]): string =>
  words.map((word) => (typeof word === 'number' ? `0x${word.toString(16)}` : word)).join('|');

const scalarWord = (field: ScalarField, value: unknown): string => {
  if (typeof value !== 'number') return String(value);
  if (field.type === 'f32') return floatWord(value);
  if (field.type === 'f64') return doubleWord(value);
  if (field.enum !== undefined) return enumWord(field.enum, value) ?? integerWord(value);
  if (field.flags !== undefined && value !== 0) return flagsWord(flagWords(field.flags, value));
  return integerWord(value);
};

const itemWords = (item: Field, value: unknown): string[] => {
  const words: string[] = [];
  const items = value as ArrayLike<unknown>;
  for (let index = 0; index < items.length; index += 1) words.push(valueWord(item, items[index]));
  return words;
};

const listWord = ({ item, filled = false }: ListField, value: unknown): string => {
  const words = itemWords(item, value);
  // The encoder puts back items that are all default.
  if (filled) while (words.at(-1) === '{}') words.pop();
  return `[${words.join(' ')}]`;
};

const textString = (value: unknown): string =>
  typeof value === 'string' ? value : textOf(value as Uint8Array);

/** The value of a field as it stands behind `name=` in {@link printCommand}. */
export const valueWord = (field: Field, value: unknown): string => {
  switch (field.kind) {
    case 'scalar':
      return scalarWord(field, value);
    case 'struct':
      return `{${fieldWords(field.fields, value as Values).slice(1)}}`;
    case 'list':
      return listWord(field, value);
    case 'block':
      return `{${fieldWords(blockFields(field), value as Values).slice(1)}}`;
    case 'data':
      return dwordList(dwordsOf(value as ArrayBufferView), field.as);
    case 'text':
      return quote(textString(value));
  }
};

const isEvery = (items: ArrayLike<unknown>, value: unknown): boolean => {
  for (let index = 0; index < items.length; index += 1) if (!Object.is(items[index], value)) return false;
  return true;
};

// Undefined for what the encoder writes when the field is not given.
const givenWord = (field: Field, value: unknown): string | undefined => {
  if (field.kind === 'scalar' && field.default !== undefined && Object.is(value, field.default))
    return undefined;
  if (field.kind === 'data' && field.minDwords === 0 && (value as ArrayBufferView).byteLength === 0)
    return undefined;
  const isFixed = field.kind === 'list' && field.count.kind === 'fixed';
  if (isFixed && field.default !== undefined && isEvery(value as ArrayLike<unknown>, field.default))
    return undefined;
  const word = valueWord(field, value);
  if (field.filled !== true) return word;
  const isEmpty = field.kind === 'struct' ? word === '{}' : isFixed && word === '[]';
  return isEmpty ? undefined : word;
};

// ` name=value` for each field that is not told by its default.
const fieldWords = (fields: Fields, values: Values): string => {
  let words = '';
  for (const [name, field] of entriesOf(fields)) {
    const value = values[name];
    const word = value === undefined ? undefined : givenWord(field, value);
    if (word !== undefined) words += ` ${name}=${word}`;
  }
  return words;
};

// Blanks at the end of a line would not survive an editor.
const textLine = (mark: string, line: string): string =>
  `${INDENT}${mark} ${escapeLine(line).replace(/ $/, '\\x20')}`.trimEnd();

// A line break ends every line but the last; a last line without one opens with a backslash.
const textLines = (text: string): string[] => {
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  const complete = lines.map((line) => textLine('|', line));
  return last === '' ? complete : [...complete, textLine('\\', last)];
};

// The lines that a value takes behind its command, or undefined if it goes into the line.
const blockLines = (field: Field, value: unknown): string[] | undefined => {
  if (field.kind === 'text') {
    const text = textString(value);
    return text.includes('\n') ? textLines(text) : undefined;
  }
  if (field.kind !== 'data') return undefined;
  const dwords = dwordsOf(value as ArrayBufferView);
  if (fitsLine(dwords, field.as)) return undefined;
  return dwordRows(dwords, field.as).map((row) => INDENT + row);
};

const remainderWords = ({ extra, residue }: Exclude<EncodableCommand, { name: 'UNKNOWN' }>): string => {
  let words = '';
  if (extra !== undefined && extra.length > 0)
    words += ` extra=${dwordList(extra, REMAINDER_FIELDS.extra.as)}`;
  if (residue !== undefined && residue.length > 0) {
    const entries = residue.map(
      ({ dword, replaces, value }) =>
        `{dword=${dword} replaces=${hexWord(replaces)} value=${hexWord(value)}}`,
    );
    words += ` residue=[${entries.join(' ')}]`;
  }
  return words;
};

// A command with its fields. The first long value stands behind it, the others in its line.
const printLines = (
  name: string,
  fields: Fields,
  values: Values,
  { wordOf, tail }: { wordOf: typeof givenWord; tail: string },
): string => {
  let line = name;
  let block: { name: string; lines: string[] } | undefined;
  for (const [key, field] of entriesOf(fields)) {
    const value = values[key];
    if (value === undefined) continue;
    const lines = block === undefined ? blockLines(field, value) : undefined;
    const word = lines === undefined ? wordOf(field, value) : undefined;
    if (lines !== undefined) block = { name: key, lines };
    else if (word !== undefined) line += ` ${key}=${word}`;
  }
  line += tail;
  return block === undefined ? line : [`${line} ${block.name}:`, ...block.lines].join('\n');
};

const unknownNames = (command: { name: string; object?: string }): VirglError => {
  const { name, object } = command;
  const [word, names] =
    name === 'CREATE_OBJECT' ? [String(object), Object.keys(OBJECTS)] : [name, Object.keys(COMMANDS)];
  const near = nearestName(word, names);
  const advice = near === undefined ? '' : ` (did you mean ${near}?)`;
  return new VirglError(
    'ERR_VIRGL_ARGUMENT',
    `printCommand: expected a known name but received ${word}${advice}`,
    {
      operation: 'printCommand',
      field: name === 'CREATE_OBJECT' ? 'object' : 'name',
      value: word,
    },
  );
};

/**
 * A command as text, without a line break at the end: `DRAW_VBO count=3 mode=TRIANGLES`. Fields with their default are
 * left out. A command that could not be decoded is followed by a comment that says why.
 * @throws VirglError ERR_VIRGL_ARGUMENT for a name that is no command
 */
export const printCommand = (command: EncodableCommand | UnknownCommand): string => {
  if (command.name === 'UNKNOWN') {
    const text = printLines('UNKNOWN', UNKNOWN_FIELDS, { ...command }, { wordOf: valueWord, tail: '' });
    return 'error' in command ? `# ${escapeLine(command.error.message)}\n${text}` : text;
  }
  const layout = layoutOf(command);
  if (layout === undefined) throw unknownNames(command);
  const tail = remainderWords(command);
  return printLines(fullName(command), layout.fields, command.fields as Values, { wordOf: givenWord, tail });
};

const isStream = (value: unknown): value is Uint32Array | Uint8Array =>
  value instanceof Uint32Array || value instanceof Uint8Array;

/**
 * A stream as text, or commands that are already decoded. What can't be decoded becomes UNKNOWN with its dwords.
 * `assemble` is the inverse.
 * @throws VirglError ERR_VIRGL_DECODE for bytes that are no whole number of dwords
 */
export const printStream = (stream: Uint32Array | Uint8Array | Iterable<EncodableCommand>): string => {
  const lines: string[] = [];
  const commands = isStream(stream) ? decode(stream, { onError: 'raw' }) : stream;
  for (const command of commands) lines.push(`${printCommand(command)}\n`);
  return lines.join('');
};

/** The line that begins a submission of several. */
export const SUBMISSION = 'SUBMISSION';

/** Several submissions as text, each behind a line `SUBMISSION`. `assembleSubmissions` is the inverse. */
export const printSubmissions = (streams: Iterable<Uint32Array | Uint8Array>): string => {
  const parts: string[] = [];
  let index = 0;
  for (const stream of streams) {
    parts.push(`${SUBMISSION} # ${index}: ${stream.byteLength / 4} dwords\n${printStream(stream)}`);
    index += 1;
  }
  return parts.join('');
};
