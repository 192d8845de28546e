// What fills the rest of a payload: raw dwords, or text.

import { FieldFault } from './field-fault';
import { MAX_PAYLOAD_DWORDS } from './header';
import type { TextField } from './schema-types';
import { bytesOf, textOf } from './text-bytes';
import type { Codec, Reader, WordBuffer } from './word-buffer';

// Room for a tail, refused before any memory is taken if no header could tell its length.
const reserve = (out: WordBuffer, at: number, dwords: number, base: number): void => {
  const payload = at + dwords - base - 1;
  if (payload > MAX_PAYLOAD_DWORDS) {
    throw new FieldFault('length', `a payload of at most ${MAX_PAYLOAD_DWORDS} dwords`, payload);
  }
  out.ensure(at + dwords);
};

// Bytes into dwords, zero-padded.
const putBytes = (out: WordBuffer, at: number, bytes: Uint8Array, dwords: number): void => {
  out.u32.fill(0, at, at + dwords);
  out.u8.set(bytes, at * 4);
};

/** Any dwords to the end of the payload. */
export class DataCodec implements Codec {
  constructor(private readonly minDwords: number) {}

  write(out: WordBuffer, at: number, value: unknown, base: number): number {
    if (!ArrayBuffer.isView(value)) throw new FieldFault('', 'a typed array or DataView', value);
    const dwords = (value.byteLength + 3) >>> 2;
    if (dwords < this.minDwords)
      throw new FieldFault('length', `at least ${this.minDwords} dwords of data`, dwords);
    reserve(out, at, dwords, base);
    if (value instanceof Uint32Array) out.u32.set(value, at);
    else if (value instanceof Float32Array) out.f32.set(value, at);
    else putBytes(out, at, new Uint8Array(value.buffer, value.byteOffset, value.byteLength), dwords);
    return at + dwords;
  }

  read(reader: Reader, at: number): unknown {
    reader.cursor = reader.end;
    return reader.u32.subarray(at, reader.end);
  }
}

/** Text to the end of the payload, in one of the three forms of {@link TextField}. */
export class TextCodec implements Codec {
  constructor(private readonly field: TextField) {}

  write(out: WordBuffer, at: number, value: unknown, base: number): number {
    if (typeof value !== 'string' && !(value instanceof Uint8Array))
      throw new FieldFault('', 'a string', value);
    const bytes = typeof value === 'string' ? bytesOf(value) : value;
    const { form, countDword, minDwords = 1 } = this.field;
    if (form !== 'counted' && bytes.includes(0)) throw new FieldFault('', 'text without NUL', value);
    if (form === 'open' && (bytes.length === 0 || bytes.length % 4 !== 0)) {
      throw new FieldFault('length', 'whole dwords of text, at least one', bytes.length);
    }
    // Terminated text has room for its NUL; counted text takes a dword even if it is empty.
    const dwords = Math.max(minDwords, (bytes.length + (form === 'terminated' ? 4 : 3)) >>> 2);
    reserve(out, at, dwords, base);
    putBytes(out, at, bytes, dwords);
    if (countDword !== undefined) out.u32[base + countDword] = bytes.length;
    return at + dwords;
  }

  read(reader: Reader, at: number, base: number): unknown {
    const all = reader.u8.subarray(at * 4, reader.end * 4);
    const length = this.lengthIn(reader, all, base);
    if (length === undefined) return undefined;
    reader.cursor = reader.end;
    return textOf(all.subarray(0, length));
  }

  // Bytes of text, or undefined if the payload holds text of another form.
  private lengthIn(reader: Reader, all: Uint8Array, base: number): number | undefined {
    const { form, countDword } = this.field;
    if (form === 'counted' && countDword !== undefined) {
      const counted = reader.u32[base + countDword] ?? 0;
      if (counted > all.length)
        throw new FieldFault('length', `at most the ${all.length} bytes present`, counted);
      return counted;
    }
    const nul = all.indexOf(0);
    if (form === 'terminated') return nul < 0 ? undefined : nul;
    return nul < 0 && all.length > 0 ? all.length : undefined;
  }
}
