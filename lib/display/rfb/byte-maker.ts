// Numbers and texts as RFB writes them: the highest byte first.

/** Builds a message. */
export class ByteMaker {
  readonly #bytes: number[] = [];

  u8(...values: number[]): this {
    this.#bytes.push(...values.map((value) => value & 0xff));
    return this;
  }

  u16(...values: number[]): this {
    for (const value of values) this.u8(value >> 8, value);
    return this;
  }

  /** Of negative numbers: the two's complement. */
  u32(...values: number[]): this {
    for (const value of values) this.u8(value >> 24, value >> 16, value >> 8, value);
    return this;
  }

  bytes(values: Iterable<number>): this {
    for (const value of values) this.#bytes.push(value);
    return this;
  }

  /** A length of 32 bits, and UTF-8. */
  text(text: string): this {
    const bytes = Buffer.from(text);
    return this.u32(bytes.length).bytes(bytes);
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}
