// A session process, seen from its supervisor: started, handed a client, watched, and its end told by name.

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { FileDescriptor, UnixSocket } from '../../host';
import { VirglError, type VirglErrorCode } from '../../protocol/error';
import { encodeClientNumber, receiveMessage, type WorkerConfig, type WorkerEnd } from './messages';
import { StatusPage } from './status-page';

/** Why a supervisor ended a session process. */
export type KillCause = 'hang' | 'memory' | 'shutdown';

/** How a session process ended. */
export interface WorkerOutcome {
  /** What it said itself; undefined if it died before. */
  end?: Omit<WorkerEnd, 'reason'>;
  /** What is known of its client where it died. */
  name?: string;
  commands?: number;
  /** The command that was begun last. */
  lastCommand?: string;
  /** What happened, in words; undefined when its client simply left. */
  reason?: string;
  /** The signal that killed it. */
  signal?: NodeJS.Signals;
  exitCode?: number;
}

/** What a supervisor is told while a process lives. */
export interface WorkerListener {
  warning(message: string): void;
  library(message: string): void;
}

const PAGE_BYTES = 4096;
const STDERR_TAIL = 2000;

const CAUSES: Readonly<Record<KillCause, string>> = {
  hang: 'was killed because it hung',
  memory: 'was killed because it used too much memory',
  shutdown: 'was ended with the server',
};

/** What session processes run. */
export interface WorkerProgram {
  /** Absolute path of the compiled module that calls `runWorker`. */
  module: string;
  /** Names of what it notes in its status page. */
  commandNames: ReadonlyMap<number, string>;
}

/** What a session process is started for, but by whom. */
export interface WorkerOptions extends Omit<WorkerConfig, 'supervisor'> {
  program: WorkerProgram;
}

/** One session process. */
export class WorkerProcess {
  /** Resolves when it can serve. @throws VirglError when it can't start */
  readonly ready: Promise<void>;
  /** Resolves when it is gone. Never rejects. */
  readonly gone: Promise<WorkerOutcome>;
  readonly #child: ChildProcess;
  readonly #control: UnixSocket;
  readonly #status: StatusPage;
  readonly #commandNames: ReadonlyMap<number, string>;
  #listener: WorkerListener | undefined;
  #end: WorkerEnd | undefined;
  #killedFor: KillCause | undefined;
  #stderr = '';

  constructor({ program, ...options }: WorkerOptions) {
    const config: WorkerConfig = { ...options, supervisor: process.pid };
    this.#commandNames = program.commandNames;
    const [control, theirs] = UnixSocket.pair('seqpacket');
    this.#control = control;
    this.#status = StatusPage.create();
    using status = this.#status.duplicateFd();
    this.#child = spawn(process.execPath, [program.module, JSON.stringify(config)], {
      stdio: ['ignore', 'ignore', 'pipe', theirs.fd, status.value],
    });
    theirs.close();
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_TAIL);
    });
    const exited = new Promise<void>((resolve) => {
      this.#child.once('close', () => resolve());
      this.#child.once('error', (error) => {
        this.#stderr += error.message;
        resolve();
      });
    });
    this.ready = this.#untilReady();
    this.gone = this.#listen().then(async () => {
      await exited;
      return this.#outcome();
    });
    // Whoever hands it a client sees it; a spare that nobody waits for is replaced when it is gone.
    this.ready.catch(() => undefined);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Id of the command that it is executing, 0 for none, and how many it has begun. */
  get progress(): { command: number; count: number } {
    return { command: this.#status.command, count: this.#status.count };
  }

  /** Resident memory; 0 once it is gone. */
  residentBytes(): number {
    try {
      const pages = readFileSync(`/proc/${this.pid}/statm`, 'utf8').split(' ')[1];
      return Number(pages) * PAGE_BYTES;
    } catch {
      return 0;
    }
  }

  /** Hands it its client; the descriptors stay the caller's. Once only, when it is ready. */
  serve(client: readonly FileDescriptor[], clientNumber: number, listener: WorkerListener): void {
    this.#listener = listener;
    this.#control.sendSync(encodeClientNumber(clientNumber), { fds: client });
  }

  kill(cause: KillCause): void {
    this.#killedFor ??= cause;
    this.#child.kill('SIGKILL');
  }

  async #untilReady(): Promise<void> {
    let message = await receiveMessage(this.#control).catch(() => undefined);
    // What the library says while it starts.
    while (message?.type === 'library') message = await receiveMessage(this.#control).catch(() => undefined);
    if (message?.type === 'ready') return;
    if (message?.type === 'failed') {
      const why = `a session process did not start: ${message.message}`;
      throw new VirglError(message.code as VirglErrorCode, why);
    }
    throw new VirglError('ERR_VIRGL_CRASHED', 'a session process ended while it started');
  }

  async #listen(): Promise<void> {
    try {
      await this.ready;
      for (
        let message = await receiveMessage(this.#control);
        message;
        message = await receiveMessage(this.#control)
      ) {
        if (message.type === 'end') {
          this.#end = message;
          // Its work is done; the kernel tidies up quicker than its libraries.
          this.#child.kill('SIGKILL');
        } else if (message.type === 'warning' || message.type === 'library') {
          this.#listener?.[message.type](message.message);
        }
      }
    } catch {
      // The end of the process says what there is to say.
    }
  }

  #outcome(): WorkerOutcome {
    const status = this.#status;
    const { command, count, last, name: seenName } = status;
    status[Symbol.dispose]();
    this.#control.close();
    if (this.#end !== undefined) {
      const { name, commands, submits, receivedBytes, lastCommand, reason } = this.#end;
      return { end: { name, commands, submits, receivedBytes, lastCommand }, reason, lastCommand };
    }
    const { signalCode, exitCode } = this.#child;
    const lastCommand = this.#commandNames.get(last);
    const when = lastCommand === undefined ? '' : ` ${command === 0 ? 'after' : 'during'} ${lastCommand}`;
    const how =
      this.#killedFor !== undefined
        ? CAUSES[this.#killedFor]
        : signalCode !== null
          ? `was killed by ${signalCode}`
          : `ended with exit code ${exitCode}`;
    const said = this.#stderr.trim();
    return {
      name: seenName,
      commands: count,
      reason: `its session process ${how}${when}${said === '' ? '' : `; its last words: ${said}`}`,
      lastCommand,
      signal: signalCode ?? undefined,
      exitCode: exitCode ?? undefined,
    };
  }
}
