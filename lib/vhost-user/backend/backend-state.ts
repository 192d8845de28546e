// What a vhost-user backend knows of its front-end.

import type { FileDescriptor } from '../../host';
import { VirglError } from '../../protocol/error';
import { MemoryMap } from '../memory/memory-map';
import { hasBit, PROTOCOL_FEATURES, RING_FEATURES } from '../protocol/features';
import type { VirtioDevice } from './virtio-device';
import { Vring } from './vring';

/** What a backend is made for. */
export interface BackendOptions {
  device: VirtioDevice;
  /** Takes the display socket of a GPU. */
  onDisplaySocket?(fd: FileDescriptor): void;
  /** Told of what a driver did wrong. */
  warn(message: string): void;
}

/** State that requests change. */
export class BackendState implements Disposable {
  readonly device: VirtioDevice;
  readonly options: BackendOptions;
  readonly vrings: readonly Vring[];
  features = 0n;
  protocolFeatures = 0n;
  memory = MemoryMap.EMPTY;
  /** Requests that the device was given since it was reset. */
  handled = 0;
  /** While the device is being reset, nothing is taken from rings. */
  resetting: Promise<void> | undefined;

  constructor(options: BackendOptions) {
    const { device, warn } = options;
    this.device = device;
    this.options = options;
    this.vrings = Array.from(
      { length: device.queueCount },
      (_, index) => new Vring(index, (vring, error) => warn(`queue ${vring.index}: ${error.message}`)),
    );
  }

  /** @throws VirglError for a ring that the device does not have */
  vring(operation: string, index: number): Vring {
    const vring = this.vrings[index];
    if (vring !== undefined) return vring;
    throw new VirglError(
      'ERR_VIRGL_DECODE',
      `vhost-user ${operation}: expected a ring from 0 to ${this.vrings.length - 1} for index but received ${index}`,
      { operation, field: 'index', value: index },
    );
  }

  /** Whether the front-end and we speak of a feature of the protocol. */
  speaks(feature: keyof typeof PROTOCOL_FEATURES): boolean {
    return hasBit(this.protocolFeatures, PROTOCOL_FEATURES[feature]);
  }

  /** Another state of the guest's memory. @throws VirglError when a ring that runs is not in it */
  useMemory(memory: MemoryMap): void {
    this.memory = memory;
    this.device.useMemory(memory);
    for (const vring of this.vrings) if (vring.queue !== undefined) vring.remap(memory);
  }

  /** Starts a ring; before the first one, finds out whether the driver begins anew. */
  start(vring: Vring): void {
    const isFirst = this.vrings.every(({ queue }) => queue === undefined);
    if (isFirst && this.#isAnew(vring)) this.reset();
    vring.start(this.memory, {
      eventIndex: hasBit(this.features, RING_FEATURES.EVENT_IDX),
      indirect: hasBit(this.features, RING_FEATURES.INDIRECT_DESC),
    });
  }

  /** Resets the device. */
  reset(): void {
    this.handled = 0;
    const resetting = this.device.reset().then(
      () => {
        if (this.resetting === resetting) this.resetting = undefined;
      },
      (error: Error) => {
        this.options.warn(`the device could not be reset: ${error.message}`);
        if (this.resetting === resetting) this.resetting = undefined;
      },
    );
    this.resetting = resetting;
  }

  [Symbol.dispose](): void {
    for (const vring of this.vrings) vring[Symbol.dispose]();
    this.memory.close();
  }

  /**
   * The protocol does not tell a driver that begins anew from a machine that was paused: both stop the rings and start them.
   * One that was paused goes on where it was.
   */
  #isAnew(vring: Vring): boolean {
    return this.handled > 0 && (vring.base === 0 || vring.base !== vring.stoppedBase);
  }
}
