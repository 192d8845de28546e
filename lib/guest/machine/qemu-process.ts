// A running QEMU.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { VirglError } from '../../protocol/error';
import { lastLines, TIED_TO_PARENT } from '../tool';
import { keepTerminal } from './terminal';

/** How it ended. */
export interface QemuEnd {
  exitCode?: number;
  signal?: NodeJS.Signals;
}

/** How it is started. */
export interface QemuProcessOptions {
  program: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  /** QEMU's stdin and stdout are this process's; a terminal is left as it was, however QEMU ends. */
  inherit: boolean;
  /** What the kernel of the guest says. */
  kernelLog: string;
}

const OPERATION = 'guest';
/** Characters of QEMU's stderr that are kept: the last ones. */
const MAX_COMPLAINT = 20_000;

/** How long QEMU may take to end; it takes some ms. */
const TERMINATE_MS = 2000;

/** A running QEMU, and its last words when it ends. */
export class QemuProcess {
  /** Resolves when it has ended. */
  readonly ended: Promise<QemuEnd>;
  readonly #child: ChildProcess;
  readonly #kernelLog: string;
  #complaint = '';
  #startFault: Error | undefined;

  constructor({ program, args, env, inherit, kernelLog }: QemuProcessOptions) {
    const [input, output] = inherit ? (['inherit', 'inherit'] as const) : (['ignore', 'ignore'] as const);
    const restoreTerminal = inherit ? keepTerminal() : (): void => undefined;
    this.#kernelLog = kernelLog;
    this.#child = spawn(TIED_TO_PARENT.program, [...TIED_TO_PARENT.args, program, ...args], {
      stdio: [input, output, 'pipe'],
      env,
    });
    this.#child.stderr?.on('data', (bytes) => {
      this.#complaint = `${this.#complaint}${String(bytes)}`.slice(-MAX_COMPLAINT);
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#startFault = error;
        resolve({});
      });
      this.#child.once('close', (code, signal) => {
        restoreTerminal();
        resolve({ exitCode: code ?? undefined, signal: signal ?? undefined });
      });
    });
  }

  /** Process id, while it runs. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What it wrote to stderr. */
  get complaint(): string {
    return this.#complaint;
  }

  /** What the guest's kernel said. */
  get kernelLog(): string {
    return existsSync(this.#kernelLog) ? readFileSync(this.#kernelLog, 'utf8') : '';
  }

  /** Has it end by itself; ends it if it does not. */
  terminate(): void {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.kill(), TERMINATE_MS);
    void this.ended.then(() => clearTimeout(timer));
  }

  /** Ends it at once. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Rejects when it ends, for waits on something that it should do. */
  async failure(awaited: string): Promise<never> {
    const end = await this.ended;
    const how = end.signal === undefined ? `with ${end.exitCode}` : `by ${end.signal}`;
    const parts = [
      this.#startFault?.message ?? `QEMU ended ${how} before ${awaited}`,
      this.lastWords(),
    ].filter(Boolean);
    throw new VirglError('ERR_VIRGL_CRASHED', `${OPERATION}: ${parts.join(': ')}`, { operation: OPERATION });
  }

  /** The last lines of QEMU and of the guest's kernel. */
  lastWords(): string {
    return [lastLines(this.#complaint), lastLines(this.kernelLog)].filter(Boolean).join('\n');
  }
}
