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

type ReadRecord = (words: Uint32Array, at: number, sink: CompletionSink) => void;

const NO_RESULT = new Uint32Array(0);
const REPLY_HEADER_WORDS = 3;

/** By kind, in the order of `Completions::Kind`. */
const READERS: readonly ReadRecord[] = [
  (words, at, sink) => sink.succeeded(words[at + 2]),
  (words, at, sink) => {
    const result = words[at] > REPLY_HEADER_WORDS ? words.subarray(at + 3, at + words[at]) : NO_RESULT;
    sink.replied(words[at + 2], result);
  },
  (words, at, sink) => sink.fence(words[at + 2]),
  (words, at, sink) => sink.contextFence(words[at + 2], words[at + 3], u64(words, at + 4)),
  (words, at, sink) => {
    // Copied, because TextDecoder refuses views on shared memory in browsers and this view is reused.
    const bytes = new Uint8Array(words.buffer, words.byteOffset + (at + 4) * 4, words[at + 3]).slice();
    sink.log(words[at + 2], decoder.decode(bytes));
  },
];

/** Hands each record of the first `length` words to `sink`, in order. */
export const readCompletions = (words: Uint32Array, length: number, sink: CompletionSink): void => {
  for (let at = 0; at < length; at += words[at]) READERS[words[at + 1]](words, at, sink);
};
