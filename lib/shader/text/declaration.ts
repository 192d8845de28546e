// Declarations: parse_declaration() of tgsi_text.c. Attributes have a fixed order and each may be left out; a word
// that nothing takes is an error.
import type {
  TgsiDeclaration,
  TgsiDeclaredSemantic,
  TgsiImageAttributes,
  TgsiLocation,
  TgsiRange,
  TgsiSamplerViewAttributes,
} from '../ast';
import { isFormatName } from '../tables/formats';
import { TGSI_SEMANTICS } from '../tables/semantics';
import {
  TGSI_INTERPOLATIONS,
  TGSI_LOCATIONS,
  TGSI_MEMORY_TYPES,
  TGSI_RETURN_TYPES,
  TGSI_TEXTURE_TARGETS,
  type TgsiFile,
  type TgsiStage,
  type TgsiTextureTarget,
} from '../tables/words';
import { parseFileBracket, parseWriteMask } from './operands';
import type { TgsiScanner } from './scanner';

/** What earlier statements decide about a declaration. */
export interface DeclarationContext {
  readonly stage: TgsiStage;
  /** Vertices that `[]` stands for; 0 where it is not allowed. */
  readonly impliedSize: number;
}

type Attributes = Partial<TgsiDeclaration>;

const parseRange = (scanner: TgsiScanner, impliedSize: number): TgsiRange => {
  scanner.skipWhite();
  const first = scanner.takeUnsigned();
  if (first === undefined) {
    if (impliedSize === 0 || !scanner.takeChar(']')) {
      throw scanner.error('an unsigned decimal number', 'declared range');
    }
    return { first: 0, last: impliedSize - 1, implied: true };
  }
  scanner.skipWhite();
  let last = first;
  if (scanner.text.startsWith('..', scanner.position)) {
    scanner.position += 2;
    last = scanner.expectUnsigned('declared range');
    scanner.skipWhite();
  }
  if (!scanner.takeChar(']')) throw scanner.error('"]" or ".."', 'declared range');
  return { first, last, implied: false };
};

const parseRanges = (
  scanner: TgsiScanner,
  impliedSize: number,
): { dimension?: TgsiRange; range: TgsiRange } => {
  const range = parseRange(scanner, impliedSize);
  if (!scanner.takeSpacedChar('[')) return { range };
  return { dimension: range, range: parseRange(scanner, impliedSize) };
};

/** Runs `take` after a comma; without a result the scanner stays before the comma. */
const afterComma = <Result>(scanner: TgsiScanner, take: () => Result | undefined): Result | undefined => {
  const start = scanner.position;
  if (!scanner.takeSpacedChar(',')) return undefined;
  scanner.skipWhite();
  const result = take();
  if (result === undefined) scanner.position = start;
  return result;
};

const takeArray = (scanner: TgsiScanner): number | undefined => {
  if (scanner.takeWord(['ARRAY']) === undefined) return undefined;
  if (!scanner.takeChar('(')) throw scanner.error('"("', 'ARRAY');
  scanner.skipWhite();
  const id = scanner.takeSigned();
  if (id === undefined) throw scanner.error('a decimal number', 'ARRAY');
  scanner.expectChar(')', 'ARRAY');
  return id;
};

const expectTarget = (scanner: TgsiScanner, file: TgsiFile): TgsiTextureTarget =>
  scanner.expectWord(TGSI_TEXTURE_TARGETS, 'a texture target', `DCL ${file}`);

const takeImageWord = (scanner: TgsiScanner): string | undefined => {
  const word = scanner.peekWord();
  if (word !== 'RAW' && word !== 'WR' && !isFormatName(word)) return undefined;
  scanner.position += word.length;
  return word;
};

const parseImage = (scanner: TgsiScanner): TgsiImageAttributes => {
  const target = expectTarget(scanner, 'IMAGE');
  let format: string | undefined;
  let writable = false;
  let raw = false;
  for (;;) {
    const word = afterComma(scanner, () => takeImageWord(scanner));
    if (word === undefined) break;
    if (word === 'RAW') raw = true;
    else if (word === 'WR') writable = true;
    else format = word;
  }
  return { target, ...(format === undefined ? {} : { format }), writable, raw };
};

const parseSamplerView = (scanner: TgsiScanner): TgsiSamplerViewAttributes => {
  const target = expectTarget(scanner, 'SVIEW');
  scanner.expectChar(',', 'DCL SVIEW');
  scanner.skipWhite();
  const returnTypes = [scanner.expectWord(TGSI_RETURN_TYPES, TGSI_RETURN_TYPES.join(', '), 'return type')];
  // The parser takes the comma before it looks for a type, so that one too many is an error later.
  while (returnTypes.length < 4 && scanner.takeSpacedChar(',')) {
    scanner.skipWhite();
    const type = scanner.takeWord(TGSI_RETURN_TYPES);
    if (type === undefined) {
      if (returnTypes.length < 3) break;
      throw scanner.error(TGSI_RETURN_TYPES.join(', '), 'return type');
    }
    returnTypes.push(type);
  }
  // A comma after the fourth type is taken as well, with the white space behind it.
  if (returnTypes.length === 4 && scanner.takeSpacedChar(',')) scanner.skipWhite();
  return { target, returnTypes };
};

