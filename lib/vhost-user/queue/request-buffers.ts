// Memory of ours that requests are copied into, used again when they are answered.

/** Longer requests get memory of their own. */
const SHORT_BYTES = 16 * 1024;
const MAX_SPARES = 64;

/** Lends memory to requests. */
export class RequestBuffers {
  readonly #spares: Uint8Array[] = [];

  /** Memory for a request; what is in it is of no meaning. */
  take(lengthBytes: number): Uint8Array {
    if (lengthBytes > SHORT_BYTES) return new Uint8Array(lengthBytes);
    const buffer = this.#spares.pop() ?? new Uint8Array(SHORT_BYTES);
    return buffer.subarray(0, lengthBytes);
  }

  /** Takes it back. */
  giveBack(request: Uint8Array): void {
    const { buffer } = request;
    if (buffer.byteLength !== SHORT_BYTES || this.#spares.length === MAX_SPARES) return;
    this.#spares.push(new Uint8Array(buffer));
  }
}
