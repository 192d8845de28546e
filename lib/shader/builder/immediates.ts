// The immediates of a builder: equal ones are declared once.
import { invalidArgument } from '../../protocol/error';
import type { TgsiImmediate } from '../ast';
import { MAX_IMMEDIATES } from '../check/limits';
import type { TgsiImmediateType } from '../tables/words';
import { doubleWords, floatWord, hexWord } from '../text/literals';
import { NOWHERE } from './register';

interface Kind {
  /** Values that one immediate holds. */
  readonly count: number;
  readonly expected: string;
  readonly accepts: (value: number) => boolean;
  readonly words: (value: number) => readonly number[];
  readonly text: (value: number) => string;
}

/** Floats are written as hexadecimal words, which is exact and the only way to write an infinity or a NaN. */
const KINDS: Readonly<Partial<Record<TgsiImmediateType, Kind>>> = {
  FLT32: {
    count: 4,
    expected: 'a number',
    accepts: () => true,
    words: (value) => [floatWord(value)],
    text: (value) => hexWord(floatWord(value)),
  },
  UINT32: {
    count: 4,
    expected: 'an integer from 0 to 4294967295',
    accepts: (value) => Number.isInteger(value) && value >= 0 && value <= 0xffffffff,
    words: (value) => [value],
    text: String,
  },
  INT32: {
    count: 4,
    expected: 'an integer from -2147483648 to 2147483647',
    accepts: (value) => Number.isInteger(value) && value === (value | 0),
    words: (value) => [value >>> 0],
    text: (value) => String(value | 0),
  },
  FLT64: {
    count: 2,
    expected: 'a number',
    accepts: () => true,
    words: doubleWords,
    // The host takes one character after each word, whatever it is.
    text: (value) => `${doubleWords(value).map(hexWord).join(' ')} `,
  },
};

/** Declares immediates and finds them again. */
export class ImmediatePool {
  readonly #immediates: TgsiImmediate[] = [];
  readonly #byKey = new Map<string, number>();

  get statements(): readonly TgsiImmediate[] {
    return this.#immediates;
  }

  /** The index of the immediate with these values; one value stands for all. */
  add(operation: string, type: TgsiImmediateType, values: readonly number[]): number {
    const kind = KINDS[type];
    if (kind === undefined) throw invalidArgument(operation, 'type', 'a type that the host can use', type);
    const { count, expected, accepts } = kind;
    if (values.length !== 1 && values.length !== count) {
      throw invalidArgument(operation, 'values', `1 or ${count} values`, values);
    }
    for (const value of values) {
      if (typeof value !== 'number' || !accepts(value))
        throw invalidArgument(operation, 'values', expected, value);
    }
    const all = values.length === 1 ? Array.from({ length: count }, () => values[0] ?? 0) : values;
    const words = all.flatMap((value) => kind.words(value));
    const key = `${type} ${words.join(' ')}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const index = this.#immediates.length;
    if (index >= MAX_IMMEDIATES) {
      throw invalidArgument(operation, 'immediates', `at most ${MAX_IMMEDIATES} in a shader`, index + 1);
    }
    this.#immediates.push({
      kind: 'immediate',
      index,
      type,
      texts: all.map(kind.text),
      words,
      location: NOWHERE,
    });
    this.#byKey.set(key, index);
    return index;
  }
}
