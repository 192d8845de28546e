// Displays that QEMU shows from the renderer's own memory: it is given dma-bufs, and told what has changed in them.

import { VirglError } from '../../protocol/error';
import type { Rect, ScanoutBuffer } from '../../virtio-gpu';
import { encodeDmabufScanout, encodeDmabufUpdate } from './display-messages';
import type { DisplaySocket } from './display-socket';

/** Where dma-bufs come from. */
export interface ScanoutBuffers {
  /**
   * What a display shows now.
   * @throws VirglError `ERR_VIRGL_UNSUPPORTED` for a picture that can't be had that way; any other error says that none can
   */
  export(index: number): Promise<ScanoutBuffer>;
  /** Settles when all that was drawn so far is in them. */
  drawn(): Promise<void>;
}

/** What QEMU has of one display. */
class ShownBuffer {
  /** The guest shows another picture than QEMU has. */
  isStale = true;
  /** This picture goes as pixels. */
  isRefused = false;
  /** QEMU shows a dma-buf. */
  isShown = false;
}

const NOT_AT_CORNER = 'a part at 0,0 of its buffer, because QEMUs do not look where it begins,';

const checkCorner = ({ fd, rect: { x, y } }: ScanoutBuffer): void => {
  if (x === 0 && y === 0) return;
  fd.close();
  throw new VirglError(
    'ERR_VIRGL_UNSUPPORTED',
    `dma-buf of a display: expected ${NOT_AT_CORNER} for rect but found ${x},${y}`,
    { operation: 'exportScanout', field: 'rect', value: { x, y } },
  );
};

/** The dma-bufs of one connection. */
export class DisplayBuffers {
  readonly #socket: DisplaySocket;
  readonly #source: ScanoutBuffers;
  readonly #shown: readonly ShownBuffer[];
  readonly #onRefused: (index: number, error: Error) => void;
  #isOff = false;
  #isBusy = false;
  #isDrawing = false;

  /** @param onRefused told of each display of which QEMU needs pixels from now on, and why */
  constructor(
    socket: DisplaySocket,
    source: ScanoutBuffers,
    count: number,
    onRefused: (index: number, error: Error) => void,
  ) {
    this.#socket = socket;
    this.#source = source;
    this.#shown = Array.from({ length: count }, () => new ShownBuffer());
    this.#onRefused = onRefused;
  }

  /** Whether an update is on its way. QEMU can't tell answers to several apart, so that there is one at a time. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Whether a fence of the host is waited for. */
  get isDrawing(): boolean {
    return this.#isDrawing;
  }

  /** Whether a display is shown that way. */
  has(index: number): boolean {
    return !this.#isOff && this.#shown[index]?.isRefused === false;
  }

  /** A display shows another picture, or none. */
  replaced(index: number): void {
    const shown = this.#shown[index];
    if (shown === undefined) return;
    shown.isStale = true;
    shown.isRefused = false;
  }

  /** Takes its dma-buf from a display, if it has one. */
  release(index: number): void {
    const shown = this.#shown[index];
    if (!shown.isShown) return;
    shown.isShown = false;
    this.#socket.send(encodeDmabufScanout(index, undefined));
  }

  /** Shows what has changed in a display. Never rejects; may settle only when QEMU has shown it, or is gone. */
  async update(index: number, damage: Rect): Promise<void> {
    this.#isBusy = true;
    try {
      const rect = await this.#give(index, damage);
      if (rect === undefined) return;
      await this.#drawn();
      // Another picture since: that one is told when something is drawn in it.
      if (this.#shown[index].isStale) return;
      await this.#socket.ask('DMABUF_UPDATE', encodeDmabufUpdate(index, rect));
    } catch (error) {
      this.#refused(index, error as Error);
    } finally {
      this.#isBusy = false;
    }
  }

  /** Gives QEMU the picture, unless it has it; returns what of it is new, undefined where it is out of date already. */
  async #give(index: number, damage: Rect): Promise<Rect | undefined> {
    const shown = this.#shown[index];
    if (!shown.isStale) return damage;
    shown.isStale = false;
    const buffer = await this.#source.export(index);
    // It was replaced meanwhile, which the call may not have seen.
    if (shown.isStale as boolean) {
      buffer.fd.close();
      return undefined;
    }
    checkCorner(buffer);
    this.#socket.send(encodeDmabufScanout(index, buffer), buffer.fd);
    shown.isShown = true;
    return { ...buffer.rect };
  }

  async #drawn(): Promise<void> {
    this.#isDrawing = true;
    // A fence that can't be had counts as reached.
    await this.#source.drawn().catch(() => undefined);
    this.#isDrawing = false;
  }

  #refused(index: number, error: Error): void {
    if (!(error instanceof VirglError && error.code === 'ERR_VIRGL_UNSUPPORTED')) {
      this.#isOff = true;
      this.#shown.forEach((_, each) => this.#fallBack(each, error));
      return;
    }
    // What replaced the picture is tried for itself.
    if (this.#shown[index].isStale) return;
    this.#shown[index].isRefused = true;
    this.#fallBack(index, error);
  }

  #fallBack(index: number, error: Error): void {
    this.release(index);
    this.#onRefused(index, error);
  }
}
