// What a session process tells its supervisor of the guest's displays: sizes and cursors always, pixels only while somebody watches, and
// no quicker than they are taken.

import { type ReceiveSyncOptions, SharedMemory, type UnixSocket } from '../../host';
import { type LoopPart, NO_FDS } from '../session/loop-part';
import {
  decodeFrameMessage,
  encodeFrameMessage,
  type FrameMessage,
  MAX_FRAME_MESSAGE_BYTES,
  type ViewerMessage,
} from './frame-messages';
import { type PendingChanges, PendingDisplays } from './pending-changes';
import { type ReadScanout, type Size, wholeOf } from './scanout-sink';

const NOT_WAITING: ReceiveSyncOptions = Object.freeze({ waitMs: 0 });
const PIXEL_BYTES = 4;

/** How frames get out of a session process. */
export interface FramePublisherOptions {
  /** Its other end is the supervisor's; of messages. */
  socket: UnixSocket;
  scanouts: number;
  /** Frames of a display in a second, at most. */
  rateHz: number;
  read: ReadScanout;
  warn(message: string): void;
}

/** Who watches a display. */
class Watched {
  on = false;
  /** The supervisor has not taken the last frame. */
  isAwaited = false;
  memory: SharedMemory | undefined;

  close(): void {
    this.memory?.close();
    this.memory = undefined;
  }
}

/** Publishes displays. */
export class FramePublisher extends PendingDisplays implements LoopPart, Disposable {
  readonly #options: FramePublisherOptions;
  readonly #intervalMs: number;
  readonly #watched: readonly Watched[];
  readonly #received = new Uint8Array(MAX_FRAME_MESSAGE_BYTES);
  /** The socket, while it is open. */
  #fds: readonly number[];
  #isFull = false;
  #isReading = false;

  constructor(options: FramePublisherOptions) {
    super(options.scanouts);
    this.#fds = Object.freeze([options.socket.fd]);
    this.#options = options;
    this.#intervalMs = 1000 / options.rateHz;
    this.#watched = this.displays.map(() => new Watched());
  }

  readFds(): readonly number[] {
    return this.#fds;
  }

  writeFds(): readonly number[] {
    return this.#isFull ? this.#fds : NO_FDS;
  }

  nextMs(): number {
    if (this.#isFull || this.#isReading || this.#fds === NO_FDS) return Infinity;
    let next = Infinity;
    for (let index = 0; index < this.usedCount; index += 1)
      next = Math.min(next, this.#dueMs(this.displays[index], index));
    return next;
  }

  turn(nowMs: number): void {
    try {
      this.#receive();
      this.#isFull = false;
      this.displays.forEach((display, index) => this.#tell(index, display, nowMs));
    } catch {
      // The supervisor is gone, and soon this process will be.
      this[Symbol.dispose]();
    }
  }

  [Symbol.dispose](): void {
    this.#fds = NO_FDS;
    this.#options.socket.close();
    for (const watched of this.#watched) watched.close();
  }

  #dueMs(display: PendingChanges, index: number): number {
    if (display.hasNews) return 0;
    const { on, isAwaited } = this.#watched[index];
    return on && !isAwaited ? display.updateDueMs(this.#intervalMs) : Infinity;
  }

  #receive(): void {
    const { socket } = this.#options;
    while (!socket.closed) {
      const length = socket.receiveSync(this.#received, NOT_WAITING);
      if (length < 0) return;
      if (length === 0) this[Symbol.dispose]();
      else this.#handle(decodeFrameMessage<ViewerMessage>(this.#received.subarray(0, length)));
    }
  }

  #handle(message: ViewerMessage): void {
    const watched = this.#watched[message.index];
    const display = this.displays[message.index];
    if (watched === undefined || display === undefined) return;
    watched.isAwaited = false;
    if (message.type !== 'watch') return;
    watched.on = message.on;
    if (message.on) display.damage = display.size && wholeOf(display.size);
    else watched.close();
  }

  /** False when the supervisor has to read first. */
  #send(message: FrameMessage, memory?: SharedMemory): boolean {
    if (this.#isFull || this.#options.socket.closed) return false;
    using fd = memory?.duplicateFd();
    this.#isFull = this.#options.socket.trySend(encodeFrameMessage(message), fd) === 0;
    return !this.#isFull;
  }

  #tell(index: number, display: PendingChanges, nowMs: number): void {
    const watched = this.#watched[index];
    if (display.isResized && !this.#tellSize(index, display, watched)) return;
    if (!this.#tellCursor(index, display)) return;
    if (this.#isReading || nowMs < this.#dueMs(display, index) || display.size === undefined) return;
    const memory = watched.memory ?? this.#makeMemory(index, display.size, watched);
    if (memory !== undefined) this.#update(index, display, watched, memory, nowMs);
  }

  #tellSize(index: number, display: PendingChanges, watched: Watched): boolean {
    const { width, height } = display.size ?? { width: 0, height: 0 };
    if (!this.#send({ type: 'size', index, width, height })) return false;
    display.isResized = false;
    watched.close();
    return true;
  }

  #tellCursor(index: number, display: PendingChanges): boolean {
    const { cursor, isCursorChanged, isCursorMoved } = display;
    if (cursor === undefined || !(isCursorChanged || isCursorMoved)) return true;
    const { width, height, hotX, hotY, x, y, visible } = cursor;
    const pixels = Buffer.from(cursor.pixels).toString('base64');
    const message: FrameMessage = isCursorChanged
      ? { type: 'cursor', index, width, height, hotX, hotY, x, y, visible, pixels }
      : { type: 'cursorMoved', index, x, y };
    if (!this.#send(message)) return false;
    display.isCursorChanged = false;
    display.isCursorMoved = false;
    return true;
  }

  #makeMemory(index: number, { width, height }: Size, watched: Watched): SharedMemory | undefined {
    const memory = SharedMemory.create(width * height * PIXEL_BYTES, { name: 'virgl-frame' });
    if (!this.#send({ type: 'memory', index, width, height }, memory)) {
      memory.close();
      return undefined;
    }
    watched.memory = memory;
    return memory;
  }

  #update(
    index: number,
    display: PendingChanges,
    watched: Watched,
    memory: SharedMemory,
    nowMs: number,
  ): void {
    const { size } = display;
    const rect = display.takeDamage(nowMs);
    if (rect === undefined || size === undefined) return;
    const strideBytes = size.width * PIXEL_BYTES;
    const into = memory.bytes.subarray(rect.y * strideBytes + rect.x * PIXEL_BYTES);
    this.#isReading = true;
    this.#options.read(index, rect, into, strideBytes).then(
      () => {
        this.#isReading = false;
        if (watched.memory !== memory || display.isResized) return;
        watched.isAwaited = this.#send({ type: 'frame', index, ...rect });
        if (!watched.isAwaited) display.damaged(rect);
      },
      (error: Error) => {
        this.#isReading = false;
        this.#options.warn(`display ${index} could not be read: ${error.message}`);
      },
    );
  }
}
