// Syntax tree to TGSI text, laid out as Mesa's tgsi_dump.c does it, so that Mesa's own shaders come back byte for byte.
import type {
  TgsiDeclaration,
  TgsiImmediate,
  TgsiIndex,
  TgsiInstruction,
  TgsiOperand,
  TgsiRange,
  TgsiShader,
  TgsiSource,
  TgsiStatement,
} from './ast';
import { BLOCK_ENDS, BLOCK_STARTS } from './tables/opcodes';
import { ALL_COMPONENTS } from './text/operands';

/** Semantics that are printed with their index even when it is 0. */
const INDEXED_SEMANTICS: ReadonlySet<string> = new Set(['GENERIC', 'TEXCOORD']);
const LABEL_WIDTH = 3;

const printRange = ({ first, last, implied }: TgsiRange): string =>
  implied ? '[]' : first === last ? `[${first}]` : `[${first}..${last}]`;

const printMask = (mask: string): string => (mask === ALL_COMPONENTS ? '' : `.${mask}`);

const isPresent = (part: string | undefined | false): part is string => typeof part === 'string';

const printSemantic = ({ semantic }: TgsiDeclaration): string | undefined => {
  if (semantic === undefined) return undefined;
  const indexed = semantic.index !== 0 || INDEXED_SEMANTICS.has(semantic.name);
  return indexed ? `${semantic.name}[${semantic.index}]` : semantic.name;
};

const printDeclaration = (declaration: TgsiDeclaration): string => {
  const { file, dimension, range, usageMask, arrayId, streams, image, samplerView } = declaration;
  const register = `${file}${dimension === undefined ? '' : printRange(dimension)}${printRange(range)}`;
  const attributes = [
    arrayId !== undefined && `ARRAY(${arrayId})`,
    declaration.local && 'LOCAL',
    printSemantic(declaration),
    streams !== undefined && `STREAM(${streams.join(', ')})`,
    image?.target,
    image?.format,
    image?.writable === true && 'WR',
    image?.raw === true && 'RAW',
    samplerView?.target,
    samplerView?.returnTypes.join(', '),
    declaration.atomic && 'ATOMIC',
    declaration.memory,
    declaration.interpolation,
    declaration.interpolationLocation,
    declaration.invariant && 'INVARIANT',
  ].filter(isPresent);
  // ARRAY, LOCAL and the semantic are one group for the parser, and so is what follows: order matters, nothing else.
  return [`DCL ${register}${printMask(usageMask)}`, ...attributes].join(', ');
};

const printImmediate = ({ index, type, texts }: TgsiImmediate): string =>
  `IMM[${index}] ${type} {${texts.join(', ')}}`;

const printIndex = ({ value, indirect }: TgsiIndex): string => {
  if (indirect === undefined) return `[${value}]`;
  const { file, index, component, arrayId } = indirect;
  const offset = value === 0 ? '' : value > 0 ? `+${value}` : String(value);
  return `[${file}[${index}].${component}${offset}]${arrayId === undefined ? '' : `(${arrayId})`}`;
};

const printRegister = ({ file, dimension, index }: TgsiOperand): string =>
  `${file}${dimension === undefined ? '' : printIndex(dimension)}${printIndex(index)}`;

const printSource = (source: TgsiSource): string => {
  const bar = source.absolute ? '|' : '';
  return `${source.negate ? '-' : ''}${bar}${printRegister(source)}${printMask(source.swizzle)}${bar}`;
};

const printInstruction = (instruction: TgsiInstruction, depth: number): string => {
  const { label, opcode, saturate, precise, target, memory, branch } = instruction;
  const mnemonic = `${opcode}${saturate ? '_SAT' : ''}${precise ? '_PRECISE' : ''}`;
  const operands = [
    ...instruction.destinations.map(
      (register) => `${printRegister(register)}${printMask(register.writeMask)}`,
    ),
    ...instruction.sources.map(printSource),
    target,
    ...instruction.offsets.map(({ file, index, swizzle }) => `${file}[${index}].${swizzle}`),
    ...(memory?.qualifiers ?? []),
    memory?.target,
    memory?.format,
  ].filter(isPresent);
  const prefix = label === undefined ? '' : `${String(label).padStart(LABEL_WIDTH)}: `;
  const body = operands.length === 0 ? mnemonic : `${mnemonic} ${operands.join(', ')}`;
  return `${prefix}${'  '.repeat(depth)}${body}${branch === undefined ? '' : ` :${branch}`}`;
};

const printStatement = (statement: TgsiStatement, depth: number): string => {
  switch (statement.kind) {
    case 'property':
      return `PROPERTY ${statement.name} ${statement.text}`;
    case 'unknown-property':
      return `PROPERTY ${statement.name}${statement.rest}`;
    case 'declaration':
      return printDeclaration(statement);
    case 'immediate':
      return printImmediate(statement);
    case 'instruction':
      return printInstruction(statement, depth);
  }
};

/**
 * Prints a shader in the canonical form, one statement per line, which virglrenderer parses back to the same
 * tree. Literals, labels and unknown properties keep their spelling; a shader written by Mesa comes out unchanged.
 */
export const printTgsi = (shader: TgsiShader): string => {
  const lines: string[] = [shader.stage];
  let depth = 0;
  for (const statement of shader.statements) {
    const opcode = statement.kind === 'instruction' ? statement.opcode : '';
    if (BLOCK_ENDS.has(opcode)) depth = Math.max(0, depth - 1);
    lines.push(printStatement(statement, depth));
    if (BLOCK_STARTS.has(opcode)) depth += 1;
  }
  return `${lines.join('\n')}\n`;
};
