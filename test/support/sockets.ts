// What tests of sockets share.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type UnixSocket } from '../../lib/host';

/** Paths for sockets in a folder that is removed after the tests of the file. */
export const socketPaths = (): (() => string) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'virgl-ipc-'));
  afterAll(() => fs.rmSync(folder, { recursive: true }));
  let count = 0;
  return () => path.join(folder, `${(count += 1)}.sock`);
};

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Bytes of which no two neighbouring pages are the same. */
export const manyBytes = (length: number): Uint8Array => {
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let index = 0; index < words.length; index += 1) words[index] = Math.imul(index, 0x9e3779b1);
  return new Uint8Array(words.buffer, 0, length);
};

/** What comes next, as text; blocks the thread for up to 5 s. */
export const receiveText = (socket: UnixSocket, length = 64): string => {
  const into = new Uint8Array(length);
  const received = socket.receiveSync(into, { waitMs: 5000 });
  return received < 0 ? 'nothing' : Buffer.from(into.subarray(0, received)).toString();
};

/** Everything up to the end of the stream. */
export const receiveAll = async (
  socket: UnixSocket,
  between: () => Promise<void> | void = () => undefined,
): Promise<Buffer> => {
  const parts: Uint8Array[] = [];
  for (;;) {
    const into = new Uint8Array(1 << 18);
    const length = await socket.receive(into);
    if (length === 0) return Buffer.concat(parts);
    parts.push(into.subarray(0, length));
    await between();
  }
};

/** The descriptors that this process has open, and of what. */
export const openDescriptors = (): string[] =>
  fs
    .readdirSync('/proc/self/fd')
    .map((fd) => {
      try {
        return `${fd} -> ${fs.readlinkSync(`/proc/self/fd/${fd}`)}`;
      } catch {
        // That of the folder that was read just now.
        return '';
      }
    })
    .filter((line) => line !== '');
