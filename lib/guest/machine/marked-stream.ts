// The output of one program after the other on one stream: the guest closes each with a mark.

/** Between two of these (record separators) stands the id of the program that ended. */
const SEPARATOR = '\x1e';

/** Splits a stream at the mark of the program that is running. What comes while none runs is dropped. */
export class MarkedStream {
  #mark: Buffer | undefined;
  /** What may be the beginning of the mark. */
  #held: Buffer = Buffer.alloc(0);
  #onData: (bytes: Buffer) => void = () => undefined;
  #onEnd: () => void = () => undefined;

  /** Hands the output of a program on. Resolves when it is complete. */
  follow(id: string, onData: (bytes: Buffer) => void): Promise<void> {
    this.#mark = Buffer.from(`${SEPARATOR}${id}${SEPARATOR}`);
    this.#held = Buffer.alloc(0);
    this.#onData = onData;
    return new Promise((resolve) => (this.#onEnd = resolve));
  }

  /** Takes what arrived. */
  receive(bytes: Buffer): void {
    const mark = this.#mark;
    if (mark === undefined) return;
    const text = Buffer.concat([this.#held, bytes]);
    const end = text.indexOf(mark);
    const open = text.indexOf(SEPARATOR, Math.max(text.length - mark.length + 1, 0));
    const known = end >= 0 ? end : open >= 0 ? open : text.length;
    if (known > 0) this.#onData(text.subarray(0, known));
    this.#held = text.subarray(known);
    if (end < 0) return;
    this.#mark = undefined;
    this.#onEnd();
  }
}
