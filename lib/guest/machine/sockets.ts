// Sockets that QEMU connects to: they listen before it starts, so that nobody has to try again.

import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';

/** Names of the channels between QEMU and this process. */
export const CHANNELS = ['qmp', 'control', 'stdout', 'stderr'] as const;

/** One of {@link CHANNELS}. */
export type Channel = (typeof CHANNELS)[number];

const listen = (server: Server, file: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(file, () => resolve());
  });

/** A private folder with a socket for each channel. */
export class ChannelSockets {
  /** The folder; what else belongs to the machine may be put there. */
  readonly folder: string;
  readonly paths: Readonly<Record<Channel, string>>;
  readonly #servers: Server[] = [];
  readonly #connections = new Map<Channel, Promise<Socket>>();
  readonly #sockets: Socket[] = [];

  private constructor(folder: string) {
    this.folder = folder;
    this.paths = Object.fromEntries(
      CHANNELS.map((name) => [name, path.join(folder, name)]),
    ) as ChannelSockets['paths'];
  }

  /** Listens on all of them. */
  static async open(): Promise<ChannelSockets> {
    const sockets = new ChannelSockets(await mkdtemp(path.join(os.tmpdir(), 'virgl-guest-')));
    for (const name of CHANNELS) await sockets.#listen(name);
    return sockets;
  }

  /** QEMU's end of a channel, as soon as it has connected. */
  connection(name: Channel): Promise<Socket> {
    // open() has made one for each name.
    return this.#connections.get(name) as Promise<Socket>;
  }

  /** Closes everything and removes the folder. */
  async close(): Promise<void> {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #listen(name: Channel): Promise<void> {
    const server = createServer();
    this.#servers.push(server);
    const connection = new Promise<Socket>((resolve) => server.once('connection', resolve));
    this.#connections.set(name, connection);
    void connection.then((socket) => {
      this.#sockets.push(socket);
      // QEMU ends when it wants; who waits for something learns it from the process.
      socket.on('error', () => undefined);
    });
    await listen(server, this.paths[name]);
  }
}
