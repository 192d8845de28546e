// Data of any length as words: runs of equal dwords are told by their count.

import type { DataField } from '../schema-types';
import { floatOf, floatWord, hexWord, integerWord, isPlainFloat } from './numbers';

/** Words of data that still go into the line of their command. */
const INLINE_WORDS = 8;
const ROW_DWORDS: Readonly<Record<DataField['as'], number>> = { f32: 4, u32: 8, bytes: 8 };
// A run takes a row of its own from this many rows on; in a line, from this many dwords on.
const RUN_ROWS = 4;
const RUN_DWORDS = 4;

/** The dwords of a view, the last one zero-padded. */
export const dwordsOf = (view: ArrayBufferView): Uint32Array => {
  if (view instanceof Uint32Array) return view;
  const dwords = new Uint32Array((view.byteLength + 3) >>> 2);
  new Uint8Array(dwords.buffer).set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  return dwords;
};

const wordOf = (as: DataField['as'], dword: number): string => {
  if (as === 'f32') return isPlainFloat(dword) ? floatWord(floatOf(dword)) : hexWord(dword);
  if (as === 'bytes') return dword === 0 ? '0' : hexWord(dword);
  return integerWord(dword);
};

const runLength = (data: Uint32Array, start: number): number => {
  let end = start + 1;
  while (end < data.length && data[end] === data[start]) end += 1;
  return end - start;
};

const words = (data: Uint32Array, as: DataField['as']): string[] => {
  const found: string[] = [];
  for (let at = 0; at < data.length;) {
    const run = runLength(data, at);
    const word = wordOf(as, data[at] ?? 0);
    if (run >= RUN_DWORDS) found.push(`${word}*${run}`);
    else for (let times = 0; times < run; times += 1) found.push(word);
    at += run;
  }
  return found;
};

/** Data in brackets, for the line of its command. */
export const dwordList = (data: Uint32Array, as: DataField['as']): string => `[${words(data, as).join(' ')}]`;

/** Whether data is short enough for the line of its command. */
export const fitsLine = (data: Uint32Array, as: DataField['as']): boolean =>
  data.length <= INLINE_WORDS || words(data, as).length <= INLINE_WORDS;

/**
 * Data as rows, each with the number of its first dword (of its first vec4 for floats), which matches CONST[n] of a
 * shader.
 */
export const dwordRows = (data: Uint32Array, as: DataField['as']): string[] => {
  const width = ROW_DWORDS[as];
  const unit = as === 'f32' ? width : 1;
  const rows: string[] = [];
  for (let at = 0; at < data.length;) {
    const runRows = Math.floor(runLength(data, at) / width);
    const isRun = runRows >= RUN_ROWS;
    const length = isRun ? runRows * width : Math.min(width, data.length - at);
    const body = isRun
      ? `${wordOf(as, data[at] ?? 0)}*${length}`
      : Array.from(data.subarray(at, at + length), (dword) => wordOf(as, dword)).join(' ');
    rows.push(`[${at / unit}] ${body}`);
    at += length;
  }
  return rows;
};
