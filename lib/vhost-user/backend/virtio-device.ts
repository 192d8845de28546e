// What a device has to be for a vhost-user backend to carry it.

import type { MemoryMap } from '../memory/memory-map';
import type { RequestBuffer } from '../queue/request-buffers';

/** A virtio device without a transport. */
export interface VirtioDevice {
  /** Feature bits of the device type; those of rings are the transport's. */
  readonly features: bigint;
  readonly queueCount: number;
  /** What the driver accepted of {@link features}. */
  acceptFeatures(features: bigint): void;
  /** The guest's memory is another one from now on. */
  useMemory(memory: MemoryMap): void;
  readConfig(offset: number, lengthBytes: number): Uint8Array;
  writeConfig(offset: number, bytes: Uint8Array): void;
  /**
   * Carries a request out. The buffer is the device's until it has answered.
   * @param respond called once, now or later; the bytes are copied before it returns
   */
  handle(queue: number, request: RequestBuffer, respond: (response: Uint8Array) => void): void;
  /** The driver begins anew. */
  reset(): Promise<void>;
}
