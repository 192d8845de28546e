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
  return { statement, text, identifiers: 'comment' in statement ? new Set() : identifiersOf(text) };
};

interface Variable {
  readonly type: string;
  declarations: number;
  readonly frames: Set<number>;
  isUsed: boolean;
}

// What is declared where, and who uses it.
const variablesOf = (frames: readonly (readonly Laid[])[]): Map<string, Variable> => {
  const variables = new Map<string, Variable>();
  frames.forEach((lines, frame) => {
    for (const { statement } of lines) {
      if ('comment' in statement || statement.declares === undefined) continue;
      const { name, type } = statement.declares;
      const known = variables.get(name) ?? { type, declarations: 0, frames: new Set(), isUsed: false };
      known.declarations += 1;
      known.frames.add(frame);
      variables.set(name, known);
    }
  });
  frames.forEach((lines, frame) => {
    for (const { identifiers } of lines) {
      for (const name of identifiers) {
        const variable = variables.get(name);
        if (variable === undefined) continue;
        variable.isUsed = true;
        variable.frames.add(frame);
      }
    }
  });
  return variables;
};

/** Functions' lines, and the variables before them. */
export interface LaidOut {
  readonly variables: readonly { readonly name: string; readonly type: string }[];
  readonly frames: readonly (readonly string[])[];
}

/** Lays statements out, frame by frame. */
export const layOutFrames = (frames: readonly (readonly Statement[])[]): LaidOut => {
  const lines = frames.map((statements) => statements.map(laid));
  const variables = variablesOf(lines);
  const isLocal = ({ declarations, frames: seen }: Variable): boolean =>
    declarations === 1 && seen.size === 1;
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
    frames: lines.map((statements) => statements.map(finished)),
  };
};
