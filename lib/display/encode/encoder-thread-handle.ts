// An encoder thread, as the thread that serves viewers sees it.

import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { VirglError } from '../../protocol/error';
import type { EncodedRects } from './config';
import type { TightLane } from './lanes';
import type { EncoderReply, EncoderRequest, EncoderThreadData } from './messages';
import { NativeGate } from './native-gate';
import type { ViewerEncoder } from './viewer-encoder';

// Compiled, also where this module is run from its source.
const THREAD = path.join(__dirname, '..', '..', '..', 'dist', 'display', 'encode', 'encoder-thread.js');

/** The longest picture does not take that long. */
const PATIENCE_MS = 2000;

interface Job {
  resolve(rects: EncodedRects): void;
  reject(error: Error): void;
}

/** Ids are for all threads, so that a job is never taken for another. */
let lastId = 0;

/** A thread that encodes for some viewers. It does not keep the process alive. */
export class EncoderThread {
  readonly #worker: Worker;
  readonly #gate = new NativeGate();
  readonly #jobs = new Map<number, Job>();
  #load = 0;
  #end: Error | undefined;

  constructor() {
    const workerData: EncoderThreadData = { gate: this.#gate.memory };
    this.#worker = new Worker(THREAD, { workerData, execArgv: [], name: 'virgl-encoder' });
    this.#worker.unref();
    process.on('exit', this.#shut);
    this.#worker.on('message', (reply: EncoderReply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#fail('ERR_VIRGL_CRASHED', error.message));
    this.#worker.on('exit', () => {
      this.#shut();
      this.#fail('ERR_VIRGL_CRASHED', 'it has ended');
    });
  }

  get isRunning(): boolean {
    return this.#end === undefined;
  }

  /** How much it has to do, as told to {@link open}. */
  get load(): number {
    return this.#load;
  }

  /** For a viewer. */
  open(lane: TightLane, load: number): ViewerEncoder {
    const viewer = ++lastId;
    let isOpen = true;
    this.#load += load;
    this.#post({ request: 'open', viewer, lane });
    return {
      encode: ({ memory }, pieces, config) => {
        const job = ++lastId;
        return this.#start(job, { request: 'encode', viewer, job, memory, pieces, config });
      },
      close: () => {
        if (!isOpen) return;
        isOpen = false;
        this.#load -= load;
        this.#post({ request: 'close', viewer });
      },
    };
  }

  close(): void {
    this.#fail('ERR_VIRGL_CLOSED', 'the display is closed');
    this.#shut();
    void this.#worker.terminate();
  }

  /** A thread is ended by the end of the process too. */
  readonly #shut = (): void => {
    process.removeListener('exit', this.#shut);
    this.#gate.shut(PATIENCE_MS);
  };

  #start(job: number, request: EncoderRequest): Promise<EncodedRects> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) return reject(this.#end);
      this.#jobs.set(job, { resolve, reject });
      this.#post(request);
    });
  }

  #post(request: EncoderRequest): void {
    this.#worker.postMessage(request);
  }

  #settle(reply: EncoderReply): void {
    const job = this.#jobs.get(reply.job);
    this.#jobs.delete(reply.job);
    if ('error' in reply) return job?.reject(new VirglError('ERR_VIRGL_CRASHED', `encode: ${reply.error}`));
    const { count, bytes, lossy } = reply;
    job?.resolve({ count, parts: [bytes], lossy });
  }

  #fail(code: 'ERR_VIRGL_CRASHED' | 'ERR_VIRGL_CLOSED', why: string): void {
    this.#end ??= new VirglError(code, `encode: the thread can't work any more: ${why}`);
    for (const { reject } of this.#jobs.values()) reject(this.#end);
    this.#jobs.clear();
  }
}
