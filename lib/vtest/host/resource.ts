// What a host over vtest knows of one resource.

import type { ResourceCreateArgs, SharedMemory } from '../../host';
import { Bind } from '../../protocol';
import type { VirglError } from '../../protocol/error';
import type { Backing } from './backing';
import { ResourceLayout } from './layout';

/** The arguments of a create with everything filled in. */
export type CreateArgs = Required<Omit<ResourceCreateArgs, 'backing'>>;

interface ByteRange {
  start: number;
  end: number;
}

/** A live resource. */
export class HostResource {
  readonly layout: ResourceLayout;
  /** What the server has as its backing, mapped here. Undefined before version 2 of the protocol. */
  shared: SharedMemory | undefined;
  /** What the caller has lent as its backing. */
  backing: Backing | undefined;
  /** Whether the server's copy may have other bytes than the zeroes of new memory. */
  written = false;
  /** Whether the server has answered the create. */
  isReady = false;
  /** Why the server has not made it. */
  failure: VirglError | undefined;
  readonly #busy = new Set<ByteRange>();
  #arriving = 0;
  #isClosed = false;

  constructor(readonly args: CreateArgs) {
    this.layout = new ResourceLayout(args);
  }

  get id(): number {
    return this.args.resourceId;
  }

  /** Buffers without GL storage: virglrenderer keeps the bytes of these in the backing itself. */
  get livesInBacking(): boolean {
    return this.isStaging || this.args.bind === Bind.CUSTOM;
  }

  /** Buffers that consist of nothing but their backing. */
  get isStaging(): boolean {
    return this.args.bind === Bind.STAGING;
  }

  /** Reads that are on their way into the backing: whoever copies out of it has to wait for them. */
  get arriving(): number {
    return this.#arriving;
  }

  /**
   * Takes a part of the shared memory for a transfer.
   * @returns gives it back; undefined when a transfer in flight uses some of it
   */
  claim(start: number, end: number): (() => void) | undefined {
    for (const range of this.#busy) if (range.start < end && start < range.end) return undefined;
    const range = { start, end };
    this.#busy.add(range);
    return () => {
      this.#busy.delete(range);
      this.#letGo();
    };
  }

  /** Runs a read into the backing. */
  async arrive(read: () => Promise<void>): Promise<void> {
    this.#arriving += 1;
    try {
      await read();
    } finally {
      this.#arriving -= 1;
      this.#letGo();
    }
  }

  /** The server has destroyed it. What was read before that may still have to be copied. */
  close(): void {
    this.#isClosed = true;
    this.#letGo();
  }

  #letGo(): void {
    if (!this.#isClosed || this.#busy.size > 0 || this.#arriving > 0) return;
    this.shared?.close();
    this.backing?.release();
  }
}
