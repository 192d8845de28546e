// A session of the vtest server with a made-up client: requests as bytes in, replies as bytes out, no socket.

import fs from 'node:fs';
import { type FileDescriptor, NullHost, type NullAnswers } from '../../lib/host';
import type { VtestVersion } from '../../lib/vtest';
import { sessionHome } from '../../lib/vtest/session/home';
import type { SessionLimits } from '../../lib/vtest/session/limits';
import type { SessionPeer } from '../../lib/vtest/session/peer';
import { type SessionWatcher, VtestSession } from '../../lib/vtest/session/session';
import type { SessionHome } from '../../lib/vtest/session/state';

/** Little-endian dwords. */
export const dwords = (...values: number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer);

/** A request whose header counts the dwords after it, as Mesa writes nearly all of them. */
export const request = (id: number, ...payload: number[]): Buffer => dwords(payload.length, id, ...payload);

/** CREATE_RENDERER; its length is in bytes. */
export const createRenderer = (name = 'test\0'): Buffer => {
  const bytes = Buffer.from(name);
  return Buffer.concat([dwords(bytes.length, 8), bytes]);
};

/** PROTOCOL_VERSION. */
export const protocolVersion = (version: number): Buffer => request(11, version);

/**
 * Open descriptors of a kind, e.g. `[eventfd]` or `memfd:NAME`. All of them can't be compared: what an earlier test left is
 * closed by the garbage collector, whenever it likes.
 */
export const countDescriptorsOf = (kind: string): number =>
  fs.readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`).includes(kind);
    } catch {
      return false; // the folder's own, gone meanwhile
    }
  }).length;

/** The dwords of a message. */
export const dwordsOf = (bytes: Uint8Array): number[] =>
  Array.from({ length: bytes.length / 4 }, (_, at) => Buffer.from(bytes).readUInt32LE(4 * at));

/** What a client gets: the bytes of a reply, or a descriptor, which it owns. */
export type Sent = Buffer | FileDescriptor;

/** Takes down what is sent. */
export class RecordingPeer implements SessionPeer {
  sent: Sent[] = [];

  send(bytes: Uint8Array): void {
    this.sent.push(Buffer.from(bytes));
  }

  sendFd(fd: FileDescriptor): void {
    this.sent.push(fd.duplicate());
  }

  takeFd(): FileDescriptor | undefined {
    return undefined;
  }
}

/** How a {@link TestClient} is served. */
export interface TestClientOptions {
  /** What the host answers. */
  answers?: NullAnswers;
  /** The newest version of the server. Default 3. */
  newest?: VtestVersion;
  limits?: Partial<SessionLimits>;
  /** To share a host with another client. */
  home?: SessionHome;
  watcher?: SessionWatcher;
}

/** A client and its session. */
export class TestClient {
  readonly host: NullHost;
  readonly home: SessionHome;
  readonly peer = new RecordingPeer();
  readonly session: VtestSession;
  readonly warnings: string[] = [];

  constructor({ answers = {}, newest = 3, limits = {}, home, watcher }: TestClientOptions = {}) {
    const warn = (message: string): void => void this.warnings.push(message);
    this.home = home ?? { ...sessionHome(new NullHost(answers), limits, warn), newestVersion: newest };
    this.host = this.home.host as NullHost;
    this.session = new VtestSession(this.home, this.peer, watcher);
  }

  /** One that has said who it is, speaks this version, and whose replies so far are forgotten. */
  static async greeted(version: VtestVersion, options: TestClientOptions = {}): Promise<TestClient> {
    const client = new TestClient({ newest: version === 4 ? 4 : 3, ...options });
    await client.send(createRenderer(), protocolVersion(version));
    client.take();
    return client;
  }

  /** Sends bytes, as many as the server has room for at a time. */
  async send(...parts: Uint8Array[]): Promise<void> {
    for (let bytes: Uint8Array = Buffer.concat(parts); bytes.length > 0;) {
      const space = this.session.buffer.space();
      const length = Math.min(space.length, bytes.length);
      space.set(bytes.subarray(0, length));
      bytes = bytes.subarray(length);
      this.session.received(length);
      await this.session.handleReceived();
    }
    // As a server does that finds nothing more.
    this.session.fence();
  }

  /** What was sent to it since the last call. */
  take(): Sent[] {
    const { sent } = this.peer;
    this.peer.sent = [];
    return sent;
  }

  /** The same, as dwords; for replies without descriptors. */
  takeDwords(): number[] {
    return dwordsOf(Buffer.concat(this.take().map((part) => part as Buffer)));
  }

  /** Names of the calls that the host got since it was asked last. */
  takeCalls(): string[] {
    return this.host.calls.splice(0).map(({ name }) => name);
  }
}

/** What else the tests of handlers need: the commands by name, with their payloads. */
const resource = (handle: number, width = 4, height = 4): number[] => [
  handle,
  2,
  67,
  2,
  width,
  height,
  1,
  1,
  0,
  0,
];

export const requests = {
  getCaps: request(1),
  /** A texture of R8G8B8A8_UNORM. */
  create: (handle: number, width?: number, height?: number) => request(2, ...resource(handle, width, height)),
  unref: (handle: number) => request(3, handle),
  transferGet: (handle: number, dataSize: number) =>
    request(4, handle, 0, 16, 64, 0, 0, 0, 4, 4, 1, dataSize),
  transferPut: (handle: number, data: Uint8Array) =>
    Buffer.concat([
      dwords(11 + Math.ceil(data.length / 4), 5, handle, 0, 16, 64, 1, 2, 0, 4, 4, 1, data.length),
      data,
    ]),
  submit: (...commands: number[]) => request(6, ...commands),
  busyWait: (handle: number, flags: number) => request(7, handle, flags),
  getCaps2: request(9),
  ping: request(10),
  create2: (handle: number, dataSize: number) => request(12, ...resource(handle), dataSize),
  transferGet2: (handle: number, offset: number) => request(13, handle, 1, 1, 2, 3, 4, 5, 6, 99, offset),
  transferPut2: (handle: number, offset: number) => request(14, handle, 1, 1, 2, 3, 4, 5, 6, 99, offset),
  getParam: (param: number) => request(15, param),
  getCapset: (id: number, version: number) => request(16, id, version),
  contextInit: (capset: number) => request(17, capset),
  createBlob: (type: number, flags: number, size: number, blobId = 0) =>
    request(18, type, flags, size % 2 ** 32, Math.floor(size / 2 ** 32), blobId, 0),
  syncCreate: (low: number, high = 0) => request(19, low, high),
  syncUnref: (id: number) => request(20, id),
  syncRead: (id: number) => request(21, id),
  syncWrite: (id: number, low: number, high = 0) => request(22, id, low, high),
  /** @param points id and value of each */
  syncWait: (flags: number, timeoutMs: number, ...points: [number, number][]) =>
    request(23, flags, timeoutMs, ...points.flatMap(([id, value]) => [id, value, 0])),
  submit2: (...payload: number[]) => request(24, ...payload),
} as const;
