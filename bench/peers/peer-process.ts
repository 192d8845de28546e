// A peer in a process of its own, which stays for all rounds: it is told what to do by lines on standard input and
// answers with lines that begin with a known word. each program in bench/peers says which.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Contestant } from '../contest';
import type { Picture } from '../picture';

type Word = 'library' | 'ready' | 'ns' | 'picture' | 'digest';

/** How a peer is started. */
export interface PeerCommand {
  program: string;
  args: readonly string[];
}

interface Expectation {
  word: Word;
  resolve(rest: string): void;
  reject(error: Error): void;
}

const STDERR_CHARACTERS = 2000;

/** A running peer. */
export class PeerProcess implements Contestant {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #exit: Promise<void>;
  #expected: Expectation | undefined;
  #noise = '';
  #failure: Error | undefined;

  private constructor({ program, args }: PeerCommand) {
    this.#child = spawn(program, args, { stdio: 'pipe' });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
    this.#child.stdin.on('error', () => undefined); // the exit tells
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#read(line));
    this.#exit = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        this.#fail(error);
        resolve();
      });
      this.#child.on('close', (code, signal) => {
        this.#fail(new Error(`${program} ended (${signal ?? code}): ${this.#noise.trim()}`));
        resolve();
      });
    });
  }

  /**
   * Starts a peer and waits until it says that it is ready.
   * @param word what it says first
   * @returns the peer and the rest of the line
   */
  static async start(command: PeerCommand, word: 'library' | 'ready'): Promise<[PeerProcess, string]> {
    const peer = new PeerProcess(command);
    const rest = await peer.#expect(word);
    return [peer, rest];
  }

  async run(iterations: number): Promise<number> {
    return Number(await this.#ask(`run ${iterations}`, 'ns'));
  }

  async picture(): Promise<Picture> {
    const [hash = '', centre = '', corner = ''] = (await this.#ask('picture', 'picture')).split(' ');
    return { hash, centre, corner };
  }

  digest(): Promise<string> {
    return this.#ask('digest', 'digest');
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    await this.#exit;
  }

  #ask(command: string, word: Word): Promise<string> {
    const answer = this.#expect(word);
    this.#child.stdin.write(`${command}\n`);
    return answer;
  }

  #expect(word: Word): Promise<string> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#expected = { word, resolve, reject };
    });
  }

  #read(line: string): void {
    const [word, ...rest] = line.split(' ');
    if (this.#expected?.word !== word) {
      this.#hear(`${line}\n`);
      return;
    }
    const { resolve } = this.#expected;
    this.#expected = undefined;
    resolve(rest.join(' '));
  }

  #hear(text: string): void {
    this.#noise = (this.#noise + text).slice(-STDERR_CHARACTERS);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#expected?.reject(this.#failure);
    this.#expected = undefined;
  }
}
