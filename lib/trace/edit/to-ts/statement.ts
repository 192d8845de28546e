// Statements of the generated program, and where its variables are declared: in the function that makes them where only that one uses
// them, before all functions otherwise, and not at all where nobody does.

import { type Code, layOut, prefixed } from './code';

/** A statement, or a comment. */
export type Statement =
  | {
      readonly code: Code;
      readonly declares?: { readonly name: string; readonly type: string };
      /** Of the command that it stands for. */
      readonly number?: number;
    }
  | { readonly comment: string };

const INDENT = '  ';
const STRINGS = /"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[^])*`|\/\/.*/g;
const IDENTIFIERS = /(?<![\w$.])[A-Za-z_$][\w$]*(?!\w*:)/g;

/** Names that stand in some code, apart from texts and keys. */
const identifiersOf = (text: string): Set<string> => new Set(text.replace(STRINGS, '""').match(IDENTIFIERS));

interface Laid {
  readonly statement: Statement;
  readonly text: string;
  /** How many lines it takes, also with a declaration. */
  readonly length: number;
  readonly identifiers: Set<string>;
}

// Comments must not end early or break.
const commentOf = (text: string): string => `${INDENT}// ${text.replace(/[\r\n\u2028\u2029]+/g, ' ')}`;

const textOf = (statement: Statement, declared = ''): string => {
  if ('comment' in statement) return commentOf(statement.comment);
  const text = `${INDENT}${layOut(prefixed(declared, statement.code), INDENT)};`;
  const { number } = statement;
  if (number === undefined) return text;
  // Behind a statement of one line, before a longer one.
  return text.includes('\n') ? `${INDENT}// ${number}\n${text}` : `${text} // ${number}`;
};

const laid = (statement: Statement): Laid => {
  const text = textOf(statement);
  const isComment = 'comment' in statement;
  const declared = isComment || statement.declares === undefined ? '' : `const ${statement.declares.name} = `;
  const { length } = textOf(statement, declared).split('\n');
  return { statement, text, length, identifiers: isComment ? new Set() : identifiersOf(text) };
};

/** Lines of a function, at most; a single statement may be longer. */
const PART_LINES = 76;
/** What has the host draw or answer: a good place to end a function. */
const ENDS = /^\s*await .*(\.flush\(\)|\.submitCmd\(|\.read\(|\.transferReadIov\()/;

const linesOf = (lines: readonly Laid[]): number => lines.reduce((sum, { length }) => sum + length, 0);

// Before a comment something new begins.
const isEnd = ({ text }: Laid, index: number, lines: readonly Laid[]): boolean =>
  ENDS.test(text) || /^\s*\/\//.test(lines[index + 1]?.text ?? '');

// How many statements the next function takes: up to the last good end in its second half.
const partLength = (lines: readonly Laid[]): number => {
  if (linesOf(lines) <= PART_LINES) return lines.length;
  let count = 1;
  while (linesOf(lines.slice(0, count + 1)) <= PART_LINES) count += 1;
  const end = lines.slice(0, count).findLastIndex(isEnd);
  return end >= count / 2 ? end + 1 : count;
};

const partsOf = (lines: readonly Laid[]): (readonly Laid[])[] => {
  const parts: (readonly Laid[])[] = [];
  for (let rest = lines; rest.length > 0 || parts.length === 0;) {
    const length = partLength(rest);
    parts.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return parts;
};

interface Variable {
  readonly type: string;
  declarations: number;
  /** The functions that it stands in. */
  readonly places: Set<readonly Laid[]>;
  isUsed: boolean;
}

// What is declared where, and who uses it.
const variablesOf = (parts: readonly (readonly Laid[])[]): Map<string, Variable> => {
  const variables = new Map<string, Variable>();
  for (const part of parts) {
    for (const { statement } of part) {
      if ('comment' in statement || statement.declares === undefined) continue;
      const { name, type } = statement.declares;
      const known = variables.get(name) ?? { type, declarations: 0, places: new Set(), isUsed: false };
      known.declarations += 1;
      known.places.add(part);
      variables.set(name, known);
    }
  }
  for (const part of parts) {
    for (const name of part.flatMap(({ identifiers }) => [...identifiers])) {
      const variable = variables.get(name);
      if (variable === undefined) continue;
      variable.isUsed = true;
      variable.places.add(part);
    }
  }
  return variables;
};

/** The functions of each frame, and the variables before them. */
export interface LaidOut {
  readonly variables: readonly { readonly name: string; readonly type: string }[];
  readonly frames: readonly (readonly (readonly string[])[])[];
}

/** Lays statements out: frames as functions of a length that can be read. */
export const layOutFrames = (frames: readonly (readonly Statement[])[]): LaidOut => {
  const parts = frames.map((statements) => partsOf(statements.map(laid)));
  const variables = variablesOf(parts.flat());
  const isLocal = ({ declarations, places }: Variable): boolean => declarations === 1 && places.size === 1;
  const finished = ({ statement, text }: Laid): string => {
    if ('comment' in statement || statement.declares === undefined) return text;
    const { name } = statement.declares;
    const variable = variables.get(name);
    if (variable === undefined || !variable.isUsed) return text;
    return textOf(statement, isLocal(variable) ? `const ${name} = ` : `${name} = `);
  };
  return {
    variables: [...variables]
      .filter(([, variable]) => variable.isUsed && !isLocal(variable))
      .map(([name, { type }]) => ({ name, type })),
    frames: parts.map((functions) => functions.map((lines) => lines.map(finished))),
  };
};
