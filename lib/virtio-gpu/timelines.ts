// Fences of the guest. A driver takes a fence as a point of a timeline: when it sees one, all older ones of that timeline count as
// reached. So the answers of a timeline are sent in the order of their commands, also those that say what is wrong.
// Facts: virtio 1.2, section 5.7.6.7 (VIRTIO_GPU_FLAG_INFO_RING_IDX); linux virtgpu_fence.c, virtio_gpu_fence_event_process().

import type { PendingAnswer } from './answers';

/** Makes a fence of the host behind what a timeline was given so far. */
export type MakeFence = (contextId: number, ringIndex: number | undefined) => Promise<void>;

/** A timeline: the global one, or one of the 64 of a context. */
class Timeline {
  /** Answers that were not sent, oldest first. */
  readonly waiting: PendingAnswer[] = [];
  /** Those whose work no fence of the host covers yet. */
  uncovered: PendingAnswer[] = [];

  constructor(
    readonly contextId: number,
    readonly ringIndex: number | undefined,
  ) {}
}

/** `VIRTIO_GPU` rings of a context. */
export const MAX_RINGS = 64;

/** The timelines of one guest, from start to reset. */
export class Timelines {
  readonly #global = new Timeline(0, undefined);
  readonly #rings = new Map<number, Timeline>();
  readonly #make: MakeFence;
  readonly #send: (answer: PendingAnswer) => void;
  #due = false;
  #isOver = false;
  #count = 0;

  /** @param send a fenced answer may be sent */
  constructor(make: MakeFence, send: (answer: PendingAnswer) => void) {
    this.#make = make;
    this.#send = send;
  }

  /** Fences that the guest waits for. */
  get count(): number {
    return this.#count;
  }

  /** Puts an answer at the end of its timeline. One that leaves work waits for a fence of the host. */
  add(answer: PendingAnswer, leavesWork: boolean): void {
    const timeline = this.#timelineOf(answer);
    timeline.waiting.push(answer);
    this.#count += 1;
    if (!leavesWork) return;
    answer.awaitsFence = true;
    timeline.uncovered.push(answer);
    if (this.#due) return;
    this.#due = true;
    // One fence for all that came together: it costs as much as a submit.
    queueMicrotask(() => this.makeDue());
  }

  /** Makes the fences that are due; before a context ends, whose rings can't be given one afterwards. */
  makeDue(): void {
    if (!this.#due) return;
    this.#due = false;
    if (this.#global.uncovered.length > 0) this.#cover(this.#global);
    for (const timeline of this.#rings.values()) if (timeline.uncovered.length > 0) this.#cover(timeline);
  }

  /** An answer is done: sends all that nothing is in front of. */
  settle(answer: PendingAnswer): void {
    this.#release(this.#timelineOf(answer));
  }

  /** The guest waits for nothing any more. */
  end(): void {
    this.#isOver = true;
    this.#due = false;
    this.#count = 0;
  }

  #timelineOf({ isOnRing, contextId, ringIndex }: PendingAnswer): Timeline {
    if (!isOnRing) return this.#global;
    const key = contextId * MAX_RINGS + ringIndex;
    const known = this.#rings.get(key);
    if (known !== undefined) return known;
    const timeline = new Timeline(contextId, ringIndex);
    this.#rings.set(key, timeline);
    return timeline;
  }

  #cover(timeline: Timeline): void {
    const covered = timeline.uncovered;
    timeline.uncovered = [];
    const reached = (): void => {
      for (const answer of covered) answer.awaitsFence = false;
      this.#release(timeline);
    };
    // A fence that can't be had is one that is reached: the guest must not wait for ever.
    this.#make(timeline.contextId, timeline.ringIndex).then(reached, reached);
  }

  #release(timeline: Timeline): void {
    if (this.#isOver) return;
    const { waiting } = timeline;
    let sent = 0;
    while (sent < waiting.length && waiting[sent].isDone && !waiting[sent].awaitsFence) sent += 1;
    if (sent === 0) return;
    this.#count -= sent;
    const ready = waiting.splice(0, sent);
    if (waiting.length === 0 && timeline.ringIndex !== undefined)
      this.#rings.delete(timeline.contextId * MAX_RINGS + timeline.ringIndex);
    for (const answer of ready) this.#send(answer);
  }
}
