// A value of the generated program together with the code that makes it, so that what is tried here is what is written there.

import { type Code, listCode, objectCode, quoted } from '../code';

/** A value and its code. */
export interface Term {
  readonly value: unknown;
  readonly code: Code;
}

/** A key of an object with its term. */
export type Entry = readonly [key: string, term: Term];

/** Something has no form in the typed classes: it is written in another way. */
export class Inexpressible extends Error {}

/** Throws {@link Inexpressible} unless that holds. */
export function expressible(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Inexpressible(what);
}

const plainCode = (value: number | string | boolean | null): string => {
  if (typeof value === 'string') return quoted(value);
  return Object.is(value, -0) ? '-0' : String(value);
};

/** A number, text, boolean or null. */
export const plainTerm = (value: number | string | boolean | null): Term => ({
  value,
  code: plainCode(value),
});

/** An object. */
export const objectTerm = (entries: readonly Entry[]): Term => ({
  value: Object.fromEntries(entries.map(([key, { value }]) => [key, value])),
  code: objectCode(entries.map(([key, { code }]) => [key, code])),
});

/** An array. */
export const listTerm = (items: readonly Term[]): Term => ({
  value: items.map(({ value }) => value),
  code: listCode(
    '[',
    items.map(({ code }) => code),
    ']',
  ),
});

/** An entry that is left out where it says nothing new. */
export const unless = (isDefault: boolean, key: string, term: () => Term): readonly Entry[] =>
  isDefault ? [] : [[key, term()]];
