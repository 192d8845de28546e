// One virtqueue as the front-end sets it up: addresses, doorbells, whether it runs.

import { EventFd, type FileDescriptor } from '../../host';
import { VirglError } from '../../protocol/error';
import type { MemoryMap } from '../memory/memory-map';
import { isRingSize, RingAreas, type RingAddresses } from '../queue/ring-areas';
import { SplitQueue } from '../queue/split-queue';

/** What was negotiated for rings. */
export interface RingModes {
  eventIndex: boolean;
  indirect: boolean;
}

/** A doorbell of a ring. */
export type Doorbell = 'kick' | 'call' | 'err';

/** One virtqueue. */
export class Vring implements Disposable {
  readonly index: number;
  size = 0;
  /** Index of the first chain to take when it starts. */
  base = 0;
  addresses: RingAddresses | undefined;
  enabled = false;
  /** The ring made no sense; nothing more is taken from it until it is started again. */
  broken = false;
  /** The base that was told when it was stopped last. */
  stoppedBase: number | undefined;
  /** While it is started. */
  queue: SplitQueue | undefined;
  readonly #bells: Partial<Record<Doorbell, EventFd>> = {};
  readonly #onBadChain: (error: VirglError) => void;

  constructor(index: number, onBadChain: (vring: Vring, error: VirglError) => void) {
    this.index = index;
    this.#onBadChain = (error) => onBadChain(this, error);
  }

  /** Takes requests. */
  get isRunning(): boolean {
    return this.queue !== undefined && this.enabled && !this.broken;
  }

  /** The descriptor that becomes readable when the driver has made something available. */
  get kickFd(): number | undefined {
    return this.#bells.kick?.fd;
  }

  /** Replaces a doorbell; undefined for none. @throws VirglError for a descriptor that is no eventfd, which is closed */
  setBell(bell: Doorbell, fd: FileDescriptor | undefined): void {
    this.#bells[bell]?.close();
    this.#bells[bell] = undefined;
    if (fd === undefined) return;
    try {
      this.#bells[bell] = EventFd.adopt(fd);
    } catch (error) {
      fd.close();
      throw error;
    }
  }

  /** Raises an interrupt, if the driver wants one. */
  callIfWanted(): void {
    if (this.queue?.takeInterrupt() === true) this.#bells.call?.signal();
  }

  /** Tells the front-end that the ring made no sense. */
  break(): void {
    this.broken = true;
    this.#bells.err?.signal();
  }

  /** Begins to take requests. @throws VirglError for a ring that can't be */
  start(map: MemoryMap, { eventIndex, indirect }: RingModes): void {
    const areas = this.#areas(map);
    this.broken = false;
    this.queue = new SplitQueue({
      map,
      areas,
      nextAvailable: this.base,
      eventIndex,
      indirect,
      onBadChain: this.#onBadChain,
    });
  }

  /** The guest's memory is another one. @throws VirglError when the ring is not in it */
  remap(map: MemoryMap): void {
    this.queue?.remap(map, this.#areas(map));
  }

  /** Stops; returns the index of the first chain that was not taken. */
  stop(): number {
    this.base = this.queue?.nextAvailable ?? this.base;
    this.stoppedBase = this.base;
    this.queue?.stop();
    this.queue = undefined;
    this.setBell('kick', undefined);
    return this.base;
  }

  [Symbol.dispose](): void {
    this.queue?.stop();
    this.queue = undefined;
    for (const bell of Object.values(this.#bells)) bell?.close();
  }

  #areas(map: MemoryMap): RingAreas {
    const { size, addresses, index } = this;
    if (!isRingSize(size) || addresses === undefined)
      throw new VirglError(
        'ERR_VIRGL_DECODE',
        `vhost-user SET_VRING_KICK: expected SET_VRING_NUM and SET_VRING_ADDR before it for ring ${index}`,
        { operation: 'SET_VRING_KICK', field: 'index', value: index },
      );
    return new RingAreas(map, addresses, size);
  }
}
