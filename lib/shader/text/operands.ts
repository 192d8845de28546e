// Registers of instructions: parse_dst_operand(), parse_src_operand() and parse_texoffset_operand() of tgsi_text.c.
import type { TgsiComponent, TgsiDestination, TgsiIndex, TgsiSource, TgsiTextureOffset } from '../ast';
import { TGSI_FILES, type TgsiFile } from '../tables/words';
import type { TgsiScanner } from './scanner';

const COMPONENT = /[xyzwXYZW]/y;
const MASK = /[xX]?[yY]?[zZ]?[wW]?/y;

/** What a register without a mask or swizzle stands for. */
export const ALL_COMPONENTS = 'xyzw';

const takeComponent = (scanner: TgsiScanner): TgsiComponent | undefined =>
  scanner.take(COMPONENT)?.toLowerCase() as TgsiComponent | undefined;

/** `FILE [`, white space allowed between. */
export const parseFileBracket = (scanner: TgsiScanner): TgsiFile => {
  const file = scanner.expectWord(TGSI_FILES, 'a register file', 'register');
  scanner.expectChar('[', `register ${file}`);
  return file;
};

const parseIndirect = (scanner: TgsiScanner, file: TgsiFile): { index: number; component: TgsiComponent } => {
  const index = scanner.expectUnsigned(`index of ${file}`);
  scanner.expectChar(']', `index of ${file}`);
  scanner.skipWhite();
  if (!scanner.takeChar('.')) return { index, component: 'x' };
  scanner.skipWhite();
  const component = takeComponent(scanner);
  if (component === undefined) throw scanner.error('x, y, z or w', `component of ${file}`);
  scanner.skipWhite();
  return { index, component };
};

/** `(id)` directly after the bracket; it only means something for an indirect index. */
const takeArrayId = (scanner: TgsiScanner): number => {
  if (!scanner.takeChar('(')) return 0;
  const id = scanner.expectUnsigned('array id');
  scanner.expectChar(')', 'array id');
  return id;
};

/** What follows the opening bracket of a register, up to the closing one and an array id. */
const parseIndex = (scanner: TgsiScanner, outer: TgsiFile): TgsiIndex => {
  scanner.skipWhite();
  const file = TGSI_FILES.find((name) => name === scanner.peekWord());
  if (file === undefined) {
    const value = scanner.takeSigned();
    if (value === undefined) throw scanner.error('a number or a register', `index of ${outer}`);
    scanner.expectChar(']', `index of ${outer}`);
    takeArrayId(scanner);
    return { value };
  }
  const indirect = parseIndirect(scanner, parseFileBracket(scanner));
  const value = scanner.next === '+' || scanner.next === '-' ? (scanner.takeSigned() ?? 0) : 0;
  scanner.expectChar(']', `index of ${outer}`);
  const arrayId = takeArrayId(scanner);
  // NULL is how the host marks "no indirect register", so that NULL[0] there means nothing.
  if (file === 'NULL') return { value };
  return { value, indirect: { file, ...indirect, ...(arrayId === 0 ? {} : { arrayId }) } };
};

interface Register {
  readonly file: TgsiFile;
  readonly dimension?: TgsiIndex;
  readonly index: TgsiIndex;
}

const parseRegister = (scanner: TgsiScanner): Register => {
  const file = parseFileBracket(scanner);
  const first = parseIndex(scanner, file);
  if (!scanner.takeSpacedChar('[')) return { file, index: first };
  return { file, dimension: first, index: parseIndex(scanner, file) };
};

/** An optional `.mask` with its components in the order xyzw. */
export const parseWriteMask = (scanner: TgsiScanner): string => {
  if (!scanner.takeSpacedChar('.')) return ALL_COMPONENTS;
  scanner.skipWhite();
  const mask = scanner.take(MASK) ?? '';
  if (mask === '') throw scanner.error('components in the order xyzw', 'write mask');
  return mask.toLowerCase();
};

const parseSwizzle = (scanner: TgsiScanner, length: number, otherwise: string): string => {
  if (!scanner.takeSpacedChar('.')) return otherwise;
  scanner.skipWhite();
  let swizzle = '';
  while (swizzle.length < length) {
    const component = takeComponent(scanner);
    if (component === undefined) throw scanner.error(`exactly ${length} of x, y, z, w`, 'swizzle');
    swizzle += component;
  }
  return swizzle;
};

/** A written register. */
export const parseDestination = (scanner: TgsiScanner): TgsiDestination => {
  const location = scanner.locate();
  const register = parseRegister(scanner);
  return { ...register, writeMask: parseWriteMask(scanner), location };
};

const takeSign = (scanner: TgsiScanner, char: string): boolean => {
  if (!scanner.takeChar(char)) return false;
  scanner.skipWhite();
  return true;
};

/** A read register: `-|FILE[…].swizzle|`. */
export const parseSource = (scanner: TgsiScanner): TgsiSource => {
  const location = scanner.locate();
  const negate = takeSign(scanner, '-');
  const absolute = takeSign(scanner, '|');
  const register = parseRegister(scanner);
  const swizzle = parseSwizzle(scanner, 4, ALL_COMPONENTS);
  if (absolute) scanner.expectChar('|', 'absolute value');
  return { ...register, swizzle, negate, absolute, location };
};

/** A texture offset; the host forgets an indirect index and reads x three times where there is no swizzle. */
export const parseTextureOffset = (scanner: TgsiScanner): TgsiTextureOffset => {
  const location = scanner.locate();
  const file = parseFileBracket(scanner);
  const index = parseIndex(scanner, file).value;
  return { file, index, swizzle: parseSwizzle(scanner, 3, 'xxx'), location };
};
