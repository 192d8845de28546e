// QEMU's SDL window on a virtual display. SDL puts the window in the middle of the screen while it is still as small as a text
// console; later it only grows. So the screen is made so large that the guest's picture fits beside that corner.

import type { Image } from '../../image';
import { VirtualDisplay } from './xvfb';

/** Size of QEMU's window before the guest shows something. */
const FIRST = { width: 640, height: 480 } as const;

const screenLength = (first: number, length: number): number => Math.max(first, 2 * length - first);

/** A virtual display for one QEMU. */
export class QemuWindow implements AsyncDisposable {
  readonly #display: VirtualDisplay;
  readonly #width: number;
  readonly #height: number;

  private constructor(display: VirtualDisplay, width: number, height: number) {
    this.#display = display;
    this.#width = width;
    this.#height = height;
  }

  /**
   * Starts a display for a guest's screen of this size.
   * @throws VirglError `ERR_VIRGL_SYSTEM` as VirtualDisplay.open
   */
  static async open(width: number, height: number): Promise<QemuWindow> {
    const screen = [screenLength(FIRST.width, width), screenLength(FIRST.height, height)] as const;
    return new QemuWindow(await VirtualDisplay.open(...screen), width, height);
  }

  /** What QEMU finds it by. */
  get environment(): Readonly<Record<string, string>> {
    return { DISPLAY: this.#display.name, SDL_VIDEODRIVER: 'x11' };
  }

  /** The guest's screen. */
  async capture(): Promise<Image> {
    const { width, height } = { width: this.#width, height: this.#height };
    const screen = await this.#display.capture();
    const left = (screen.width - FIRST.width) / 2;
    const top = (screen.height - FIRST.height) / 2;
    const data = new Uint8Array(width * height * 4);
    for (let row = 0; row < height; row += 1) {
      const start = ((top + row) * screen.width + left) * 4;
      data.set(screen.data.subarray(start, start + width * 4), row * width * 4);
    }
    return { width, height, data };
  }

  /** Ends the display. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#display[Symbol.asyncDispose]();
  }
}
