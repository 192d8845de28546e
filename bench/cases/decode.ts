// How fast a long stream is read and printed. C does far less: it walks the headers, or prints bare dwords.

import fs from 'node:fs';
import path from 'node:path';
import { assemble, CommandEncoder, decode, printStream } from 'virgl/protocol';
import type { Benchmark } from '../benchmark';
import type { Contest } from '../contest';
import { hashOfDwords } from '../hash';
import { LocalContestant, type LocalWork } from '../local';
import { BUILD } from '../paths';
import { startStreamPeer } from '../peers/stream-peer';
import { DRAW_DWORDS, encodeDraw, encodeStateChange, STATE_CHANGE_DWORDS } from '../state-change';

type Stream = Uint32Array<ArrayBuffer>;

const MEGABYTE = 1e6;
const PAIR_BYTES = (STATE_CHANGE_DWORDS + DRAW_DWORDS) * Uint32Array.BYTES_PER_ELEMENT;

/** Changes of state with a draw after each. */
const streamOf = (sizeBytes: number): Stream => {
  const encoder = new CommandEncoder({ capacityDwords: sizeBytes / Uint32Array.BYTES_PER_ELEMENT });
  for (let index = 0; (index + 1) * PAIR_BYTES <= sizeBytes; index += 1) {
    encodeStateChange(encoder, index);
    encodeDraw(encoder, index);
  }
  return encoder.finish();
};

const countCommands = (stream: Stream): number => {
  let count = 0;
  for (const { fields } of decode(stream)) if (fields !== undefined) count += 1;
  return count;
};

const sumOfDwords = (stream: Stream): number => {
  let sum = 0;
  for (const { byteOffset, payload } of decode(stream)) {
    sum += stream[byteOffset / Uint32Array.BYTES_PER_ELEMENT] ?? 0;
    for (const dword of payload) sum = (sum + dword) >>> 0;
  }
  return sum >>> 0;
};

const decoding = (stream: Stream): LocalWork => {
  let commands = 0;
  return {
    run: (bytes) => {
      for (let done = 0; done < bytes; done += stream.byteLength) commands = countCommands(stream);
    },
    digest: () => `${commands} commands, sum ${sumOfDwords(stream).toString(16).padStart(8, '0')}`,
  };
};

const printing = (stream: Stream): LocalWork => {
  let text = '';
  return {
    run: (bytes) => {
      for (let done = 0; done < bytes; done += stream.byteLength) text = printStream(stream);
    },
    // All of the stream is in the text.
    digest: () => hashOfDwords(assemble(text)),
  };
};

/** An iteration is a byte of the stream. */
const contestOf = async (
  name: 'decode' | 'print',
  sizeBytes: number,
  work: (stream: Stream) => LocalWork,
): Promise<Contest> => {
  const stream = streamOf(sizeBytes);
  const file = path.join(BUILD, `${name}.stream`);
  fs.mkdirSync(BUILD, { recursive: true });
  fs.writeFileSync(file, stream);
  return {
    peer: await startStreamPeer(name, file),
    ours: new LocalContestant(work(stream)),
    iterations: stream.byteLength,
  };
};

/** Every command with all its fields. */
export const decodeStream: Benchmark = {
  name: 'decode',
  peer: 'C',
  unit: 'MB/s',
  goal: { kind: 'none' },
  prepare: () => contestOf('decode', 4 * MEGABYTE, decoding),
};

/** As text that can be assembled again; bytes are those of the stream. */
export const printText: Benchmark = {
  name: 'print',
  peer: 'C',
  unit: 'MB/s',
  goal: { kind: 'none' },
  prepare: () => contestOf('print', MEGABYTE, printing),
};
