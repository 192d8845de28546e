// The device's side of a split virtqueue. Facts: virtio 1.2, section 2.7.

import { VirglError } from '../../protocol/error';
import type { MemoryMap } from '../memory/memory-map';
import {
  type ChainLayout,
  type ChainLimits,
  ChainWalker,
  copyRequest,
  DEFAULT_CHAIN_LIMITS,
  writeResponse,
} from './descriptor-chain';
import { entriesBetween, needsEvent, nextIndex } from './event-index';
import { type RequestBuffer, RequestBuffers } from './request-buffers';
import type { RingAreas } from './ring-areas';

/** How a queue begins. */
export interface SplitQueueOptions {
  map: MemoryMap;
  areas: RingAreas;
  /** Index of the first chain to take. */
  nextAvailable: number;
  /** Whether EVENT_IDX was negotiated. */
  eventIndex: boolean;
  /** Whether INDIRECT_DESC was negotiated. */
  indirect: boolean;
  limits?: ChainLimits;
  /** Told of a chain that can't be; it is given back without an answer. */
  onBadChain(error: VirglError): void;
}

/** A request that a driver waits to have answered. */
export interface QueuedRequest {
  readonly head: number;
  readonly layout: ChainLayout;
  /** A copy that nobody else has. */
  readonly buffer: RequestBuffer;
}

const brokenRing = (field: string, expected: string, value: number): VirglError =>
  new VirglError('ERR_VIRGL_DECODE', `virtqueue: expected ${expected} for ${field} but found ${value}`, {
    operation: 'virtqueue',
    field,
    value,
  });

/** Takes requests from a ring and puts answers into it, in any order. */
export class SplitQueue {
  readonly #walker: ChainWalker;
  readonly #buffers = new RequestBuffers();
  readonly #eventIndex: boolean;
  readonly #onBadChain: (error: VirglError) => void;
  #map: MemoryMap;
  #areas: RingAreas;
  #nextAvailable: number;
  #usedIndex: number;
  /** The used index that the driver was last told of; undefined before the first time, when it is told in any case. */
  #toldIndex: number | undefined;
  #inFlight = 0;
  #stopped = false;

  constructor({ map, areas, nextAvailable, eventIndex, indirect, limits, onBadChain }: SplitQueueOptions) {
    this.#walker = new ChainWalker(limits ?? DEFAULT_CHAIN_LIMITS, indirect);
    this.#map = map;
    this.#areas = areas;
    this.#nextAvailable = nextAvailable;
    this.#usedIndex = areas.usedIndex;
    this.#eventIndex = eventIndex;
    this.#onBadChain = onBadChain;
  }

  /** Index of the chain that would be taken next. */
  get nextAvailable(): number {
    return this.#nextAvailable;
  }

  /** Requests that were taken and not answered. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Goes on in another map of the guest's memory. */
  remap(map: MemoryMap, areas: RingAreas): void {
    this.#map = map;
    this.#areas = areas;
  }

  /** From now on the ring is not touched: answers that come late are dropped. */
  stop(): void {
    this.#stopped = true;
  }

  /**
   * The next request; undefined when there is none.
   * @throws VirglError `ERR_VIRGL_DECODE` when the ring makes no sense; it is of no use then
   */
  take(): QueuedRequest | undefined {
    const { size } = this.#areas;
    for (;;) {
      const waiting = entriesBetween(this.#nextAvailable, this.#areas.availableIndex);
      if (waiting === 0 || this.#stopped) return undefined;
      if (waiting > size) throw brokenRing('the available index', `at most ${size} new entries`, waiting);
      const head = this.#areas.availableHead(this.#nextAvailable);
      if (head >= size) throw brokenRing('the head of a chain', `less than ${size}`, head);
      this.#nextAvailable = nextIndex(this.#nextAvailable);
      const request = this.#read(head);
      if (request !== undefined) return request;
    }
  }

  /** Answers a request, with as much as there is room for. Harmless when the queue was stopped meanwhile. */
  answer({ head, layout, buffer }: QueuedRequest, response: Uint8Array): void {
    if (this.#stopped) return;
    this.#inFlight -= 1;
    let written = 0;
    try {
      written = writeResponse(this.#map, layout, response);
    } catch (error) {
      this.#onBadChain(error as VirglError);
    }
    this.#buffers.giveBack(buffer);
    this.#use(head, written);
  }

  /** Asks the driver not to tell of what it makes available while we look anyway. */
  pauseKicks(): void {
    // With EVENT_IDX it doesn't, because the index that we wait for is behind us.
    if (!this.#eventIndex) this.#areas.isNotifyOff = true;
  }

  /** Asks the driver to tell again. True if something is there already, of which it will not. */
  resumeKicks(): boolean {
    if (this.#eventIndex) this.#areas.availableEvent = this.#nextAvailable;
    else this.#areas.isNotifyOff = false;
    return this.#areas.availableIndex !== this.#nextAvailable;
  }

  /** Whether the driver wants to be told of the answers since the last time that this was asked. */
  takeInterrupt(): boolean {
    const old = this.#toldIndex;
    const now = this.#usedIndex;
    if (old === now || this.#stopped) return false;
    this.#toldIndex = now;
    if (!this.#eventIndex) return !this.#areas.isInterruptOff;
    return old === undefined || needsEvent(this.#areas.usedEvent, now, old);
  }

  #read(head: number): QueuedRequest | undefined {
    try {
      const layout = this.#walker.walk(this.#map, this.#areas.descriptors, head);
      const buffer = this.#buffers.take(layout.requestBytes);
      copyRequest(this.#map, layout, buffer);
      this.#inFlight += 1;
      return { head, layout, buffer };
    } catch (error) {
      if (!(error instanceof VirglError)) throw error;
      this.#onBadChain(error);
      this.#use(head, 0);
      return undefined;
    }
  }

  #use(head: number, lengthBytes: number): void {
    this.#areas.putUsed(this.#usedIndex, head, lengthBytes);
    this.#usedIndex = nextIndex(this.#usedIndex);
  }
}
