// TGSI text to syntax tree: translate() of tgsi_text.c in virglrenderer.
import { invalidArgument } from '../protocol/error';
import type { TgsiShader, TgsiStatement } from './ast';
import { TGSI_STAGES, verticesPerPrimitive, type TgsiPrimitive, type TgsiStage } from './tables/words';
import { parseDeclaration } from './text/declaration';
import { parseImmediate } from './text/immediate';
import { parseInstruction } from './text/instruction';
import { parseProperty } from './text/property';
import { TgsiScanner } from './text/scanner';

const STATEMENT_WORDS = ['DCL', 'IMM', 'PROPERTY'] as const;
const PATCH_VERTICES = 32;

/** `N:`, white space allowed before the colon. */
const takeLabel = (scanner: TgsiScanner): number | undefined => {
  const start = scanner.position;
  const label = scanner.takeUnsigned();
  if (label !== undefined && scanner.takeSpacedChar(':')) return label;
  scanner.position = start;
  return undefined;
};

class ShaderParser {
  readonly #scanner: TgsiScanner;
  readonly #stage: TgsiStage;
  #impliedSize: number;
  #immediates = 0;

  constructor(scanner: TgsiScanner, stage: TgsiStage) {
    this.#scanner = scanner;
    this.#stage = stage;
    this.#impliedSize = stage === 'TESS_CTRL' || stage === 'TESS_EVAL' ? PATCH_VERTICES : 0;
  }

  parseStatement(): TgsiStatement {
    const scanner = this.#scanner;
    const start = scanner.position;
    const label = takeLabel(scanner);
    if (label !== undefined) return parseInstruction(scanner, start, label);
    const location = scanner.locate(start);
    switch (scanner.takeWord(STATEMENT_WORDS)) {
      case 'DCL':
        return parseDeclaration(scanner, location, { stage: this.#stage, impliedSize: this.#impliedSize });
      case 'IMM':
        return parseImmediate(scanner, location, this.#immediates++);
      case 'PROPERTY': {
        const property = parseProperty(scanner, location);
        if (property.name === 'GS_INPUT_PRIMITIVE' && this.#stage === 'GEOM') {
          this.#impliedSize = verticesPerPrimitive((property as { text: TgsiPrimitive }).text);
        }
        return property;
      }
      default:
        return parseInstruction(scanner, start);
    }
  }
}

/**
 * Parses a TGSI text with exactly the rules of virglrenderer's parser: what it accepts is accepted, what it
 * refuses throws. Whether the host can use the shader is a question for {@link checkTgsi}.
 * @param text the text; a NUL ends it, as in a command stream
 * @throws VirglError ERR_VIRGL_DECODE with `line`, `column`, `byteOffset` and `field`
 */
export const parseTgsi = (text: string): TgsiShader => {
  if (typeof text !== 'string') throw invalidArgument('parseTgsi', 'text', 'a string', text);
  const scanner = new TgsiScanner(text);
  scanner.skipWhite();
  const location = scanner.locate();
  const stage = scanner.expectWord(TGSI_STAGES, TGSI_STAGES.join(', '), 'header');
  const parser = new ShaderParser(scanner, stage);
  const statements: TgsiStatement[] = [];
  while (!scanner.atEnd) {
    if (!scanner.skipWhite()) throw scanner.error('white space', 'end of the statement');
    if (!scanner.atEnd) statements.push(parser.parseStatement());
  }
  return { stage, statements, location };
};
