// One record on its way through the ring: two words, then the record's head, then the bytes behind it.

import type { TraceMeta } from '../model';
import { staysInline, type TraceAssembler } from './assembler';
import { COMMANDS_BIT, KIND_MASK, PIECE_BYTES, RecordNumber } from './layout';
import type { RecordWriter } from './record-codec';
import type { RingMaker, RingTaker } from './record-ring';
import { textOf, wordsFor } from './words';

const WITHOUT_TAIL = 0xffffffff;
const WORD = Uint32Array.BYTES_PER_ELEMENT;
const before = new Uint32Array(2);

const tailWordOf = ({ tail }: RecordWriter): number => {
  if (tail === undefined) return WITHOUT_TAIL;
  const { length } = tail.bytes;
  return tail.inline ? (length | COMMANDS_BIT) >>> 0 : length;
};

/** What the record that a writer holds puts into the ring, without its tail. */
export const entryWords = (writer: RecordWriter): readonly number[] => {
  const { head } = writer;
  return [head.length, tailWordOf(writer), ...head.words.subarray(0, head.length)];
};

/** Puts the record that a writer holds. @returns false if the other end takes no more */
export const putEntry = (ring: RingMaker, writer: RecordWriter): boolean => {
  const { head, tail } = writer;
  before[0] = head.length;
  before[1] = tailWordOf(writer);
  ring.begin();
  return (
    ring.putWords(before, before.length) &&
    ring.putWords(head.words, head.length) &&
    (tail === undefined || ring.putBytes(tail.bytes))
  );
};

/** Takes records and hands them to an assembler. */
export class EntryTaker {
  /** What became known of the trace on the way. */
  meta: Partial<TraceMeta> = {};
  readonly #ring: RingTaker;
  readonly #assembler: TraceAssembler;
  readonly #before = new Uint32Array(2);
  #head = new Uint32Array(1024);
  readonly #piece = new Uint32Array(PIECE_BYTES / WORD);

  constructor(ring: RingTaker, assembler: TraceAssembler) {
    this.#ring = ring;
    this.#assembler = assembler;
  }

  /** Takes one, if one is there or on its way. @returns false if the rest of it will never come */
  take(): boolean {
    if (!this.#ring.take(this.#before)) return false;
    const [headWords = 0, tailWord = 0] = this.#before;
    if (headWords > this.#head.length) this.#head = new Uint32Array(2 * headWords);
    const head = this.#head.subarray(0, headWords);
    if (!this.#ring.take(head)) return false;
    if (tailWord !== WITHOUT_TAIL)
      return this.#takeTail(head, (tailWord & ~COMMANDS_BIT) >>> 0, tailWord >>> 31 === 1);
    this.#assembler.add(head);
    return true;
  }

  #takeTail(head: Uint32Array, lengthBytes: number, isCommands: boolean): boolean {
    const isInline = staysInline(lengthBytes, isCommands);
    let left = lengthBytes;
    do {
      const length = Math.min(left, PIECE_BYTES);
      if (!this.#ring.take(this.#piece.subarray(0, wordsFor(length)))) return false;
      const bytes = new Uint8Array(this.#piece.buffer, 0, length);
      if (isInline) {
        if (((head[0] as number) & KIND_MASK) === RecordNumber.meta)
          this.meta = { ...this.meta, ...(JSON.parse(textOf(bytes)) as Partial<TraceMeta>) };
        this.#assembler.addInline(head, bytes, isCommands);
      } else this.#assembler.addPiece(bytes);
      left -= length;
    } while (left > 0);
    if (!isInline) this.#assembler.addOfPieces(head, lengthBytes, isCommands);
    return true;
  }
}
