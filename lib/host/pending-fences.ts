// Fences that scripts wait for, by timeline.

import { VirglError } from '../protocol/error';

interface PendingFence {
  id: bigint;
  resolve(): void;
  reject(error: VirglError): void;
}

/** The fences of one ring of one life of a context: an id that is destroyed and made again starts new ones. */
interface Timeline {
  contextId: number;
  lastId: bigint;
  fences: PendingFence[];
  /** The end of its context was asked for; fences that are made now belong to the next life. */
  ending: boolean;
}

/** The timeline of legacy fences, which belongs to no context. */
export const LEGACY_TIMELINE = { contextId: 0, ringIndex: 0 } as const;

const MAX_LEGACY_ID = 2n ** 32n - 1n;
const MAX_ID = 2n ** 64n - 1n;

const keyOf = (contextId: number, ringIndex: number): string => `${contextId}/${ringIndex}`;

/** Pending fences of one host. */
export class PendingFences {
  /** Lives that are ending come first: until they have ended, what retires is theirs. */
  readonly #timelines = new Map<string, Timeline[]>();
  readonly #onBusy: (busy: boolean) => void;
  #count = 0;

  /** @param onBusy told when the first fence comes and when the last one goes */
  constructor(onBusy: (busy: boolean) => void) {
    this.#onBusy = onBusy;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * The id of the next fence of a timeline: the one asked for, or the one after the last.
   * @throws VirglError `ERR_VIRGL_ARGUMENT` if the one asked for is not greater than the last
   */
  nextId(operation: string, contextId: number, ringIndex: number, wanted: bigint | undefined): bigint {
    const last = this.#current(keyOf(contextId, ringIndex))?.lastId ?? 0n;
    if (wanted !== undefined && wanted <= last) {
      throw new VirglError(
        'ERR_VIRGL_ARGUMENT',
        `${operation}: expected an integer greater than ${last}, the last fence of this timeline, for fenceId but received ${wanted}`,
        { operation, field: 'fenceId', value: wanted },
      );
    }
    if (wanted !== undefined) return wanted;
    // Only whether an id is pending matters, not whether it is the greatest.
    const isLegacy = contextId === LEGACY_TIMELINE.contextId;
    return last >= (isLegacy ? MAX_LEGACY_ID : MAX_ID) ? 1n : last + 1n;
  }

  /**
   * Registers a fence before it is created, because it may retire at once.
   * @returns forgets the fence again, for when it is refused
   */
  add(contextId: number, ringIndex: number, fence: PendingFence): () => void {
    const key = keyOf(contextId, ringIndex);
    let timeline = this.#current(key);
    if (timeline === undefined) {
      timeline = { contextId, lastId: 0n, fences: [], ending: false };
      this.#timelines.set(key, [...(this.#timelines.get(key) ?? []), timeline]);
    }
    const { fences } = timeline;
    timeline.lastId = fence.id;
    fences.push(fence);
    this.#changeCount(1);
    return () => {
      const index = fences.indexOf(fence);
      if (index < 0) return;
      fences.splice(index, 1);
      this.#changeCount(-1);
    };
  }

  /** Resolves a fence and, because fences merge, all older ones of its timeline. */
  retire(contextId: number, ringIndex: number, id: bigint): void {
    for (const { fences } of this.#timelines.get(keyOf(contextId, ringIndex)) ?? []) {
      const index = fences.findIndex((fence) => fence.id === id);
      if (index < 0) continue;
      const retired = fences.splice(0, index + 1);
      this.#changeCount(-retired.length);
      for (const fence of retired) fence.resolve();
      return;
    }
  }

  /**
   * The end of a context, or with `all` of everything, was asked for.
   * @returns to be called when it has ended: rejects what is still owed
   */
  end(which: number | 'all'): (error: VirglError) => void {
    const ending: { key: string; timeline: Timeline }[] = [];
    for (const [key, lives] of this.#timelines) {
      for (const timeline of lives) {
        const isLegacy = timeline.contextId === LEGACY_TIMELINE.contextId;
        if (timeline.ending || (which !== 'all' && (isLegacy || timeline.contextId !== which))) continue;
        timeline.ending = true;
        ending.push({ key, timeline });
      }
    }
    return (error) => ending.forEach(({ key, timeline }) => this.#drop(key, timeline, error));
  }

  /** Rejects everything. */
  clear(error: VirglError): void {
    for (const [key, lives] of this.#timelines)
      for (const timeline of lives) this.#drop(key, timeline, error);
  }

  #current(key: string): Timeline | undefined {
    const newest = this.#timelines.get(key)?.at(-1);
    return newest?.ending === true ? undefined : newest;
  }

  #drop(key: string, timeline: Timeline, error: VirglError): void {
    const others = (this.#timelines.get(key) ?? []).filter((life) => life !== timeline);
    if (others.length === 0) this.#timelines.delete(key);
    else this.#timelines.set(key, others);
    const owed = timeline.fences.splice(0);
    this.#changeCount(-owed.length);
    for (const fence of owed) fence.reject(error);
  }

  #changeCount(by: number): void {
    const wasBusy = this.#count > 0;
    this.#count += by;
    const busy = this.#count > 0;
    if (busy !== wasBusy) this.#onBusy(busy);
  }
}
