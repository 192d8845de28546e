// The process in which faulty streams are submitted, seen from its parent: when it crashes or hangs there is a new one.

import { type ChildProcess, fork } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Session } from './recorded-sessions';

/** What became of a stream. */
export interface HostAnswer {
  code: 'accepted' | 'crashed' | 'hung' | 'broken' | `ERR_VIRGL_${string}`;
  /** Of the error. */
  message?: string;
  /** The command that was refused, where that is known. */
  commandIndex?: number;
  /** What virglrenderer logged. */
  log?: string;
}

const SCRIPT = path.join(__dirname, '..', 'native', 'children', 'static-checks.cjs');
const LIMIT_MS = 8_000;
// Small pictures are drawn faster without threads. Most shaders are the same in every context.
const ENVIRONMENT = { LP_NUM_THREADS: '0' };

/** Contexts with the resources of a session, one per stream. */
export class StreamChild {
  #child: ChildProcess | undefined;
  readonly #cache = fs.mkdtempSync(path.join(os.tmpdir(), 'virgl-shaders-'));
  #session: Session | undefined;

  /** Submits a stream to a new context of a session. */
  async submit(session: Session, commands: Uint32Array): Promise<HostAnswer> {
    if (this.#child === undefined || this.#session !== session) {
      const begun = await this.#ask({ resources: session.resources });
      if (begun.code !== undefined) throw new Error(`${session.name}: ${begun.code} ${begun.message}`);
      this.#session = session;
    }
    return this.#ask({ commands });
  }

  /** Ends the process. */
  close(): void {
    this.#kill();
    fs.rmSync(this.#cache, { recursive: true, force: true });
  }

  #kill(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
    this.#session = undefined;
  }

  #start(): ChildProcess {
    return fork(SCRIPT, {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: { ...process.env, ...ENVIRONMENT, MESA_SHADER_CACHE_DIR: this.#cache },
    });
  }

  #ask(message: object): Promise<HostAnswer> {
    const child = (this.#child ??= this.#start());
    return new Promise((resolve) => {
      const end = (answer: HostAnswer): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        if (answer.code === 'crashed' || answer.code === 'hung' || answer.code === 'broken') this.#kill();
        resolve(answer);
      };
      const timer = setTimeout(() => end({ code: 'hung' }), LIMIT_MS);
      child.once('message', (answer) => end(answer as HostAnswer));
      child.once('exit', (code, signal) => end({ code: 'crashed', message: signal ?? `exit ${code}` }));
      child.once('error', ({ message: text }) => end({ code: 'crashed', message: text }));
      child.send(message, () => undefined);
    });
  }
}
