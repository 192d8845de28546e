// Fences that scripts wait for, by timeline.

import { VirglError } from '../protocol/error';

interface PendingFence {
  id: bigint;
  resolve(): void;
  reject(error: VirglError): void;
}

interface Timeline {
  contextId: number;
  lastId: bigint;
  fences: PendingFence[];
}

/** The timeline of legacy fences, which belongs to no context. */
export const LEGACY_TIMELINE = { contextId: 0, ringIndex: 0 } as const;

const keyOf = (contextId: number, ringIndex: number): string => `${contextId}/${ringIndex}`;

/** Pending fences of one host. */
export class PendingFences {
  readonly #timelines = new Map<string, Timeline>();
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
    const last = this.#timelines.get(keyOf(contextId, ringIndex))?.lastId ?? 0n;
    if (wanted !== undefined && wanted <= last) {
      throw new VirglError(
        'ERR_VIRGL_ARGUMENT',
        `${operation}: expected an integer greater than ${last}, the last fence of this timeline, for fenceId but received ${wanted}`,
        { operation, field: 'fenceId', value: wanted },
      );
    }
    return wanted ?? last + 1n;
  }

  /** Registers a fence before it is created, because it may retire at once. */
  add(contextId: number, ringIndex: number, fence: PendingFence): void {
    const key = keyOf(contextId, ringIndex);
    const timeline = this.#timelines.get(key) ?? { contextId, lastId: 0n, fences: [] };
    timeline.lastId = fence.id;
    timeline.fences.push(fence);
    this.#timelines.set(key, timeline);
    this.#changeCount(1);
  }

  /** Forgets a fence that was refused. */
  remove(contextId: number, ringIndex: number, id: bigint): void {
    const timeline = this.#timelines.get(keyOf(contextId, ringIndex));
    const index = timeline?.fences.findIndex((fence) => fence.id === id) ?? -1;
    if (timeline === undefined || index < 0) return;
    timeline.fences.splice(index, 1);
    this.#changeCount(-1);
  }

  /** Resolves a fence and, because fences merge, all older ones of its timeline. */
  retire(contextId: number, ringIndex: number, id: bigint): void {
    const timeline = this.#timelines.get(keyOf(contextId, ringIndex));
    const index = timeline?.fences.findIndex((fence) => fence.id === id) ?? -1;
    if (timeline === undefined || index < 0) return;
    const retired = timeline.fences.splice(0, index + 1);
    this.#changeCount(-retired.length);
    for (const fence of retired) fence.resolve();
  }

  /** Rejects what a context's rings still owe, and forgets their ids. */
  dropContext(contextId: number, error: VirglError): void {
    for (const [key, timeline] of this.#timelines) {
      if (timeline.contextId === contextId && contextId !== LEGACY_TIMELINE.contextId)
        this.#drop(key, timeline, error);
    }
  }

  /** Rejects everything. */
  clear(error: VirglError): void {
    for (const [key, timeline] of this.#timelines) this.#drop(key, timeline, error);
  }

  #drop(key: string, timeline: Timeline, error: VirglError): void {
    this.#timelines.delete(key);
    this.#changeCount(-timeline.fences.length);
    for (const fence of timeline.fences) fence.reject(error);
  }

  #changeCount(by: number): void {
    const wasBusy = this.#count > 0;
    this.#count += by;
    const busy = this.#count > 0;
    if (busy !== wasBusy) this.#onBusy(busy);
  }
}
