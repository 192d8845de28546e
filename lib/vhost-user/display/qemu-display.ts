// What QEMU is shown of the guest: sizes, pixels as often as a display is refreshed, and the cursor.

import { type FileDescriptor, UnixSocket } from '../../host';
import type { VirglError } from '../../protocol/error';
import type { DisplayMode } from '../../virtio-gpu';
import { hasBit, maskOf } from '../protocol/features';
import { type PendingChanges, PendingDisplays } from '../scanout/pending-changes';
import { type ReadScanout, type Size, wholeOf } from '../scanout/scanout-sink';
import type { LoopPart } from '../session/loop-part';
import { DisplayBuffers, type ScanoutBuffers } from './display-buffers';
import {
  decodeDisplayInfo,
  decodeProtocolFeatures,
  DISPLAY_FEATURES,
  encodeCursor,
  encodeCursorPosition,
  encodeProtocolFeatures,
  encodeQuestion,
  encodeScanout,
  encodeUpdate,
} from './display-messages';
import { DisplaySocket } from './display-socket';

/** How what displays show gets to QEMU. */
export interface QemuDisplayOptions {
  /** Displays of the device. */
  scanouts: number;
  /** Updates of a display in a second, at most. */
  rateHz: number;
  read: ReadScanout;
  /** Shows displays without a copy where QEMU can; left out where the renderer can't. */
  buffers?: ScanoutBuffers;
  warn(message: string): void;
}

const MS_PER_S = 1000;
const PIXEL_BYTES = 4;
const NO_PROTOCOL_FEATURES = 0n;
/** How often fences are looked for: the loop waits for those of the guest's commands only. */
const FENCE_LOOK_MS = 1;

/** Shows displays in QEMU. One message at a time: what changes meanwhile is told together. */
export class QemuDisplay extends PendingDisplays implements LoopPart, Disposable {
  readonly #options: QemuDisplayOptions;
  readonly #intervalMs: number;
  #socket: DisplaySocket | undefined;
  /** While QEMU shows dma-bufs. */
  #buffers: DisplayBuffers | undefined;
  /** QEMU has still to say what it can show. */
  #isNegotiating = false;
  #isReading = false;
  #isRefusalTold = false;
  #info: Promise<readonly DisplayMode[] | undefined> | undefined;

  constructor(options: QemuDisplayOptions) {
    super(options.scanouts);
    this.#options = options;
    this.#intervalMs = MS_PER_S / options.rateHz;
  }

