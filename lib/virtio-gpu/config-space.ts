// The configuration space of the device. Facts: virtio 1.2, section 5.7.4.

import { StructCodec } from './struct-codec';
import { viewOf } from './messages';

const CONFIG = new StructCodec({
  eventsRead: 'u32',
  eventsClear: 'u32',
  numScanouts: 'u32',
  numCapsets: 'u32',
} as const);

/** `VIRTIO_GPU_EVENT_DISPLAY`. */
const DISPLAY_EVENT = 1;

/** What the driver reads and writes there. */
export class ConfigSpace {
  readonly #bytes = new Uint8Array(CONFIG.sizeBytes);
  readonly #view = viewOf(this.#bytes);

  constructor(numScanouts: number, numCapsets: number) {
    CONFIG.encode(this.#view, 0, { numScanouts, numCapsets });
  }

  /** Bytes beyond the end read as 0. */
  read(offset: number, length: number): Uint8Array {
    const read = new Uint8Array(length);
    read.set(this.#bytes.subarray(offset, offset + length));
    return read;
  }

  /** Only `events_clear` can be written: its bits are cleared in `events_read`. */
  write(offset: number, bytes: Uint8Array): void {
    const written = new Uint8Array(CONFIG.sizeBytes);
    written.set(
      bytes.subarray(0, Math.max(0, CONFIG.sizeBytes - offset)),
      Math.min(offset, CONFIG.sizeBytes),
    );
    const { eventsClear } = CONFIG.decode(viewOf(written), 0);
    const { eventsRead } = CONFIG.decode(this.#view, 0);
    CONFIG.encode(this.#view, 0, { eventsRead: (eventsRead & ~eventsClear) >>> 0 });
  }

  /** A display has changed. */
  raiseDisplayEvent(): void {
    CONFIG.encode(this.#view, 0, { eventsRead: DISPLAY_EVENT });
  }

  /** The device was reset. */
  clearEvents(): void {
    CONFIG.encode(this.#view, 0, { eventsRead: 0 });
  }
}
