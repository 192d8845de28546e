// A vtest server in processes of its own: `virgl vtest`, or virgl_test_server to compare with. The same options serve both.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { areWaiting, processTree, type Usage, usageOf } from './processes';

/** Whose server. */
export type ServerKind = 'ours' | 'reference';

/** What is asked for; VIRGL_VTEST_SERVER=reference puts the tests themselves to the proof. */
export const SERVER: ServerKind = process.env.VIRGL_VTEST_SERVER === 'reference' ? 'reference' : 'ours';

/** How a server is started. */
export interface ServerOptions {
  server?: ServerKind;
  /** Further options, such as `--use-gles`. */
  args?: readonly string[];
  /** Added to the environment of the tests. */
  env?: Readonly<Record<string, string>>;
}

const VIRGL = path.join(__dirname, '..', '..', '..', 'dist', 'cli', 'main.js');
const COMMANDS: Readonly<Record<ServerKind, readonly [program: string, ...args: string[]]>> = {
  ours: [process.execPath, VIRGL, 'vtest'],
  reference: ['virgl_test_server'],
};
const START_LIMIT_MS = 20_000;
const POLL_MS = 20;
const SETTLE_POLL_MS = 50;

/** A running server with a socket in a folder of its own. */
export class VtestServer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #end: Promise<void>;
  #log = '';
  readonly socketPath: string;

  private constructor(child: ChildProcess, folder: string, socketPath: string) {
    this.#child = child;
    this.#folder = folder;
    this.socketPath = socketPath;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#log += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#log += text));
    this.#end = new Promise((resolve) => child.on('exit', () => resolve()).on('error', () => resolve()));
  }

  /** Resolves when the socket is there. @throws Error when it is not after 20 s */
  static async start({ server = SERVER, args = [], env = {} }: ServerOptions = {}): Promise<VtestServer> {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'virgl-vtest-'));
    const socketPath = path.join(folder, 'socket');
    const [program, ...verb] = COMMANDS[server];
    const child = spawn(program, [...verb, '--use-egl-surfaceless', `--socket-path=${socketPath}`, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, EGL_PLATFORM: 'surfaceless', ...env },
    });
    const started = new VtestServer(child, folder, socketPath);
    const limit = Date.now() + START_LIMIT_MS;
    // The file is there a moment before anybody listens; ours says when.
    const isUp = () => existsSync(socketPath) && (server === 'reference' || /listening/.test(started.log));
    while (!isUp()) {
      if (!started.isAlive || Date.now() > limit) {
        await started.stop();
        throw new Error(`${server} server did not start: ${started.log}`);
      }
      await sleep(POLL_MS);
    }
    return started;
  }

  /** Whether the process that listens still runs. */
  get isAlive(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The process that listens. */
  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the server did not start');
    return this.#child.pid;
  }

  /** All that it has written so far. */
  get log(): string {
    return this.#log;
  }

  /** What the listening process and all below it hold now. */
  usage(): Promise<Usage> {
    return usageOf(this.pid);
  }

  /** Ends the server and all that it started. */
  async stop(): Promise<void> {
    if (this.isAlive) {
      const below = await processTree(this.pid);
      this.#child.kill('SIGTERM');
      const late = setTimeout(() => this.#child.kill('SIGKILL'), 5_000);
      await this.#end;
      clearTimeout(late);
      // virgl_test_server leaves the processes of its clients to themselves.
      for (const pid of below) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // Gone already.
        }
      }
    }
    await fs.rm(this.#folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** Waits until the server holds no more than it did, or until the time is up; resolves to what it holds then. */
export const settled = async (server: VtestServer, before: Usage, limitMs: number): Promise<Usage> => {
  // Counted, as a virtual machine may be stopped for longer than the limit.
  for (let left = limitMs / SETTLE_POLL_MS; ; left -= 1) {
    const now = await server.usage();
    const isBack = now.processes === before.processes && now.descriptors <= before.descriptors;
    if (isBack || left <= 0) return now;
    await sleep(SETTLE_POLL_MS);
  }
};

/** What the server holds once it changes no more: workers that are started ahead are there then. */
export const steadyUsage = async (server: VtestServer): Promise<Usage> => {
  let last = await server.usage();
  let equal = 0;
  // One that is still starting, on a busy machine, may open nothing for a while, but wants a processor.
  for (let i = 0; i < 100 && equal < 15; i += 1) {
    await sleep(100);
    const now = await server.usage();
    const isSame = now.processes === last.processes && now.descriptors === last.descriptors;
    equal = isSame && (await areWaiting(server.pid)) ? equal + 1 : 0;
    last = now;
  }
  return last;
};
