// Checked arguments into the words that native/calls.cc reads, in the order of the call table.

import { markAsUntransferable } from 'node:worker_threads';
import { VirglError } from '../protocol/error';
import type { NativeHostBinding } from './addon';
import { type CheckedArguments, HOST_CALLS, type ParamSpec } from './call-table';
import { type FileDescriptor, nativeFileDescriptor } from './file-descriptor';
import type { Box, HostCallName } from './render-host';
import { type MemoryRange, nativeMemory, type SharedMemory } from './shared-memory';

/** Hands a thing that words can't carry to the native side; returns its token. */
export type PutParcel = NativeHostBinding['put'];

const INITIAL_WORDS = 64;
const TWO_32 = 2 ** 32;

/** Words of a call's arguments while they are gathered. */
export class ArgumentWords {
  #words = new Uint32Array(INITIAL_WORDS);
  #length = 0;

  u32(value: number): void {
    if (this.#length === this.#words.length) this.#grow();
    this.#words[this.#length++] = value;
  }

  u64(value: bigint | number): void {
    if (typeof value === 'number') {
      this.u32(value);
      this.u32(Math.floor(value / TWO_32));
    } else {
      this.u32(Number(value & 0xffffffffn));
      this.u32(Number(value >> 32n));
    }
  }

  /** A length in bytes, then the bytes padded to a word. */
  text(bytes: Uint8Array): void {
    const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
    padded.set(bytes);
    this.u32(bytes.length);
    for (const word of new Uint32Array(padded.buffer)) this.u32(word);
  }

  finish(): Uint32Array {
    return this.#words.subarray(0, this.#length);
  }

  #grow(): void {
    const grown = new Uint32Array(2 * this.#words.length);
    grown.set(this.#words);
    this.#words = grown;
  }
}

const putView = (view: Uint8Array, put: PutParcel): number => {
  // The bytes must stay where they are until the call has been executed: a transfer would take them away.
  if (!(view.buffer instanceof SharedArrayBuffer)) markAsUntransferable(view.buffer);
  return put(view);
};

const encodeRanges = (words: ArgumentWords, ranges: readonly MemoryRange[], put: PutParcel): void => {
  const memories = new Map<SharedMemory, number>();
  for (const { memory } of ranges) if (!memories.has(memory)) memories.set(memory, memories.size);
  words.u32(memories.size);
  for (const memory of memories.keys()) words.u32(put(nativeMemory(memory)));
  words.u32(ranges.length);
  for (const { memory, offsetBytes, lengthBytes } of ranges) {
    words.u32(memories.get(memory) ?? 0);
    words.u64(offsetBytes);
    words.u64(lengthBytes);
  }
};

const encodeMemory = (
  words: ArgumentWords,
  memory: Uint8Array | readonly MemoryRange[],
  put: PutParcel,
): void => {
  if (!(memory instanceof Uint8Array)) {
    encodeRanges(words, memory, put);
    return;
  }
  words.u32(1);
  words.u32(putView(memory, put));
  words.u32(1);
  words.u32(0);
  words.u64(0);
  words.u64(memory.byteLength);
};

type Encode = (words: ArgumentWords, value: never, put: PutParcel) => void;

const encodeNumber = (words: ArgumentWords, value: number): void => words.u32(value);

const ENCODERS: Readonly<Record<ParamSpec['type'], Encode>> = {
  u32: encodeNumber,
  i32: encodeNumber,
  context: encodeNumber,
  resource: encodeNumber,
  newContext: encodeNumber,
  newResource: encodeNumber,
  u64: (words, value: bigint) => words.u64(value),
  known: (words, value: number | bigint) => words.u64(value),
  boolean: (words, value: boolean) => words.u32(value ? 1 : 0),
  text: (words, value: Uint8Array) => words.text(value),
  box: (words, { x, y, z, w, h, d }: Box) => {
    for (const side of [x, y, z, w, h, d]) words.u32(side);
  },
  // Never in the ring here, which is for short streams: see NativeHost.submitCmd.
  commands: (words, value: Uint32Array | MemoryRange, put) => {
    if (value instanceof Uint32Array) {
      words.u32(put(value));
      return;
    }
    words.u32(put(nativeMemory(value.memory)));
    words.u64(value.offsetBytes);
    words.u64(value.lengthBytes);
  },
  u64list: (words, value: bigint[]) => {
    words.u32(value.length);
    for (const entry of value) words.u64(entry);
  },
  fd: (words, value: FileDescriptor, put) => {
    const token = put(nativeFileDescriptor(value));
    if (token === 0)
      throw new VirglError('ERR_VIRGL_SYSTEM', 'the process has no file descriptor left', {
        operation: 'dup',
      });
    words.u32(token);
  },
  ranges: encodeRanges as Encode,
  range: (words, value: MemoryRange, put) => encodeRanges(words, [value], put),
  memory: encodeMemory as Encode,
};

/** The words of a call's arguments. */
export const encodeArguments = (name: HostCallName, args: CheckedArguments, put: PutParcel): Uint32Array => {
  const words = new ArgumentWords();
  for (const param of HOST_CALLS[name].params) ENCODERS[param.type](words, args[param.name] as never, put);
  return words.finish();
};
