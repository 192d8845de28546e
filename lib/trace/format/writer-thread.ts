// The thread that writes a trace: it looks for records by itself, because the thread that makes them may be anywhere, and may be killed.

import fs from 'node:fs';
import { isMainThread, workerData } from 'node:worker_threads';
import { TraceAssembler } from './assembler';
import { RingTaker } from './record-ring';
import { EntryTaker } from './ring-entry';

/** What the thread is given. */
export interface WriterThreadData {
  memory: SharedArrayBuffer;
  /** The file; closed by who opened it. */
  fd: number;
  /** How long the file is already. */
  offset: number;
}

// With both, what was appended 60 ms ago is in the file, if the machine has any time for this thread at all.
const LOOK_EVERY_MS = 15;
const OLDEST_MS = 25;
/** So many looks in vain, then it sleeps until it is woken. */
const IDLE_LOOKS = 20;

const writeAll = (fd: number, parts: readonly Uint8Array[]): void => {
  let done = fs.writevSync(fd, parts);
  for (const part of parts) {
    // What the kernel did not take at once: it says why when it is asked again.
    for (let at = Math.min(done, part.length); at < part.length;) at += fs.writeSync(fd, part, at);
    done = Math.max(0, done - part.length);
  }
};

/** Takes records until no more come, and ends the file. */
const writeTrace = ({ fd, offset }: WriterThreadData, ring: RingTaker): void => {
  const assembler = new TraceAssembler(offset, (parts) => writeAll(fd, parts));
  const entries = new EntryTaker(ring, assembler);
  let chunkBegan = 0;
  let looksInVain = 0;
  for (;;) {
    // Asked first: what was put before it was said is taken below.
    const isClosing = ring.isClosing;
    looksInVain = ring.waiting === 0 ? looksInVain + 1 : 0;
    while (ring.waiting > 0) {
      // A maker that waits costs more than a longer file.
      assembler.compress = !ring.isHalfFull;
      if (!assembler.pending) chunkBegan = performance.now();
      if (!entries.take()) break;
      if (assembler.pending && performance.now() - chunkBegan >= OLDEST_MS) assembler.flush();
    }
    if (isClosing) break;
    if (assembler.pending && performance.now() - chunkBegan >= OLDEST_MS) assembler.flush();
    ring.sleep(looksInVain > IDLE_LOOKS && !assembler.pending ? undefined : LOOK_EVERY_MS);
  }
  assembler.compress = true;
  assembler.finish(entries.meta);
};

const main = (data: WriterThreadData): void => {
  const ring = new RingTaker(data.memory);
  try {
    ring.begin();
    writeTrace(data, ring);
    ring.end();
  } catch (error) {
    const { message, errno = 0 } = error as NodeJS.ErrnoException;
    ring.end({ message, errno: Math.abs(errno) });
  }
};

if (!isMainThread) main(workerData as WriterThreadData);
