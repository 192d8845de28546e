// `virgl` as a user types it, with a temporary directory of its own in which it should leave nothing.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { quoteWord } from '../../../lib/guest';

const ROOT = path.join(__dirname, '..', '..', '..');

/** What is run. */
export const VIRGL = path.join(ROOT, 'dist', 'cli', 'main.js');

/** Waits, up to a limit. @throws Error that says for what */
export const until = async (
  what: string | (() => string),
  isSo: () => boolean | Promise<boolean>,
  limitMs = 40_000,
): Promise<void> => {
  const end = Date.now() + limitMs;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`still not: ${typeof what === 'string' ? what : what()}`);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
};

/** The same at a terminal, which script(1) makes, between two looks at how that is set. */
const atTerminal = (words: readonly string[]): string[] => {
  const look = (when: string): string => `echo "${when} $(stty -g)"`;
  const command = words.map(quoteWord).join(' ');
  return [
    'script',
    '-q',
    '-e',
    '-c',
    `${look('before')}; ${command}; code=$?; ${look('after')}; exit $code`,
    '/dev/null',
  ];
};

/** A command that runs. */
export class VirglCommand {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  /** Exit code or signal. */
  readonly ended: Promise<number | string>;
  readonly #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'virgl-test-'));

  constructor(args: readonly string[], { terminal = false } = {}) {
    const words = [process.execPath, VIRGL, ...args];
    const [program = '', ...rest] = terminal ? atTerminal(words) : words;
    this.child = spawn(program, rest, {
      stdio: [terminal ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: this.#folder },
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = once(this.child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  }

  /** Resolves with what it says on one of its streams. */
  async says(pattern: RegExp, limitMs?: number): Promise<RegExpExecArray> {
    const match = (): RegExpExecArray | null => pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
    const isOver = (): boolean => this.child.exitCode !== null || match() !== null;
    await until(() => `${pattern} in:\n${this.stdout}\n${this.stderr}`, isOver, limitMs);
    const found = match();
    if (found === null) throw new Error(`it ended without ${pattern}:\n${this.stdout}\n${this.stderr}`);
    return found;
  }

  /** Presses keys of the terminal. */
  type(keys: string): void {
    this.child.stdin?.write(keys);
  }

  /** What it left in its temporary directory. */
  get remains(): string[] {
    return fs.readdirSync(this.#folder);
  }

  /** Process ids of QEMUs that have something to do with its temporary directory. */
  get qemus(): number[] {
    return fs
      .readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          return fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(`${this.#folder}/virgl-guest-`);
        } catch {
          return false;
        }
      })
      .map(Number);
  }

  /** For the end of a test, however that went. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }
}
