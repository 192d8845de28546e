// Reading what the render thread reports; native/completions.h has the layout.

/** Who is told. */
export interface CompletionSink {
  /** The next `count` calls succeeded with nothing to say. */
  succeeded(count: number): void;
  /** The next call was answered: 0 or an errno, and its result words (valid only during the call). */
  replied(status: number, result: Uint32Array): void;
  /** A legacy fence and all older ones have retired. */
  fence(fenceId: number): void;
  /** A fence of a context's ring has retired. */
  contextFence(contextId: number, ringIndex: number, fenceId: bigint): void;
  /** virglrenderer said something; it belongs to the next call that is answered. */
  log(level: number, text: string): void;
}

const decoder = new TextDecoder();

const u64 = (words: Uint32Array, at: number): bigint => BigInt(words[at]) | (BigInt(words[at + 1]) << 32n);

type ReadRecord = (record: Uint32Array, sink: CompletionSink) => void;

/** By kind, in the order of `Completions::Kind`. */
const READERS: readonly ReadRecord[] = [
  (record, sink) => sink.succeeded(record[2]),
  (record, sink) => sink.replied(record[2], record.subarray(3)),
  (record, sink) => sink.fence(record[2]),
  (record, sink) => sink.contextFence(record[2], record[3], u64(record, 4)),
  (record, sink) => {
    // Copied, because TextDecoder refuses views on shared memory in browsers and this view is reused.
    const bytes = new Uint8Array(record.buffer, record.byteOffset + 16, record[3]).slice();
    sink.log(record[2], decoder.decode(bytes));
  },
];

/** Hands each record of `words` to `sink`, in order. */
export const readCompletions = (words: Uint32Array, sink: CompletionSink): void => {
  for (let at = 0; at < words.length; at += words[at]) {
    READERS[words[at + 1]](words.subarray(at, at + words[at]), sink);
  }
};