  /** QEMU's end of a new socket has come; all is shown anew. @throws VirglError for a descriptor that is no socket, which is closed */
  connect(fd: FileDescriptor): void {
    this[Symbol.dispose]();
    let socket: UnixSocket;
    try {
      socket = UnixSocket.adopt(fd);
    } catch (error) {
      fd.close();
      throw error;
    }
    const connected = new DisplaySocket(socket);
    this.#socket = connected;
    for (const display of this.displays) display.restart();
    this.#isNegotiating = this.#options.buffers !== undefined;
    // Nobody waits for the answer: QEMU is waiting for us.
    void connected.ask('GET_PROTOCOL_FEATURES', encodeQuestion('GET_PROTOCOL_FEATURES')).then((payload) => {
      if (payload !== undefined && connected === this.#socket) this.#negotiate(connected, payload);
    });
  }

  /** How QEMU would have its displays now; undefined where there is nobody to ask. */
  modes(): Promise<readonly DisplayMode[] | undefined> {
    const socket = this.#openSocket;
    if (socket === undefined) return Promise.resolve(undefined);
    this.#info ??= socket.ask('GET_DISPLAY_INFO', encodeQuestion('GET_DISPLAY_INFO')).then((payload) => {
      this.#info = undefined;
      return payload && decodeDisplayInfo(payload);
    });
    return this.#info;
  }

  override shown(index: number, size: Size | undefined): void {
    super.shown(index, size);
    this.#buffers?.replaced(index);
  }

  readFds(): readonly number[] {
    const socket = this.#openSocket;
    return socket === undefined ? [] : [socket.fd];
  }

  writeFds(): readonly number[] {
    const socket = this.#openSocket;
    return socket?.isFull === true ? [socket.fd] : [];
  }

  nextMs(): number {
    const socket = this.#openSocket;
    if (socket === undefined || socket.isFull || this.#isReading || this.#isNegotiating) return Infinity;
    const lookMs = this.#buffers?.isDrawing === true ? performance.now() + FENCE_LOOK_MS : Infinity;
    return this.displays.reduce((next, display) => Math.min(next, this.#dueMs(display)), lookMs);
  }

  turn(nowMs: number): void {
    const socket = this.#openSocket;
    if (socket === undefined) return;
    try {
      socket.receive();
    } catch (error) {
      this.#options.warn((error as VirglError).message);
    }
    socket.flush();
    this.displays.forEach((display, index) => this.#tell(socket, index, display, nowMs));
  }

  [Symbol.dispose](): void {
    this.#socket?.[Symbol.dispose]();
    this.#socket = undefined;
    this.#buffers = undefined;
  }

  get #openSocket(): DisplaySocket | undefined {
    return this.#socket?.isOpen === true ? this.#socket : undefined;
  }

  /** QEMU has said what it can show. */
  #negotiate(socket: DisplaySocket, payload: Uint8Array): void {
    this.#isNegotiating = false;
    const { buffers } = this.#options;
    const takes = buffers !== undefined && hasBit(decodeProtocolFeatures(payload), DISPLAY_FEATURES.DMABUF2);
    socket.send(encodeProtocolFeatures(takes ? maskOf([DISPLAY_FEATURES.DMABUF2]) : NO_PROTOCOL_FEATURES));
    if (!takes) return;
    this.#buffers = new DisplayBuffers(socket, buffers, this.displays.length, (index, error) =>
      this.#usePixels(index, error),
    );
  }

  /** A display can't be shown without a copy. */
  #usePixels(index: number, error: Error): void {
    const display = this.displays[index];
    display.isResized = true;
    display.damage = display.size && wholeOf(display.size);
    if (this.#isRefusalTold) return;
    this.#isRefusalTold = true;
    this.#options.warn(`display ${index} goes to QEMU as pixels: ${error.message}`);
  }

  #dueMs(display: PendingChanges): number {
    if (display.hasNews) return 0;
    return this.#buffers?.isBusy === true ? Infinity : display.updateDueMs(this.#intervalMs);
  }

  #tell(socket: DisplaySocket, index: number, display: PendingChanges, nowMs: number): void {
    if (socket.isFull || this.#isReading || this.#isNegotiating) return;
    if (display.isResized) this.#tellSize(socket, index, display);
    this.#tellCursor(socket, index, display);
    if (!socket.isFull && nowMs >= this.#dueMs(display)) this.#update(socket, index, display, nowMs);
  }

  #tellSize(socket: DisplaySocket, index: number, display: PendingChanges): void {
    display.isResized = false;
    const { size } = display;
    if (size === undefined) this.#buffers?.release(index);
    // A dma-buf comes with its size.
    else if (this.#buffers?.has(index) === true) return;
    socket.send(encodeScanout(index, size?.width ?? 0, size?.height ?? 0));
  }

  #tellCursor(socket: DisplaySocket, index: number, display: PendingChanges): void {
    const { cursor, isCursorChanged, isCursorMoved } = display;
    if (cursor === undefined || !(isCursorChanged || isCursorMoved)) return;
    display.isCursorChanged = false;
    display.isCursorMoved = false;
    const hasPicture = cursor.visible && cursor.pixels.byteLength > 0;
    socket.send(
      isCursorChanged && hasPicture ? encodeCursor(index, cursor) : encodeCursorPosition(index, cursor),
    );
  }

  #update(socket: DisplaySocket, index: number, display: PendingChanges, nowMs: number): void {
    const { size } = display;
    const rect = display.takeDamage(nowMs);
    if (rect === undefined || size === undefined) return;
    if (this.#buffers?.has(index) === true) {
      void this.#buffers.update(index, rect);
      return;
    }
    const { bytes, pixels } = encodeUpdate(index, rect);
    this.#isReading = true;
    this.#options.read(index, rect, pixels, rect.width * PIXEL_BYTES).then(
      () => {
        this.#isReading = false;
        // Meanwhile QEMU may have been told of another size, or be gone.
        if (display.isResized || socket !== this.#socket) display.damaged(rect);
        else socket.send(bytes);
      },
      (error: Error) => {
        this.#isReading = false;
        this.#options.warn(`display ${index} could not be read: ${error.message}`);
      },
    );
  }
}
