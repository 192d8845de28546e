// Somebody at a VNC viewer who looks and types.

import net from 'node:net';
import type { Image } from '../../../lib/image';
import { CLIENT, PSEUDO, TestViewer } from '../../display/support/test-viewer';

const ZRLE = 16;
const ENCODINGS = [ZRLE, PSEUDO.desktopSize, PSEUDO.fence, PSEUDO.continuousUpdates];
/** Larger than any screen here. */
const EVERYWHERE = [0, 0, 0xffff, 0xffff] as const;
const KEYSYM_RETURN = 0xff0d;
const BETWEEN_KEYS_MS = 30;

/** A viewer whose user types names of characters: it knows no scan codes. */
export class VncTypist implements Disposable {
  readonly #viewer: TestViewer;

  private constructor(viewer: TestViewer) {
    this.#viewer = viewer;
  }

  static async connect(port: number): Promise<VncTypist> {
    const viewer = await new TestViewer(net.connect(port, '127.0.0.1')).open();
    viewer.send(
      CLIENT.setEncodings(ENCODINGS),
      CLIENT.request(false, ...EVERYWHERE),
      CLIENT.continuousUpdates(true, ...EVERYWHERE),
    );
    const typist = new VncTypist(viewer);
    void typist.#look();
    return typist;
  }

  /** What it shows now. */
  get picture(): Image {
    const { width, height, pixels } = this.#viewer.canvas;
    const data = new Uint8Array(width * height * 4);
    const view = new DataView(data.buffer);
    pixels.forEach((pixel, index) => view.setUint32(index * 4, ((pixel << 8) | 0xff) >>> 0));
    return { width, height, data };
  }

  /** Types text; `\n` is Return. */
  async type(text: string): Promise<void> {
    for (const character of text) {
      const keysym = character === '\n' ? KEYSYM_RETURN : character.charCodeAt(0);
      this.#viewer.send(CLIENT.key(keysym, true), CLIENT.key(keysym, false));
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_KEYS_MS));
    }
  }

  [Symbol.dispose](): void {
    this.#viewer.stream.destroy();
  }

  async #look(): Promise<void> {
    try {
      for (;;) await this.#viewer.message();
    } catch {
      // The connection has ended; whoever waits for a picture says so.
    }
  }
}
