// What a client has sent and nobody has handled yet: bytes in one piece, so that commands can be used where they are.

const INITIAL_BYTES = 64 * 1024;
const LARGE_BYTES = 4 * 1024 * 1024;

/** A buffer that is filled at its end and emptied at its beginning; it grows as far as one request needs. */
export class RequestBuffer {
  /** All of it; what was received and not consumed lies from {@link start} to {@link end}. */
  bytes = new Uint8Array(INITIAL_BYTES);
  start = 0;
  end = 0;

  /** Bytes that were received and not consumed. */
  get length(): number {
    return this.end - this.start;
  }

  /** Where the next bytes go; say how many came by {@link received}. */
  space(): Uint8Array {
    return this.bytes.subarray(this.end);
  }

  received(length: number): void {
    this.end += length;
  }

  /** The dword at a byte offset, which must be a multiple of 4 below {@link length}. */
  dword(offset: number): number {
    const at = this.start + offset;
    const bytes = this.bytes;
    return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
  }

  /** Dwords where they are; they stay until the next {@link makeRoom}. */
  dwords(offset: number, count: number): Uint32Array {
    return new Uint32Array(this.bytes.buffer, this.start + offset, count);
  }

  /** Bytes where they are; they stay until the next {@link makeRoom}. */
  view(offset: number, length: number): Uint8Array {
    return this.bytes.subarray(this.start + offset, this.start + offset + length);
  }

  consume(length: number): void {
    this.start += length;
    if (this.start === this.end) this.start = this.end = 0;
    // Data of an odd length in front of it: commands must lie on whole dwords to be used where they are.
    else if (this.start % 4 !== 0) this.#moveTo(this.bytes);
  }

  /** Makes room for more of a request that has so many bytes, of which a part may be here. */
  makeRoom(requestBytes: number): void {
    if (this.start + requestBytes <= this.bytes.length && this.end < this.bytes.length) return;
    // What a client only announces is not allocated; doubled, so that what really comes is moved few times.
    const enough = Math.min(requestBytes, Math.max(2 * this.length, LARGE_BYTES)) + INITIAL_BYTES;
    this.#moveTo(enough <= this.bytes.length ? this.bytes : new Uint8Array(enough));
  }

  #moveTo(bytes: Uint8Array<ArrayBuffer>): void {
    const rest = this.bytes.subarray(this.start, this.end);
    if (bytes === this.bytes) bytes.copyWithin(0, this.start, this.end);
    else bytes.set(rest);
    this.end = rest.length;
    this.start = 0;
    this.bytes = bytes;
  }
}
