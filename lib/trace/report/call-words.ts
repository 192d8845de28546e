// The arguments of a recorded call in one line.

import type { CallRecord } from '../model';

const wordOf = (value: unknown): string => {
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (Array.isArray(value)) return `[${value.map(wordOf).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([key, item]) => `${key}=${wordOf(item)}`)
      .join(' ')}}`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
};

/** `name=value …` */
export const callWords = ({ args }: CallRecord): string =>
  Object.entries(args ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${wordOf(value)}`)
    .join(' ');
