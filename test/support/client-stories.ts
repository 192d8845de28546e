// Short lives of clients, told step by step: what comes back for each step, and how it ends.

import type { VtestServerOptions } from '../../lib/vtest';
import { socketPaths } from './sockets';
import { Connection, ListeningServer } from './vtest-connection';
import { clear, RED, submit, target } from './vtest-drawing';
import { dwords, request, requests } from './vtest-session';

const MIB = 1 << 20;
const newPath = socketPaths();

/** A server with one session process started ahead. */
export const startServer = (options: VtestServerOptions = {}): Promise<ListeningServer> =>
  ListeningServer.start({ spareProcesses: 1, ...options, path: newPath() });

/** RESOURCE_CREATE2 of a buffer. */
const buffer = (handle: number, bytes = 8, height = 1): Buffer =>
  request(12, handle, 0, 64, 1 << 17, bytes, height, 1, 0, 0, 0, bytes);
const unref = (handle: number): Buffer => request(3, handle);
const TRUNCATED = submit(Uint32Array.of((1000 << 16) | 1));

const inline = (id: number, bytes: number, stride: number, given: object): Buffer => {
  const where = { handle: 1, level: 0, x: 0, y: 0, z: 0, width: 4, height: 4, depth: 1, ...given };
  const { handle, level, x, y, z, width, height, depth } = where;
  return request(id, handle, level, stride, 0, x, y, z, width, height, depth, bytes);
};
/** TRANSFER_PUT to a texture of 4x4, with so many bytes of data. */
const put = (bytes: number, stride = 0, given: object = {}): Buffer =>
  Buffer.concat([inline(5, bytes, stride, given), Buffer.from(Array.from({ length: bytes }, (_, i) => i))]);
/** TRANSFER_GET from it. */
const get = (bytes: number, stride = 0, given: object = {}): Buffer => inline(4, bytes, stride, given);

/** What a client sends. */
export interface Story {
  version: number;
  /** Sent one by one; each but the last is followed by a ping, so that all that is sent back is known to be there. */
  steps: readonly Buffer[];
}

/** By what they are about. */
export const STORIES: Readonly<Record<string, Story>> = {
  'buffers come and go': {
    version: 2,
    steps: [buffer(1), buffer(2), unref(1), buffer(1), unref(2), unref(9)],
  },
  'ids are used again': {
    version: 3,
    steps: [buffer(0), buffer(0), request(2, 0, 2, 67, 2, 4, 4, 1, 1, 0, 0), unref(2), buffer(0), buffer(0)],
  },
  'a buffer of the pump is read': {
    version: 2,
    steps: [buffer(1, 64), request(14, 1, 0, 0, 0, 0, 64, 1, 1, 0, 0), requests.transferGet(1, 64), unref(1)],
  },
  'transfers that are refused': {
    version: 2,
    steps: [
      request(12, 1, 2, 67, 2, 4, 4, 1, 1, 0, 0, 64),
      ...[13, 14].flatMap((id) => [
        request(id, 1, 0, 0, 0, 0, 4, 4, 1, 0, 0),
        request(id, 1, 0, 1, 0, 0, 4, 4, 1, 0, 0),
        request(id, 1, 3, 0, 0, 0, 4, 4, 1, 0, 0),
        request(id, 1, 0, 0, 0, 0, 4, 4, 2, 0, 0),
        request(id, 1, 0, 0xffffffff, 0, 0, 4, 4, 1, 0, 0),
        request(id, 1, 0, 0, 0, 0, 4, 0x7fffffff, 1, 0, 0),
        request(id, 1, 0, 0, 0, 0, 4, 4, 1, 0, 60),
        request(id, 1, 0, 0, 0, 0, 4, 4, 1, 0, 4096),
        request(id, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0),
      ]),
      clear(1, RED),
      request(13, 1, 0, 0, 0, 0, 4, 4, 1, 0, 0),
      request(14, 2, 0, 0, 0, 0, 4, 4, 1, 0, 0),
    ],
  },
  'transfers with their data': {
    version: 0,
    steps: [
      request(2, 1, 2, 67, 2, 4, 4, 1, 1, 0, 0),
      put(64),
      Buffer.concat([put(64, 16), put(64)]),
      requests.transferGet(1, 64),
      get(64, 16),
      // Refused, and only logged.
      put(60),
      put(0),
      get(0),
      put(64, 1 << 30),
      put(64, 0, { level: 3 }),
      put(64, 0, { x: 0xffffffff }),
      get(64, 0, { depth: 2 }),
      // Of an odd length, behind which nothing lies on whole dwords.
      Buffer.concat([put(65), put(66), put(64)]),
      requests.transferGet(1, 64),
    ],
  },
  'data of a resource that does not exist': { version: 0, steps: [target(1), put(64, 0, { handle: 9 })] },
  'a reply of more than there may be': { version: 0, steps: [target(1), get(0x7fffffff)] },
  'something is drawn': {
    version: 2,
    steps: [target(1), clear(1, RED), requests.busyWait(1, 1), requests.transferGet(1, 64)],
  },
  'an id twice': { version: 2, steps: [buffer(4), buffer(4)] },
  'an id twice, of a texture': { version: 2, steps: [buffer(4), target(4)] },
  'an id in version 3': { version: 3, steps: [buffer(0), buffer(4)] },
  'an id that is 0': { version: 2, steps: [buffer(1), buffer(0)] },
  'too much memory': { version: 2, steps: [buffer(1, 2 * MIB), buffer(2, 20 * MIB)] },
  'too much memory, of both kinds': {
    version: 2,
    steps: [buffer(1, 6 * MIB), target(2, 2048, 1024), buffer(3, 2 * MIB)],
  },
  'what the library refuses': { version: 2, steps: [buffer(1), buffer(2, 8, 0)] },
  'a stream that is cut': { version: 2, steps: [target(1), TRUNCATED] },
  'a stream behind a good one': { version: 2, steps: [target(1), clear(1, RED), TRUNCATED] },
  'a command that nobody knows': { version: 2, steps: [buffer(1), dwords(0, 99)] },
  'a request that is too long': { version: 2, steps: [buffer(1), dwords(0x10000000, 6)] },
  'a blob of nothing': { version: 3, steps: [buffer(0), request(18, 1, 0, 0, 0, 0, 0)] },
};

/** What comes back for each step, and how it ended. */
export const tell = async ({ version, steps }: Story, options: VtestServerOptions) => {
  await using server = await startServer({
    limits: { maxMemoryBytes: 16 * MIB, maxRequestBytes: 64 * MIB },
    ...options,
  });
  const came: string[] = [];
  {
    using client = await Connection.greeted(server.path, version);
    for (const step of steps) {
      client.send(step, requests.ping);
      let bytes = Buffer.alloc(0);
      const into = new Uint8Array(4096);
      while (!bytes.subarray(-8).equals(dwords(0, 10))) {
        const length = await client.socket.receive(into).catch(() => 0);
        if (length === 0) break;
        bytes = Buffer.concat([bytes, into.subarray(0, length)]);
      }
      const fds: string[] = [];
      for (let fd = client.socket.takeFd(); fd !== undefined; fd = client.socket.takeFd()) {
        fds.push('fd');
        fd.close();
      }
      came.push([bytes.toString('hex'), ...fds].join(' '));
    }
    // The last one is nothing for the pump, which looks once more behind it.
    client.send(request(15, 1));
    await client.read(16).catch(() => undefined);
  }
  const end = { ...(await server.end()), durationMs: 0 };
  const warnings = server.all('warning').map(({ message }) => message);
  const library = server.all('library').map(({ message }) => message);
  return { came, end, warnings, library };
};
