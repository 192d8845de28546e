// Memory that a client and the host share, and the descriptor by which the client gets it. Small pieces are used again:
// Mesa makes a buffer of 8 bytes for each fence, and a new memory costs more than all the rest of that.

import fs from 'node:fs';
import { type FileDescriptor, SharedMemory } from '../../host';

/** Memory that is shared with a client. */
export interface ClientMemory {
  readonly memory: SharedMemory;
  /** Open until it was sent, or for as long as the memory may be used again. */
  readonly fd: FileDescriptor;
}

const MAX_KEPT_BYTES = 64 * 1024;
const MAX_KEPT = 64;
/** Descriptors of memories in use that stay open: Mesa keeps resources for a second after their last use. */
const MAX_OPEN = 4096;
/** And how much of what the process may open that may be. */
const MAX_OPEN_SHARE = 0.25;

let openLimitFound: number | undefined;

const findOpenLimit = (): number => {
  const [, limit = '1024'] =
    /^Max open files\s+(\d+)/m.exec(fs.readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return Math.floor(Math.min(MAX_OPEN, Number(limit) * MAX_OPEN_SHARE));
};

/** How many descriptors of memories in use stay open. */
export const openLimit = (): number => (openLimitFound ??= findOpenLimit());

/** The memories of one client. None is ever given to another one. */
export class ClientMemories {
  readonly #kept = new Map<number, ClientMemory[]>();
  /** Of memories in use, the oldest first. */
  readonly #open = new Set<FileDescriptor>();
  readonly #maxOpen = openLimit();
  #count = 0;

  /** Memory full of zeroes. @throws VirglError `ERR_VIRGL_SYSTEM` */
  take(sizeBytes: number, name: string): ClientMemory {
    const kept = this.#kept.get(sizeBytes)?.pop();
    if (kept === undefined) {
      const memory = SharedMemory.create(sizeBytes, { name });
      return { memory, fd: memory.takeFd() };
    }
    this.#count -= 1;
    kept.memory.bytes.fill(0);
    return kept;
  }

  /** The client has got its descriptor. */
  sent({ memory, fd }: ClientMemory): void {
    if (memory.sizeBytes > MAX_KEPT_BYTES) {
      fd.close();
      return;
    }
    this.#open.add(fd);
    if (this.#open.size <= this.#maxOpen) return;
    // What is short-lived is young.
    const [oldest] = this.#open;
    oldest.close();
    this.#open.delete(oldest);
  }

  /** Nobody uses it any more. */
  giveBack(piece: ClientMemory): void {
    const { memory, fd } = piece;
    this.#open.delete(fd);
    if (fd.closed || this.#count >= MAX_KEPT) {
      fd.close();
      memory.close();
      return;
    }
    this.#count += 1;
    const { sizeBytes } = memory;
    const same = this.#kept.get(sizeBytes);
    if (same === undefined) this.#kept.set(sizeBytes, [piece]);
    else same.push(piece);
  }

  /** Lets go of what is kept. */
  close(): void {
    for (const { memory, fd } of [...this.#kept.values()].flat()) {
      fd.close();
      memory.close();
    }
    this.#kept.clear();
    this.#count = 0;
  }
}
