// The declarations of a builder, in the order in which Mesa writes the files.
import type { TgsiDeclaration } from '../ast';
import type { TgsiFile } from '../tables/words';
import { ALL_COMPONENTS } from '../text/operands';
import { NOWHERE } from './register';

/** What a declaration has beyond its file and first register. */
export type DeclarationAttributes = Partial<Omit<TgsiDeclaration, 'kind' | 'file' | 'range' | 'location'>>;

const FILE_ORDER: readonly TgsiFile[] = [
  'IN',
  'OUT',
  'SV',
  'SAMP',
  'SVIEW',
  'IMAGE',
  'BUFFER',
  'MEMORY',
  'HWATOMIC',
  'CONST',
  'TEMP',
  'ADDR',
];

interface Entry {
  readonly file: TgsiFile;
  readonly attributes: DeclarationAttributes;
  first: number;
  last: number;
}

const bracket = (first: number, last = first): TgsiDeclaration['range'] => ({ first, last, implied: false });

/** Files whose registers lie in one declaration that grows. */
const growsFromZero = (file: TgsiFile): boolean => file === 'CONST' || file === 'ADDR';

/** Collects declarations; asking for the same thing again gives the same registers. */
export class DeclarationTable {
  readonly #entries = new Map<string, Entry>();
  readonly #next = new Map<TgsiFile, number>();

  /** Declares registers of a file at a given index, or finds them. A conflict gives undefined. */
  declareAt(file: TgsiFile, first: number, count: number, attributes: DeclarationAttributes = {}): boolean {
    const dimension = attributes.dimension?.first;
    const last = first + count - 1;
    const key = growsFromZero(file) ? `${file} ${dimension ?? ''}` : `${file} ${dimension ?? ''} ${first}`;
    const known = this.#entries.get(key);
    if (known === undefined) {
      this.#entries.set(key, { file, attributes, first: growsFromZero(file) ? 0 : first, last });
      return true;
    }
    known.last = Math.max(known.last, last);
    return (
      growsFromZero(file) ||
      (known.last === last && JSON.stringify(known.attributes) === JSON.stringify(attributes))
    );
  }

  /** Declares the next free registers of a file, or finds those that were declared under this name. */
  declareNext(file: TgsiFile, name: string, count: number, attributes: DeclarationAttributes = {}): number {
    const key = `${file} "${name}"`;
    const known = this.#entries.get(key);
    if (known !== undefined) return known.first;
    const first = this.#next.get(file) ?? 0;
    this.#next.set(file, first + count);
    this.#entries.set(key, { file, attributes, first, last: first + count - 1 });
    return first;
  }

  /** Reserves one more register of a file without an attribute; neighbours share a declaration. */
  grow(file: TgsiFile): number {
    const first = this.#next.get(file) ?? 0;
    this.#next.set(file, first + 1);
    const previous = [...this.#entries.values()].find(
      (entry) => entry.file === file && entry.last === first - 1 && entry.attributes.arrayId === undefined,
    );
    if (previous !== undefined) previous.last = first;
    else this.#entries.set(`${file} ${first}`, { file, attributes: {}, first, last: first });
    return first;
  }

  get statements(): TgsiDeclaration[] {
    return [...this.#entries.values()]
      .sort((a, b) => FILE_ORDER.indexOf(a.file) - FILE_ORDER.indexOf(b.file) || a.first - b.first)
      .map(({ file, attributes, first, last }) => ({
        kind: 'declaration',
        file,
        range: bracket(first, last),
        usageMask: ALL_COMPONENTS,
        local: false,
        atomic: false,
        invariant: false,
        ...attributes,
        location: NOWHERE,
      }));
  }
}
