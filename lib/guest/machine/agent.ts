// Programs in the guest: what assets/guest-init.sh understands and answers.

import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { VirglError } from '../../protocol/error';
import { MarkedStream } from './marked-stream';

/** How a program is run in the guest. */
export interface GuestProgramOptions {
  /** Added to its environment. */
  env?: Readonly<Record<string, string>>;
  /** It is killed after so long. */
  timeoutMs?: number;
  /** Told its output as it comes. */
  onStdout?: (bytes: Buffer) => void;
  onStderr?: (bytes: Buffer) => void;
}

/** How a program's run in the guest went. */
export interface GuestProgramReport {
  /** 128 and the number of the signal if one ended it. */
  exitCode: number;
  isTimedOut: boolean;
  stdout: string;
  stderr: string;
  /** Measured on the host, from the order to start to the report of the end. */
  durationMs: number;
}

/** Connections to the three ports. */
export interface GuestPorts {
  control: Socket;
  stdout: Socket;
  stderr: Socket;
}

const OPERATION = 'guest run';

/** A word as POSIX shells quote it: nothing in it means anything. */
export const quoteWord = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

const scriptOf = (command: readonly string[] | string, env: Readonly<Record<string, string>>): string => {
  const assignments = Object.entries(env).map(([name, value]) => `export ${name}=${quoteWord(value)}\n`);
  const body = typeof command === 'string' ? command : `exec ${command.map(quoteWord).join(' ')}`;
  return `${assignments.join('')}${body}\n`;
};

/** Speaks to process 1 of the guest. */
export class GuestAgent {
  readonly #ports: GuestPorts;
  readonly #streams = { stdout: new MarkedStream(), stderr: new MarkedStream() };
  #ready: Promise<string>;
  #onReady: (kernel: string) => void = () => undefined;
  #onExit: (code: number) => void = () => undefined;
  #onLost: (error: VirglError) => void = () => undefined;
  #onShellExit: (code: number) => void = () => undefined;
  /** Resolves with the exit code of the shell at the terminal, when that has ended. */
  readonly shellExit = new Promise<number>((resolve) => (this.#onShellExit = resolve));
  #running: string | undefined;

  constructor(ports: GuestPorts) {
    this.#ports = ports;
    this.#ready = this.nextStart();
    const lines = createInterface({ input: ports.control });
    lines.on('line', (line) => this.#receive(line));
    // Whoever waits for the guest waits for the end of QEMU too.
    lines.on('error', () => undefined);
    for (const name of ['stdout', 'stderr'] as const)
      ports[name].on('data', (bytes) => this.#streams[name].receive(Buffer.from(bytes)));
  }

  /** Resolves when the guest has started, with the release of its kernel. */
  get ready(): Promise<string> {
    return this.#ready;
  }

  /** To be asked for before the guest is restarted: resolves as {@link ready} then does. */
  nextStart(): Promise<string> {
    this.#ready = new Promise((resolve) => (this.#onReady = resolve));
    return this.#ready;
  }

  /**
   * Runs a program, or a script of its shell, to its end.
   * @throws VirglError `ERR_VIRGL_IN_USE` while another runs; `ERR_VIRGL_CLOSED` when the guest starts again meanwhile
   */
  async run(
    command: readonly string[] | string,
    options: GuestProgramOptions = {},
  ): Promise<GuestProgramReport> {
    const { env = {}, timeoutMs, onStdout, onStderr } = options;
    const running = this.#running;
    if (running !== undefined) {
      throw new VirglError('ERR_VIRGL_IN_USE', `${OPERATION}: a program is running in this guest`, {
        operation: OPERATION,
      });
    }
    const id = randomBytes(8).toString('hex');
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    const follow = (name: 'stdout' | 'stderr', onData?: (bytes: Buffer) => void): Promise<void> =>
      this.#streams[name].follow(id, (bytes) => {
        output[name].push(bytes);
        onData?.(bytes);
      });
    const complete = [follow('stdout', onStdout), follow('stderr', onStderr)];
    this.#running = id;
    const since = performance.now();
    const exit = new Promise<number>((resolve, reject) => {
      this.#onExit = resolve;
      this.#onLost = reject;
    });
    const script = Buffer.from(scriptOf(command, env)).toString('base64');
    this.#ports.control.write(`run ${id} ${script}\n`);
    let isTimedOut = false;
    const kill = (): void => {
      isTimedOut = true;
      this.kill();
    };
    const timer = timeoutMs === undefined ? undefined : setTimeout(kill, timeoutMs);
    const exitCode = await exit.finally(() => clearTimeout(timer));
    const durationMs = performance.now() - since;
    await Promise.all(complete);
    this.#running = undefined;
    const [stdout, stderr] = [output.stdout, output.stderr].map((parts) => String(Buffer.concat(parts)));
    return { exitCode, isTimedOut, stdout: stdout ?? '', stderr: stderr ?? '', durationMs };
  }

  /** Kills the program that runs. */
  kill(): void {
    this.#ports.control.write('kill\n');
  }

  /** Asks the guest to switch itself off. */
  powerOff(): void {
    this.#ports.control.write('poweroff\n');
  }

  /** What ran before is gone. */
  #started(): void {
    if (this.#running === undefined) return;
    this.#running = undefined;
    const message = `${OPERATION}: the guest started again before the program ended`;
    this.#onLost(new VirglError('ERR_VIRGL_CLOSED', message, { operation: OPERATION }));
  }

  #receive(line: string): void {
    const [word, first = '', second] = line.split(' ');
    if (word === 'ready') {
      this.#started();
      this.#onReady(first);
    }
    if (word === 'exit' && first === this.#running) this.#onExit(Number(second));
    if (word === 'shell') this.#onShellExit(Number(first));
  }
}
