// What a check has seen of a shader so far. The host goes through a shader once, in order, and so does the check.
import type { TgsiDeclaration, TgsiImmediate, TgsiLocation } from '../ast';
import type { TgsiRelease } from '../tables/releases';
import type { TgsiFile, TgsiStage } from '../tables/words';
import { severityOf, type TgsiRule, type TgsiSeverity } from './rules';

/** One finding. */
export interface TgsiDiagnostic {
  readonly severity: TgsiSeverity;
  readonly rule: TgsiRule;
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

interface DeclaredRange {
  readonly dimension: number;
  readonly first: number;
  readonly last: number;
  readonly usageMask: string;
  readonly arrayId: number;
}

/** The declared registers of one file. */
class DeclaredFile {
  readonly #ranges: DeclaredRange[] = [];

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  add(range: DeclaredRange): void {
    this.#ranges.push(range);
  }

  has(index: number, dimension: number): boolean {
    return this.#ranges.some(
      (range) => range.dimension === dimension && range.first <= index && index <= range.last,
    );
  }

  hasDimension(dimension: number): boolean {
    return this.#ranges.some((range) => range.dimension === dimension);
  }

  /** Whether a range declares a component again. Arrays may overlap: Mesa declares them so. */
  overlaps(other: DeclaredRange): boolean {
    return this.#ranges.some(
      (range) =>
        range.arrayId === other.arrayId &&
        range.dimension === other.dimension &&
        range.first <= other.last &&
        other.first <= range.last &&
        [...other.usageMask].some((component) => range.usageMask.includes(component)),
    );
  }
}

/** An open IF or loop. */
export interface OpenBlock {
  readonly kind: 'IF' | 'BGNLOOP';
  readonly location: TgsiLocation;
}

/** A text register that stands for one vertex of several has a first bracket that the host drops. */
const isPerVertex = (stage: TgsiStage, file: TgsiFile): boolean =>
  (file === 'IN' && (stage === 'GEOM' || stage === 'TESS_CTRL' || stage === 'TESS_EVAL')) ||
  (file === 'OUT' && stage === 'TESS_CTRL');

/** Collects findings and what they depend on. */
export class CheckState {
  readonly stage: TgsiStage;
  readonly release: TgsiRelease;
  readonly diagnostics: TgsiDiagnostic[] = [];
  readonly immediates: TgsiImmediate[] = [];
  readonly blocks: OpenBlock[] = [];
  instructionCount = 0;
  ended = false;
  readonly #files = new Map<TgsiFile, DeclaredFile>();
  readonly #registers = new Map<TgsiFile, number>();
  readonly #counted = new Map<TgsiFile, Set<string>>();

  constructor(stage: TgsiStage, release: TgsiRelease) {
    this.stage = stage;
    this.release = release;
  }

  report(rule: TgsiRule, { line, column }: TgsiLocation, message: string): void {
    this.diagnostics.push({ severity: severityOf(rule, this.release), rule, message, line, column });
  }

  /** The registers of a file that were declared so far. */
  declared(file: TgsiFile): DeclaredFile {
    let registers = this.#files.get(file);
    if (registers === undefined) this.#files.set(file, (registers = new DeclaredFile()));
    return registers;
  }

  /** Counts one more declaration and returns how many of its file count against the limit by now. */
  count({ file, semantic, range, arrayId }: TgsiDeclaration): number {
    let keys = this.#counted.get(file);
    if (keys === undefined) this.#counted.set(file, (keys = new Set()));
    // The host skips an input or output whose semantic, first register and array it has seen before.
    const varying = file === 'IN' || file === 'OUT';
    const key = [semantic?.name ?? 'POSITION', semantic?.index ?? 0, range.first, arrayId ?? 0].join(' ');
    keys.add(varying ? key : String(keys.size));
    return keys.size;
  }

  /** Counts registers of a file and returns how many were declared by now. */
  countRegisters(file: TgsiFile, count: number): number {
    const total = (this.#registers.get(file) ?? 0) + count;
    this.#registers.set(file, total);
    return total;
  }

  /** The first bracket that tells registers of a file apart, 0 where there is none or the host drops it. */
  dimensionOf(file: TgsiFile, dimension: number | undefined): number {
    return isPerVertex(this.stage, file) ? 0 : (dimension ?? 0);
  }

  rangeOf(declaration: TgsiDeclaration, first: number, last: number): DeclaredRange {
    return {
      dimension: this.dimensionOf(declaration.file, declaration.dimension?.first),
      first,
      last,
      usageMask: declaration.usageMask,
      arrayId: declaration.arrayId ?? 0,
    };
  }
}
