// A trace file that is written while things happen. The calling thread only copies records into shared memory; another thread does the
// rest. docs/trace-format.md describes the bytes.

import fs from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { holdCrashes, type RecordRingMemory } from '../../host';
import { invalidArgument, VirglError } from '../../protocol/error';
import { checkKeys } from '../../protocol/check-keys';
import type { TraceMeta, TraceRecord, TraceSink } from '../model';
import { encodeBeginning } from './file-header';
import { PIECE_BYTES } from './layout';
import { RecordWriter } from './record-codec';
import { RingMaker, WriterState } from './record-ring';
import { putEntry } from './ring-entry';
import { systemError } from './trace-bytes';
import type { WriterThreadData } from './writer-thread';

/** Options of {@link TraceWriter.create}. */
export interface TraceWriterOptions {
  /** How much may wait to be written: a power of two from 64 KiB to 1 GiB. Default 4 MiB. */
  bufferBytes?: number;
}

// Compiled, also where this module is run from its source.
const THREAD = path.join(__dirname, '..', '..', '..', 'dist', 'trace', 'format', 'writer-thread.js');
const DEFAULT_BUFFER_BYTES = 4 * 1024 * 1024;
const LEAST_BUFFER_BYTES = 64 * 1024;
const MOST_BUFFER_BYTES = 1024 * 1024 * 1024;
const START_MS = 30_000;
const END_OF_PROCESS_MS = 10_000;
/** A crash waits for so long: what was appended before it is in the file then. */
const CRASH_DELAY_MS = 150;

/** Those that a process which ends must not leave without their index. */
const open = new Set<TraceWriter>();
let listens = false;

const checkOptions = (options: TraceWriterOptions): Required<TraceWriterOptions> => {
  const operation = 'TraceWriter.create';
  checkKeys(operation, undefined, options, ['bufferBytes']);
  const { bufferBytes = DEFAULT_BUFFER_BYTES } = options;
  const isPowerOfTwo = Number.isInteger(bufferBytes) && Number.isInteger(Math.log2(bufferBytes));
  if (!isPowerOfTwo || bufferBytes < LEAST_BUFFER_BYTES || bufferBytes > MOST_BUFFER_BYTES)
    throw invalidArgument(operation, 'bufferBytes', 'a power of two from 64 KiB to 1 GiB', bufferBytes);
  return { bufferBytes };
};

/**
 * Writes a trace file. What was appended is in the file within 100 ms, also if this thread does nothing but wait from then on, and also
 * if the process is killed; where it crashes, all of it. A process that ends by itself ends the file too. {@link append} waits only where
 * more comes than a disk takes.
 */
export class TraceWriter implements TraceSink {
  /** The file. */
  readonly path: string;
  readonly #fd: number;
  readonly #ring: RingMaker;
  readonly #record = new RecordWriter();
  readonly #thread: Worker;
  readonly #gone: Promise<void>;
  readonly #letCrashes: () => void;
  #closing: Promise<void> | undefined;

  private constructor(file: string, fd: number, offset: number, bufferBytes: number) {
    this.path = file;
    this.#fd = fd;
    this.#ring = new RingMaker(bufferBytes / Uint32Array.BYTES_PER_ELEMENT);
    const workerData: WriterThreadData = { memory: this.#ring.memory, fd, offset };
    this.#thread = new Worker(THREAD, { workerData, execArgv: [], name: 'virgl-trace' });
    this.#thread.unref();
    this.#gone = new Promise((resolve) => {
      this.#thread.once('exit', () => resolve());
      // It says itself what failed; if it could not even begin, that shows as its end.
      this.#thread.once('error', () => resolve());
    });
    // What is promised of the last 100 ms holds from the first record on.
    if (!this.#ring.waitForStart(START_MS)) throw this.#failure('create');
    this.#letCrashes = holdCrashes(CRASH_DELAY_MS);
    open.add(this);
    if (!listens) process.on('exit', () => open.forEach((writer) => writer.#endNow()));
    listens = true;
  }

  /**
   * Makes the file, or empties it.
   * @throws VirglError `ERR_VIRGL_SYSTEM`, `ERR_VIRGL_ARGUMENT`
   */
  static create(file: string, meta: TraceMeta, options: TraceWriterOptions = {}): TraceWriter {
    const { bufferBytes } = checkOptions(options);
    const beginning = Buffer.concat(encodeBeginning(meta));
    let fd: number | undefined;
    try {
      fd = fs.openSync(file, 'w');
      fs.writeFileSync(fd, beginning);
      return new TraceWriter(file, fd, beginning.length, bufferBytes);
    } catch (error) {
      if (fd !== undefined) fs.closeSync(fd);
      throw error instanceof VirglError ? error : systemError('TraceWriter.create', file, error);
    }
  }

  /** @throws VirglError `ERR_VIRGL_SYSTEM` when the file can't be written any more, `ERR_VIRGL_ARGUMENT`, `ERR_VIRGL_CLOSED` */
  append(record: TraceRecord): void {
    this.#check('append');
    this.#record.write(record);
    this.#put('append');
  }

  /**
   * Adds to what the trace says of itself: what was not known at its beginning.
   * @throws VirglError as {@link append}
   */
  amend(meta: Partial<TraceMeta>): void {
    this.#check('amend');
    const json = JSON.stringify(meta);
    if (Buffer.byteLength(json) > PIECE_BYTES)
      throw invalidArgument('TraceWriter.amend', 'meta', 'at most 1 MiB of JSON', meta);
    this.#record.writeMeta(json);
    this.#put('amend');
  }

  /** Where native code may put records beside {@link append}. */
  lendRing(): RecordRingMemory {
    return this.#ring.lend();
  }

  /** Ends the file: everything is in it, and its index. @throws VirglError `ERR_VIRGL_SYSTEM` if that could not be done */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  #check(operation: string): void {
    if (this.#closing !== undefined)
      throw new VirglError('ERR_VIRGL_CLOSED', `TraceWriter: ${this.path} is already closed`, { operation });
    if (this.#ring.state !== WriterState.writing) throw this.#failure(operation);
  }

  #put(operation: string): void {
    if (!putEntry(this.#ring, this.#record)) throw this.#failure(operation);
    this.#ring.publish();
  }

  async #end(): Promise<void> {
    this.#ring.end();
    this.#thread.ref();
    await this.#gone;
    open.delete(this);
    this.#letCrashes();
    fs.closeSync(this.#fd);
    if (this.#ring.state !== WriterState.done) throw this.#failure('close');
  }

  #endNow(): void {
    this.#ring.end();
    this.#ring.waitForEnd(END_OF_PROCESS_MS);
  }

  #failure(operation: string): VirglError {
    const { message, errno } = this.#ring.failure;
    const why = message === '' ? 'the thread that writes it does not answer' : message;
    return new VirglError('ERR_VIRGL_SYSTEM', `TraceWriter: ${this.path}: ${why}`, {
      operation,
      ...(errno === 0 ? {} : { errno }),
    });
  }
}
