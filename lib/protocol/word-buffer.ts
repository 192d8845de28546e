// A growable array of dwords with float and byte views of the same memory. Streams are little-endian, and so is
// every platform that this package supports, so dwords are stored as they are.

/** Dwords under construction; `length` of them are complete, what lies behind is scratch. */
export class WordBuffer {
  u32: Uint32Array<ArrayBuffer>;
  f32: Float32Array<ArrayBuffer>;
  u8: Uint8Array<ArrayBuffer>;
  /** Dwords that are complete. */
  length = 0;

  constructor(capacityDwords: number) {
    const memory = new ArrayBuffer(Math.max(16, capacityDwords) * 4);
    this.u32 = new Uint32Array(memory);
    this.f32 = new Float32Array(memory);
    this.u8 = new Uint8Array(memory);
  }

  /** Makes room for `end` dwords in all. The views may be new ones afterwards. */
  ensure(end: number): void {
    if (end > this.u32.length) this.grow(end);
  }

  private grow(end: number): void {
    const memory = new ArrayBuffer(Math.max(end, this.u32.length * 2) * 4);
    const words = new Uint32Array(memory);
    words.set(this.u32);
    this.u32 = words;
    this.f32 = new Float32Array(memory);
    this.u8 = new Uint8Array(memory);
  }
}

/** The payload that a field codec reads from. */
export interface Reader {
  readonly u32: Uint32Array;
  readonly f32: Float32Array;
  readonly u8: Uint8Array;
  /** Dword after the last one of the command. */
  end: number;
  /** Where the next variable part begins. */
  cursor: number;
}

/**
 * Views of a stream for reading.
 * @param words the dwords of the stream
 */
export const readerOf = (words: Uint32Array): Reader => ({
  u32: words,
  f32: new Float32Array(words.buffer, words.byteOffset, words.length),
  u8: new Uint8Array(words.buffer, words.byteOffset, words.byteLength),
  end: words.length,
  cursor: 0,
});

/** How one field, list or record stands in dwords. */
export interface Codec {
  /**
   * Writes a value at dword `at` and returns the dword after it.
   * @param base first dword of the enclosing record, for counts that stand there
   * @throws FieldFault for a value that does not fit; the buffer's complete part is untouched
   */
  write(out: WordBuffer, at: number, value: unknown, base: number): number;
  /**
   * Reads the value at dword `at` and sets the reader's cursor behind it; undefined if it is not there.
   * @throws FieldFault for dwords that make no sense
   */
  read(reader: Reader, at: number, base: number): unknown;
}
