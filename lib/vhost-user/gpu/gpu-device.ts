// A virtio-gpu as a vhost-user backend carries it.

import {
  CONTROL_COMMANDS,
  type DisplayMode,
  HEADER,
  type Respond,
  type VirtioGpuDevice,
} from '../../virtio-gpu';
import type { VirtioDevice } from '../backend/virtio-device';
import type { MemoryMap } from '../memory/memory-map';
import type { RequestBuffer } from '../queue/request-buffers';
import type { Size } from '../scanout/scanout-sink';

/** What a {@link GpuDevice} needs beside the device. */
export interface GpuDeviceOptions {
  device: VirtioGpuDevice;
  scanouts: number;
  /** Size of every display, whatever QEMU says. */
  size?: Size;
  /** How QEMU would have its displays; undefined where there is nobody to ask. */
  modes(): Promise<readonly DisplayMode[] | undefined>;
  /** The command that is being carried out; 0 for none. */
  begin(commandId: number): void;
  end(): void;
}

const CURSOR_QUEUE = 1;
/** What QEMU knows better than the device. */
const QUESTIONS: ReadonlySet<number> = new Set([
  CONTROL_COMMANDS.GET_DISPLAY_INFO.id,
  CONTROL_COMMANDS.GET_EDID.id,
]);

const isSame = (a: DisplayMode | undefined, b: DisplayMode): boolean =>
  a !== undefined &&
  a.enabled === b.enabled &&
  a.rect.width === b.rect.width &&
  a.rect.height === b.rect.height;

/** The device of a session. */
export class GpuDevice implements VirtioDevice {
  readonly queueCount = 2;
  readonly #options: GpuDeviceOptions;
  readonly #device: VirtioGpuDevice;
  readonly #modes: DisplayMode[] = [];
  /** Requests of this many resets ago are nobody's. */
  #resets = 0;

  constructor(options: GpuDeviceOptions) {
    this.#options = options;
    this.#device = options.device;
  }

  get features(): bigint {
    return this.#device.features;
  }

  acceptFeatures(features: bigint): void {
    this.#device.acceptFeatures(features);
  }

  useMemory(memory: MemoryMap): void {
    this.#device.memory = memory;
  }

  readConfig(offset: number, lengthBytes: number): Uint8Array {
    return this.#device.readConfig(offset, lengthBytes);
  }

  writeConfig(offset: number, bytes: Uint8Array): void {
    this.#device.writeConfig(offset, bytes);
  }

  handle(queue: number, request: RequestBuffer, respond: Respond): void {
    const type = request.lengthBytes < HEADER.sizeBytes ? 0 : request.view.getUint32(0, true);
    if (queue !== CURSOR_QUEUE && QUESTIONS.has(type)) {
      const { size } = this.#options;
      // Held back until QEMU has said how large its displays are; other requests go on meanwhile.
      const life = this.#resets;
      void this.#options.modes().then((modes) => {
        if (life !== this.#resets) return;
        if (modes !== undefined) this.#adopt(modes, size);
        this.#run(queue, type, request, respond);
      });
      return;
    }
    this.#run(queue, type, request, respond);
  }

  reset(): Promise<void> {
    this.#resets += 1;
    return this.#device.reset();
  }

  #run(queue: number, type: number, request: RequestBuffer, respond: Respond): void {
    this.#options.begin(type);
    if (queue === CURSOR_QUEUE) this.#device.cursor(request, respond);
    else this.#device.control(request, respond);
    this.#options.end();
  }

  #adopt(modes: readonly DisplayMode[], size: Size | undefined): void {
    modes.slice(0, this.#options.scanouts).forEach((mode, index) => {
      if (isSame(this.#modes[index], mode)) return;
      this.#modes[index] = mode;
      const { width, height } = size ?? mode.rect;
      const enabled = mode.enabled && width > 0 && height > 0;
      this.#device.setDisplay(index, enabled ? { width, height } : { width: 1024, height: 768, enabled });
    });
  }
}
