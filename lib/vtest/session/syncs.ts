// Sync objects: 64-bit counters of a connection, and eventfds that tell when some have got far enough.
// Facts: vtest_sync_*() in vtest_renderer.c.

import { EventFd } from '../../host';
import { VirglError } from '../../protocol/error';
import { IdPool } from './id-pool';

interface Sync {
  value: bigint;
}

/** A value that a sync is to reach, or to be given. */
export interface SyncPoint {
  sync: Sync;
  value: bigint;
}

interface Wait {
  points: readonly SyncPoint[];
  any: boolean;
  event: EventFd;
  /** In the time of performance.now(). */
  deadlineMs: number;
}

/** Waits that one client may have at a time; each costs a descriptor. */
const MAX_WAITS = 4096;
// From here on a timeout means none.
const NO_TIMEOUT_MS = 0x7fffffff;

const isReached = ({ sync, value }: SyncPoint): boolean => sync.value >= value;

const isOver = ({ points, any }: Wait): boolean =>
  any && points.length > 0 ? points.some(isReached) : points.every(isReached);

/** The sync objects of one client. */
export class SyncTable {
  readonly #syncs = new Map<number, Sync>();
  readonly #ids = new IdPool();
  #waits: Wait[] = [];

  create(value: bigint): number {
    const id = this.#ids.take();
    this.#syncs.set(id, { value });
    return id;
  }

  /** Whoever still waits for it goes on waiting. */
  unref(operation: string, id: number): void {
    this.get(operation, id);
    this.#syncs.delete(id);
    this.#ids.giveBack(id);
  }

  /** @throws VirglError if there is none of this id */
  get(operation: string, id: number): Sync {
    const sync = this.#syncs.get(id);
    if (sync !== undefined) return sync;
    throw new VirglError('ERR_VIRGL_UNKNOWN_HANDLE', `${operation}: there is no sync ${id}`, {
      operation,
      field: 'syncId',
      value: id,
    });
  }

  /** Reads {sync id, value low, value high}. @throws VirglError for an unknown id */
  point(operation: string, dwords: Uint32Array, at: number): SyncPoint {
    const value = BigInt(dwords[at + 1]) | (BigInt(dwords[at + 2]) << 32n);
    return { sync: this.get(operation, dwords[at]), value };
  }

  /** Gives syncs their values, and tells who waited for them. */
  signal(points: readonly SyncPoint[]): void {
    for (const { sync, value } of points) sync.value = value;
    this.#tell();
  }

  /**
   * An eventfd that becomes readable when all points are reached, or any of them. The caller closes it.
   * @throws VirglError for too many waits
   */
  wait(points: readonly SyncPoint[], any: boolean, timeoutMs: number): EventFd {
    const event = EventFd.create();
    const deadlineMs = timeoutMs > NO_TIMEOUT_MS ? Infinity : performance.now() + timeoutMs;
    const wait = { points, any, event, deadlineMs };
    if (isOver(wait)) {
      event.signal();
    } else if (timeoutMs > 0) {
      if (this.#waits.length >= MAX_WAITS) this.#tell();
      if (this.#waits.length >= MAX_WAITS) {
        event.close();
        throw new VirglError('ERR_VIRGL_REFUSED', `SYNC_WAIT: ${MAX_WAITS} waits are pending already`, {
          operation: 'SYNC_WAIT',
        });
      }
      this.#waits.push({ ...wait, event: EventFd.adopt(event.duplicateFd()) });
    }
    return event;
  }

  /** Ends all waits unheard. */
  close(): void {
    for (const { event } of this.#waits) event.close();
    this.#waits = [];
    this.#syncs.clear();
  }

  /** Tells who has waited long enough, and forgets whose time is over. */
  #tell(): void {
    const now = performance.now();
    this.#waits = this.#waits.filter((wait) => {
      if (isOver(wait)) wait.event.signal();
      else if (wait.deadlineMs > now) return true;
      wait.event.close();
      return false;
    });
  }
}
