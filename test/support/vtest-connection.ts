// A vtest client of raw bytes, and a server whose events can be waited for.

import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { UnixSocket } from '../../lib/host';
import { VtestServer, type VtestServerEvent, type VtestServerOptions } from '../../lib/vtest';
import { createRenderer, dwordsOf, protocolVersion, requests } from './vtest-session';

const LIMIT_MS = 20_000;

/** Waits until something is so. @throws Error after 20 s */
export const until = async (what: string, isSo: () => boolean): Promise<void> => {
  const limit = Date.now() + LIMIT_MS;
  while (!isSo()) {
    if (Date.now() > limit) throw new Error(`waited in vain: ${what}`);
    await sleep(5);
  }
};

/** One connection. */
export class Connection implements Disposable {
  readonly socket: UnixSocket;

  constructor(path: string) {
    this.socket = UnixSocket.connect(path, { waitMs: LIMIT_MS });
  }

  /** One that has said who it is and speaks this version. */
  static async greeted(path: string, version = 2, name = 'test\0'): Promise<Connection> {
    const connection = new Connection(path);
    connection.send(createRenderer(name), protocolVersion(version));
    await connection.read(12);
    return connection;
  }

  /** Sends what the server takes without waiting; the rest goes when it does. */
  send(...parts: Uint8Array[]): void {
    // Whether it arrives is seen by what comes back.
    this.socket.send(parts).catch(() => undefined);
  }

  /** So many bytes. @throws Error at the end of the stream */
  async read(length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    for (let at = 0; at < length;) {
      const received = await this.socket.receive(bytes.subarray(at));
      if (received === 0) throw new Error(`the server closed the connection, ${at} of ${length} bytes came`);
      at += received;
    }
    return bytes;
  }

  /** So many dwords. */
  async readDwords(count: number): Promise<number[]> {
    return dwordsOf(await this.read(4 * count));
  }

  /** Asks for an answer, and gets it. */
  async ping(): Promise<void> {
    this.send(requests.ping);
    const [length, id] = await this.readDwords(2);
    if (length !== 0 || id !== 10) throw new Error(`a ping was answered by ${length}, ${id}`);
  }

  /** Reads on until the server has closed the connection; resolves to how much came. */
  async untilClosed(): Promise<number> {
    const into = new Uint8Array(1 << 16);
    for (let total = 0; ;) {
      // Whoever left bytes of ours unread is gone too.
      const received = await this.socket.receive(into).catch(() => 0);
      if (received === 0) return total;
      total += received;
    }
  }

  [Symbol.dispose](): void {
    this.socket.close();
  }
}

type EventName = VtestServerEvent['event'];
type EventOf<Name extends EventName> = Extract<VtestServerEvent, { event: Name }>;

/** A server in this process that remembers what it told. */
export class ListeningServer implements AsyncDisposable {
  readonly events: VtestServerEvent[] = [];
  server!: VtestServer;

  static async start(options: VtestServerOptions & { path: string }): Promise<ListeningServer> {
    const started = new ListeningServer();
    const onEvent = (event: VtestServerEvent): void => void started.events.push(event);
    started.server = await VtestServer.listen({ onEvent, ...options });
    return started;
  }

  get path(): string {
    return this.server.path;
  }

  /** Events of this kind so far. */
  all<Name extends EventName>(name: Name): EventOf<Name>[] {
    return this.events.filter((event): event is EventOf<Name> => event.event === name);
  }

  /** How this client's connection ended, when it has. */
  async end(client = 1): Promise<EventOf<'disconnected'>> {
    const find = () => this.all('disconnected').find((event) => event.client === client);
    await until(`client ${client} to be disconnected`, () => find() !== undefined);
    return find() as EventOf<'disconnected'>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
  }
}

const childrenOfThread = (pid: number | 'self', thread: string): string => {
  try {
    return fs.readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8');
  } catch {
    // Render threads end meanwhile.
    return '';
  }
};

const childrenOf = (pid: number | 'self'): number[] =>
  fs
    .readdirSync(`/proc/${pid}/task`)
    .flatMap((thread) => childrenOfThread(pid, thread).split(' ').filter(Boolean).map(Number));

const isWorker = (pid: number): boolean => {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('worker.js');
  } catch {
    return false;
  }
};

/** Session processes of a server; zombies are none. */
export const sessionProcesses = (supervisor: number | 'self' = 'self'): number[] =>
  childrenOf(supervisor).filter(isWorker);

/** Whether a process is there and no zombie. */
export const isRunning = (pid: number): boolean => {
  try {
    return !/^State:\s+[ZX]/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

/** Time that a process has spent on the processor, all its threads. @throws Error once it is gone */
export const processorMs = (pid: number): number => {
  // What follows the name of the program, which may hold anything: proc(5), `utime` is field 14, in hundredths of a second.
  const fields = fs
    .readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return 10 * Number(fields[11]);
};
