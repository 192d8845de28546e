// Instructions: parse_instruction() of tgsi_text.c.
import type { TgsiInstruction, TgsiMemoryTail, TgsiTextureOffset } from '../ast';
import { isFormatName } from '../tables/formats';
import { opcodeInfo, type TgsiOpcodeInfo } from '../tables/opcodes';
import {
  TGSI_MEMORY_QUALIFIERS,
  TGSI_TEXTURE_TARGETS,
  type TgsiMemoryQualifier,
  type TgsiTextureTarget,
} from '../tables/words';
import { parseDestination, parseSource, parseTextureOffset } from './operands';
import type { TgsiScanner } from './scanner';

const MAX_OFFSETS = 4;
const SATURATE = '_SAT';
const PRECISE = '_PRECISE';

interface Mnemonic {
  readonly info: TgsiOpcodeInfo;
  readonly saturate: boolean;
  readonly precise: boolean;
}

/** Splits `MOV_SAT_PRECISE`; the suffixes come in this order only. */
const splitMnemonic = (word: string): Mnemonic | undefined => {
  const whole = opcodeInfo(word);
  if (whole !== undefined) return { info: whole, saturate: false, precise: false };
  const precise = word.endsWith(PRECISE);
  const rest = precise ? word.slice(0, -PRECISE.length) : word;
  const saturate = rest.endsWith(SATURATE);
  const info = opcodeInfo(saturate ? rest.slice(0, -SATURATE.length) : rest);
  return info === undefined ? undefined : { info, saturate, precise };
};

const parseMnemonic = (scanner: TgsiScanner, expected: string): Mnemonic => {
  const word = scanner.peekWord();
  const mnemonic = splitMnemonic(word);
  if (mnemonic === undefined) throw scanner.error(expected, 'opcode');
  scanner.position += word.length;
  const { destinations, sources, texture, name } = mnemonic.info;
  const hasOperands = destinations + sources > 0 || texture;
  if (hasOperands && !scanner.atEnd && !scanner.skipWhite()) {
    throw scanner.error('white space', `operands of ${name}`);
  }
  return mnemonic;
};

/** Calls `parse` n times with a comma before each but the first of the instruction. */
const parseList = <Item>(
  scanner: TgsiScanner,
  count: number,
  isFirst: boolean,
  field: string,
  parse: (scanner: TgsiScanner) => Item,
): Item[] => {
  const items: Item[] = [];
  while (items.length < count) {
    if (!isFirst || items.length > 0) {
      scanner.expectChar(',', field);
      scanner.skipWhite();
    }
    items.push(parse(scanner));
  }
  return items;
};

const parseOffsets = (scanner: TgsiScanner): TgsiTextureOffset[] => {
  const offsets: TgsiTextureOffset[] = [];
  while (offsets.length < MAX_OFFSETS && scanner.takeSpacedChar(',')) {
    scanner.skipWhite();
    offsets.push(parseTextureOffset(scanner));
  }
  return offsets;
};

const parseMemoryTail = (scanner: TgsiScanner): TgsiMemoryTail => {
  const seen = new Set<TgsiMemoryQualifier>();
  let target: TgsiTextureTarget | undefined;
  let format: string | undefined;
  while (scanner.takeSpacedChar(',')) {
    scanner.skipWhite();
    const word = scanner.peekWord();
    const qualifier = scanner.takeWord(TGSI_MEMORY_QUALIFIERS);
    const written = qualifier === undefined ? scanner.takeWord(TGSI_TEXTURE_TARGETS) : undefined;
    if (qualifier !== undefined) seen.add(qualifier);
    else if (written !== undefined) target = written;
    else if (isFormatName(word)) {
      format = word;
      scanner.position += word.length;
    } else
      throw scanner.error(
        'COHERENT, RESTRICT, VOLATILE, a texture target or a PIPE_FORMAT_ name',
        'memory tail',
      );
  }
  return {
    qualifiers: TGSI_MEMORY_QUALIFIERS.filter((name) => seen.has(name)),
    ...(target === undefined ? {} : { target }),
    ...(format === undefined ? {} : { format }),
  };
};

const parseBranch = (scanner: TgsiScanner): { branch?: number } => {
  if (!scanner.takeSpacedChar(':')) return {};
  return { branch: scanner.expectUnsigned('branch label') };
};

/** One instruction whose label, if any, was already read. `start` is where it or its label begins. */
export const parseInstruction = (scanner: TgsiScanner, start: number, label?: number): TgsiInstruction => {
  const location = scanner.locate(start);
  scanner.skipWhite();
  const expected = label === undefined ? 'PROPERTY, DCL, IMM, a label or an opcode' : 'an opcode';
  const { info, saturate, precise } = parseMnemonic(scanner, expected);
  const field = `operands of ${info.name}`;
  const { destinations: dsts, sources: srcs } = info;
  const destinations = parseList(scanner, dsts, true, field, parseDestination);
  const sources = parseList(scanner, srcs, dsts === 0, field, parseSource);
  const [target] = parseList(scanner, info.texture ? 1 : 0, dsts + srcs === 0, field, (at) =>
    at.expectWord(TGSI_TEXTURE_TARGETS, 'a texture target', field),
  );
  return {
    kind: 'instruction',
    ...(label === undefined ? {} : { label }),
    opcode: info.name,
    saturate,
    precise,
    destinations,
    sources,
    ...(target === undefined ? {} : { target }),
    offsets: info.offsets ? parseOffsets(scanner) : [],
    ...(info.memory ? { memory: parseMemoryTail(scanner) } : {}),
    ...(info.branch ? parseBranch(scanner) : {}),
    location,
  };
};
