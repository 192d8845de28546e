// Memory of ours that requests are copied into, used again when they are answered.

/** Longer requests get memory of their own. */
const SHORT_BYTES = 16 * 1024;
const MAX_SPARES = 64;

/** Memory with a request at its beginning; what follows is of no meaning. */
export class RequestBuffer {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  lengthBytes = 0;

  constructor(sizeBytes: number) {
    this.bytes = new Uint8Array(sizeBytes);
    this.view = new DataView(this.bytes.buffer);
  }
}

/** Lends memory to requests. */
export class RequestBuffers {
  readonly #spares: RequestBuffer[] = [];

  /** Memory for a request. */
  take(lengthBytes: number): RequestBuffer {
    const isShort = lengthBytes <= SHORT_BYTES;
    const buffer =
      (isShort ? this.#spares.pop() : undefined) ?? new RequestBuffer(Math.max(lengthBytes, SHORT_BYTES));
    buffer.lengthBytes = lengthBytes;
    return buffer;
  }

  /** Takes it back. */
  giveBack(buffer: RequestBuffer): void {
    if (buffer.bytes.byteLength === SHORT_BYTES && this.#spares.length < MAX_SPARES)
      this.#spares.push(buffer);
  }
}
