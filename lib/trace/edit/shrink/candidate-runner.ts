// Plays candidates in another process, which is started again when one of them has killed it.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { VirglError } from '../../../protocol/error';
import type { TraceSource } from '../../model';
import type { CandidateJob, CandidateReply } from './candidate-worker';
import type { CandidateOutcome, PixelPlace } from './play-candidate';

/** How a candidate ended. */
export type CandidateEnd =
  | ({ kind: 'played' } & CandidateOutcome)
  /** It killed the process. */
  | { kind: 'died'; signal: NodeJS.Signals | undefined; exitCode: number | undefined }
  /** It took too long. */
  | { kind: 'hung' };

/** Options of {@link CandidateRunner}. */
export interface CandidateRunnerOptions {
  /** How long a candidate may take. Default 30 s. */
  timeoutMs?: number;
}

// Compiled, also where this module is run from its source.
const WORKER = path.join(
  __dirname,
  '..',
  '..',
  '..',
  '..',
  'dist',
  'trace',
  'edit',
  'shrink',
  'candidate-worker.js',
);
const TIMEOUT_MS = 30_000;
const STDERR_TAIL = 2000;

const startWorker = async (): Promise<ChildProcess> => {
  const child = fork(WORKER, {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_TAIL);
  });
  const gone = once(child, 'exit').then(() => false);
  const isReady = await Promise.race([once(child, 'message').then(() => true), gone]);
  if (isReady) return child;
  const message = `shrink: virglrenderer did not start in another process: ${stderr.trim()}`;
  throw new VirglError('ERR_VIRGL_LIBRARY', message, { operation: 'shrink' });
};

/** Plays candidates one at a time, apart from this process. */
export class CandidateRunner implements Disposable {
  readonly #timeoutMs: number;
  #child: ChildProcess | undefined;
  // Started ahead, since starting takes longer than most candidates.
  #spare: Promise<ChildProcess> | undefined;
  #played = 0;

  constructor({ timeoutMs = TIMEOUT_MS }: CandidateRunnerOptions = {}) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Plays a trace from nothing.
   * @throws VirglError `ERR_VIRGL_LIBRARY` if virglrenderer can't be started in another process
   */
  async play(candidate: TraceSource, place?: PixelPlace): Promise<CandidateEnd> {
    const child = this.#child ?? (await this.#replace());
    this.#played += 1;
    const job: CandidateJob = { records: [...candidate.records()], ...(place !== undefined && { place }) };
    const end = await new Promise<CandidateEnd>((resolve, reject) => {
      const timer = setTimeout(() => settle(() => resolve({ kind: 'hung' })), this.#timeoutMs);
      const answered = (reply: CandidateReply): void =>
        settle(() =>
          'fault' in reply ? reject(new Error(reply.fault)) : resolve({ kind: 'played', ...reply.outcome }),
        );
      const exited = (exitCode: number | null, signal: NodeJS.Signals | null): void =>
        settle(() => resolve({ kind: 'died', signal: signal ?? undefined, exitCode: exitCode ?? undefined }));
      const settle = (then: () => void): void => {
        clearTimeout(timer);
        child.off('message', answered);
        child.off('exit', exited);
        then();
      };
      child.on('message', answered);
      child.on('exit', exited);
      child.send(job, (error) => {
        // Its end tells more.
        if (error !== null && child.connected) settle(() => reject(error));
      });
    });
    if (end.kind !== 'played') this.#end();
    return end;
  }

  /** As {@link play}, in a process that has played nothing before: memory that nobody cleared holds nothing of other candidates there. */
  async playAlone(candidate: TraceSource, place?: PixelPlace): Promise<CandidateEnd> {
    if (this.#child !== undefined && this.#played > 0) this.#end();
    return this.play(candidate, place);
  }

  /** Whether the process that played last has played anything else. */
  get wasAlone(): boolean {
    return this.#played <= 1;
  }

  /** Ends the processes. A later candidate starts another one. */
  close(): void {
    this.#end();
    this.#spare?.then(
      (child) => child.kill('SIGKILL'),
      () => undefined,
    );
    this.#spare = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #end(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  async #replace(): Promise<ChildProcess> {
    const child = await (this.#spare ?? startWorker());
    this.#child = child;
    this.#played = 0;
    this.#spare = startWorker();
    // Whoever takes it sees why.
    this.#spare.catch(() => undefined);
    return child;
  }
}
