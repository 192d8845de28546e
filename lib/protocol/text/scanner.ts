// Reads the words, numbers, strings and marks of a dump, and knows where they stand.

import { VirglError } from '../error';
import { nearestName } from '../nearest-name';

/** A word of the text. `mark` is one of `= { } [ ] | * :`. */
export interface Token {
  readonly kind: 'word' | 'number' | 'string' | 'mark' | 'newline' | 'end';
  readonly text: string;
  /** First character, counted from 0. */
  readonly start: number;
}

/** A line of a block behind a command. */
export interface BlockLine {
  /** `|`, `\` or `[`, which the line opens with. */
  readonly mark: string;
  /** What follows the mark and a blank. */
  readonly text: string;
  /** Where `text` begins. */
  readonly start: number;
}

const SKIPPED = /(?:[ \t\r]|#[^\n]*)*/y;
const TOKENS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['newline', /\n/y],
  [
    'number',
    /[-+]?(?:0[xX][0-9a-fA-F]+|Infinity\b|NaN\b|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)(?![A-Za-z0-9_.])/y,
  ],
  ['word', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['string', /"(?:[^"\\\n]|\\[^\n])*"/y],
  ['mark', /[={}[\]|*:]/y],
];
const BLOCK_LINE = /[ \t]+([|\\[]) ?([^\n]*)(?:\n|$)/y;
const EMPTY_LINE = /[ \t\r]*(?:#[^\n]*)?\n/y;

/** Line and column of a place in a text, both from 1. */
export const locate = (text: string, offset: number): { line: number; column: number } => {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1 };
};

const shown = ({ kind, text }: Token): string => {
  if (kind === 'newline') return 'the end of the line';
  if (kind === 'end') return 'the end of the text';
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
};

/** Goes through a text token by token. */
export class Scanner {
  private ahead: Token | undefined;
  private position = 0;

  /** @param text the whole text; a byte order mark is skipped */
  constructor(readonly text: string) {
    if (text.startsWith('\ufeff')) this.position = 1;
  }

  /** The next token, which stays next. */
  peek(): Token {
    return (this.ahead ??= this.read());
  }

  /** Takes the next token. */
  next(): Token {
    const token = this.peek();
    this.ahead = undefined;
    return token;
  }

  /** Takes the next token if it is this mark. */
  accept(mark: string): boolean {
    const { kind, text } = this.peek();
    if (kind !== 'mark' || text !== mark) return false;
    this.ahead = undefined;
    return true;
  }

  /** Takes this mark. */
  expect(mark: string, what = mark): void {
    if (!this.accept(mark)) this.fail(this.peek(), what);
  }

  /** Skips line ends, which mean nothing inside of brackets. */
  skipNewlines(): void {
    while (this.peek().kind === 'newline') this.ahead = undefined;
  }

  /** Takes the indented lines that follow, after a line end. Empty and comment lines between them are skipped. */
  blockLines(): BlockLine[] {
    const lines: BlockLine[] = [];
    this.ahead = undefined;
    for (;;) {
      BLOCK_LINE.lastIndex = this.position;
      const match = BLOCK_LINE.exec(this.text);
      if (match) {
        const [whole, mark = '', rest = ''] = match;
        const start = this.position + whole.length - rest.length - (whole.endsWith('\n') ? 1 : 0);
        lines.push({ mark, text: rest.replace(/\r$/, ''), start });
        this.position += whole.length;
        continue;
      }
      EMPTY_LINE.lastIndex = this.position;
      const empty = EMPTY_LINE.exec(this.text);
      if (!empty) return lines;
      this.position += empty[0].length;
    }
  }

  /**
   * Throws what is wrong with a token.
   * @param token the token at fault
   * @param expected what is allowed, as a noun phrase
   * @param options `names`: for the advice, what might have been meant; `field`: path of the field
   */
  fail(token: Token, expected: string, options: { names?: Iterable<string>; field?: string } = {}): never {
    const { names, field } = options;
    const near = names === undefined ? undefined : nearestName(token.text, names);
    const advice = near === undefined ? '' : ` (did you mean ${near}?)`;
    this.failAt(token.start, `expected ${expected} but found ${shown(token)}${advice}`, {
      value: token.text,
      ...(field !== undefined && { field }),
    });
  }

  /** Throws a message with line and column before it. */
  failAt(offset: number, message: string, details: { value?: unknown; field?: string } = {}): never {
    const { line, column } = locate(this.text, offset);
    throw new VirglError('ERR_VIRGL_DECODE', `assemble: line ${line}, column ${column}: ${message}`, {
      operation: 'assemble',
      line,
      column,
      ...details,
    });
  }

  private read(): Token {
    SKIPPED.lastIndex = this.position;
    SKIPPED.exec(this.text);
    const start = SKIPPED.lastIndex;
    if (start >= this.text.length) return { kind: 'end', text: '', start };
    for (const [kind, pattern] of TOKENS) {
      pattern.lastIndex = start;
      const match = pattern.exec(this.text);
      if (!match) continue;
      this.position = start + match[0].length;
      return { kind, text: match[0], start };
    }
    const character = String.fromCodePoint(this.text.codePointAt(start) ?? 0);
    const what = character === '"' ? 'a string that ends with " on its line' : 'a word, a number or a mark';
    return this.failAt(start, `expected ${what} but found ${character}`);
  }
}