const takeSemantic = (scanner: TgsiScanner): TgsiDeclaredSemantic | undefined => {
  const name = scanner.takeWord(TGSI_SEMANTICS);
  if (name === undefined) return undefined;
  if (!scanner.takeSpacedChar('[')) return { name, index: 0 };
  const index = scanner.expectUnsigned('semantic index');
  scanner.expectChar(']', 'semantic index');
  return { name, index };
};

const parseFileAttributes = (scanner: TgsiScanner, file: TgsiFile): Attributes => {
  switch (file) {
    case 'IMAGE':
      return { image: parseImage(scanner) };
    case 'SVIEW':
      return { samplerView: parseSamplerView(scanner) };
    case 'BUFFER':
      return scanner.takeWord(['ATOMIC']) === undefined ? {} : { atomic: true };
    case 'MEMORY': {
      const memory = scanner.takeWord(TGSI_MEMORY_TYPES);
      return memory === undefined ? {} : { memory };
    }
    default: {
      const local = scanner.takeWord(['LOCAL']) !== undefined;
      const semantic = local ? afterComma(scanner, () => takeSemantic(scanner)) : takeSemantic(scanner);
      return { ...(local ? { local } : {}), ...(semantic === undefined ? {} : { semantic }) };
    }
  }
};

const takeStreams = (scanner: TgsiScanner): [number, number, number, number] | undefined => {
  if (scanner.takeWord(['STREAM']) === undefined) return undefined;
  scanner.expectChar('(', 'STREAM');
  const next = (end: string): number => {
    const stream = scanner.expectUnsigned('STREAM');
    scanner.expectChar(end, 'STREAM');
    return stream;
  };
  return [next(','), next(','), next(','), next(')')];
};

/** The attributes that any file but a vertex input may end with. */
const parseTail = (scanner: TgsiScanner): Attributes => {
  const interpolation = afterComma(scanner, () => scanner.takeWord(TGSI_INTERPOLATIONS));
  const interpolationLocation = afterComma(scanner, () => scanner.takeWord(TGSI_LOCATIONS));
  let invariant = false;
  if (scanner.takeSpacedChar(',')) {
    scanner.skipWhite();
    scanner.expectWord(
      ['INVARIANT'],
      'a semantic, an interpolation, a location or INVARIANT, in this order,',
      'declaration',
    );
    invariant = true;
  }
  return {
    ...(interpolation === undefined ? {} : { interpolation }),
    ...(interpolationLocation === undefined ? {} : { interpolationLocation }),
    ...(invariant ? { invariant } : {}),
  };
};

const parseAttributes = (scanner: TgsiScanner, file: TgsiFile, stage: TgsiStage): Attributes => {
  const attributes: { -readonly [Key in keyof Attributes]: Attributes[Key] } = {};
  const arrayId = afterComma(scanner, () => takeArray(scanner));
  if (arrayId !== undefined) attributes.arrayId = arrayId;
  // A vertex input has nothing else: a comma after it is found to be an error by the caller.
  if (file === 'IN' && stage === 'VERT') return attributes;

  const start = scanner.position;
  // After ARRAY(id) the comma has to follow without white space.
  if (arrayId === undefined ? scanner.takeSpacedChar(',') : scanner.takeChar(',')) {
    scanner.skipWhite();
    const found = parseFileAttributes(scanner, file);
    if (Object.keys(found).length === 0) scanner.position = start;
    else Object.assign(attributes, found);
  }
  if (file === 'OUT' && stage === 'GEOM') {
    const streams = afterComma(scanner, () => takeStreams(scanner));
    if (streams !== undefined) attributes.streams = streams;
  }
  return Object.assign(attributes, parseTail(scanner));
};

/** What follows the word DCL. */
export const parseDeclaration = (
  scanner: TgsiScanner,
  location: TgsiLocation,
  context: DeclarationContext,
): TgsiDeclaration => {
  if (!scanner.skipWhite()) throw scanner.error('white space', 'DCL');
  const file = parseFileBracket(scanner);
  const ranges = parseRanges(scanner, context.impliedSize);
  const usageMask = parseWriteMask(scanner);
  return {
    kind: 'declaration',
    file,
    ...ranges,
    usageMask,
    local: false,
    atomic: false,
    invariant: false,
    ...parseAttributes(scanner, file, context.stage),
    location,
  };
};
