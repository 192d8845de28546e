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
  /** Reads that are on their way into the backing: whoever copies out of it has to wait for them. */
  arriving = 0;
  /** Whether the server's copy may have other bytes than the zeroes of new memory. */
  written = false;
  /** Whether the server has answered the create. */
  isReady = false;
  /** Why the server has not made it. */
  failure: VirglError | undefined;
  readonly #busy = new Set<ByteRange>();

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

  /**
   * Takes a part of the shared memory for a transfer.
   * @returns gives it back; undefined when a transfer in flight uses some of it
   */
  claim(start: number, end: number): (() => void) | undefined {
    for (const range of this.#busy) if (range.start < end && start < range.end) return undefined;
    const range = { start, end };
    this.#busy.add(range);
    return () => void this.#busy.delete(range);
  }

  /** The server has destroyed it. */
  close(): void {
    this.shared?.close();
    this.backing?.release();
  }
}
