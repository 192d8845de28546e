// Plays a recorded session against a server and compares what comes back, byte for byte.

import { createHash } from 'node:crypto';
import { SharedMemory } from '../../../lib/host';
import { UnixSocket } from '../../../lib/host/ipc';
import { RecordKind, Request, type SessionRecord } from './sessions';

/** What was compared. */
export interface Replay {
  replies: number;
  readBacks: number;
  /** What is not as recorded, a line each, with the hash of what came instead. */
  differences: string[];
}

const REPLY_LIMIT_MS = 30_000;
const SHOWN_BYTES = 16;
/** Where commands have their fields: behind 8 bytes of header. */
const FIRST_FIELD = 8;
const BUSY_WAIT_FLAGS = 12;
const BUSY_WAIT_BLOCKS = 1;
const CREATE2_DATA_SIZE = 48;

const firstDifference = (got: Buffer, wanted: Buffer): string => {
  const at = wanted.findIndex((byte, index) => got[index] !== byte);
  const hex = (bytes: Buffer) => bytes.toString('hex', at, at + SHOWN_BYTES);
  const hash = createHash('sha1').update(got).digest('hex');
  return `byte ${at} of ${wanted.length}: got ${hex(got)}, expected ${hex(wanted)} (${hash})`;
};

class Player implements Disposable {
  readonly #socket: UnixSocket;
  readonly #memories = new Map<number, SharedMemory>();
  /** Resources whose descriptors are still to come. */
  readonly #expected: { id: number; sizeBytes: number }[] = [];
  /** What the server must have written to shared memory when the next reply is here. */
  #readBacks: { index: number; data: Buffer }[] = [];
  #lastBytes = Buffer.alloc(0);
  /** The answer to a BUSY_WAIT that does not block depends on time. */
  #isTimely = false;
  readonly result: Replay = { replies: 0, readBacks: 0, differences: [] };

  constructor(socketPath: string) {
    this.#socket = UnixSocket.connect(socketPath, { waitMs: REPLY_LIMIT_MS });
  }

  async step({ kind, data }: SessionRecord, index: number): Promise<void> {
    if (kind === RecordKind.CLIENT) await this.#send(data);
    else if (kind === RecordKind.CLIENT_MEMORY) this.#memoryOf(data)?.set(data.subarray(8));
    else if (kind === RecordKind.SERVER_MEMORY) this.#readBacks.push({ index, data });
    else await this.#expectReply(data, index);
  }

  [Symbol.dispose](): void {
    this.#socket.close();
    for (const memory of this.#memories.values()) memory.close();
  }

  // The bytes that a record of memory is about.
  #memoryOf(data: Buffer): Uint8Array | undefined {
    const offset = data.readUInt32LE(4);
    return this.#memories.get(data.readUInt32LE(0))?.bytes.subarray(offset, offset + data.length - 8);
  }

  async #send(command: Buffer): Promise<void> {
    const id = command.readUInt32LE(4);
    if (id === Request.RESOURCE_CREATE2) {
      const sizeBytes = command.readUInt32LE(CREATE2_DATA_SIZE);
      if (sizeBytes > 0) this.#expected.push({ id: command.readUInt32LE(FIRST_FIELD), sizeBytes });
    } else if (id === Request.RESOURCE_UNREF) {
      const resource = command.readUInt32LE(FIRST_FIELD);
      this.#memories.get(resource)?.close();
      this.#memories.delete(resource);
    }
    this.#isTimely =
      id === Request.RESOURCE_BUSY_WAIT && (command.readUInt32LE(BUSY_WAIT_FLAGS) & BUSY_WAIT_BLOCKS) === 0;
    await this.#socket.send(command);
  }

  async #expectReply(wanted: Buffer, index: number): Promise<void> {
    const got = Buffer.alloc(wanted.length);
    const late = setTimeout(() => this.#socket.close(), REPLY_LIMIT_MS);
    try {
      for (let length = 0; length < got.length;) {
        const received = await this.#socket.receive(got.subarray(length));
        if (received === 0) throw new Error('the server closed the connection');
        length += received;
        this.#takeMemories(got.subarray(0, length));
      }
    } catch (error) {
      throw new Error(`record ${index}: ${error instanceof Error ? error.message : error}`, { cause: error });
    } finally {
      clearTimeout(late);
    }
    this.#lastBytes = Buffer.concat([this.#lastBytes, got]).subarray(-SHOWN_BYTES);
    this.result.replies += 1;
    // The answer itself, with its header and with the one before, which came together.
    if (this.#isTimely && [4, 12, 20].includes(got.length)) wanted.copy(got, got.length - 4, got.length - 4);
    if (!got.equals(wanted))
      this.result.differences.push(`record ${index}: reply, ${firstDifference(got, wanted)}`);
    this.#compareMemories();
  }

  #takeMemories(reply: Buffer): void {
    for (let fd = this.#socket.takeFd(); fd !== undefined; fd = this.#socket.takeFd()) {
      const next = this.#expected.shift();
      if (next === undefined) throw new Error('a descriptor that no request is waiting for');
      // Protocol 3: the server chose, and said so in the last dword before the descriptor's byte.
      const id =
        next.id ||
        Buffer.concat([this.#lastBytes, reply]).readUInt32LE(this.#lastBytes.length + reply.length - 5);
      this.#memories.set(id, SharedMemory.fromFd(fd, { sizeBytes: next.sizeBytes }));
      fd.close();
    }
  }

  #compareMemories(): void {
    for (const { index, data } of this.#readBacks) {
      const bytes = this.#memoryOf(data) ?? new Uint8Array();
      const wanted = data.subarray(8);
      this.result.readBacks += 1;
      const got = Buffer.from(bytes);
      if (got.equals(wanted)) continue;
      const where = `resource ${data.readUInt32LE(0)} from ${data.readUInt32LE(4)}`;
      this.result.differences.push(`record ${index}: read-back of ${where}, ${firstDifference(got, wanted)}`);
    }
    this.#readBacks = [];
  }
}

/** Rejects when the server hangs up or does not answer within 30 s. */
export const replay = async (records: readonly SessionRecord[], socketPath: string): Promise<Replay> => {
  using player = new Player(socketPath);
  for (const [index, record] of records.entries()) await player.step(record, index);
  return player.result;
};
