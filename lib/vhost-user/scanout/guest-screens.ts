// The displays of one guest, seen from the supervisor: what its session process tells of them.

import { setTimeout as sleep } from 'node:timers/promises';
import { SharedMemory, UnixSocket } from '../../host';
import {
  decodeFrameMessage,
  encodeFrameMessage,
  type FrameMessage,
  MAX_FRAME_MESSAGE_BYTES,
} from './frame-messages';
import { GuestScreen } from './guest-screen';
import type { Size } from './scanout-sink';

const PIXEL_BYTES = 4;
/** How often a screen that rests is looked at. */
const REST_LOOK_MS = 10;

/** All screens of a guest. */
export class GuestScreens {
  readonly screens: readonly GuestScreen[];
  /** The session process's end; whoever has sent it closes it. */
  readonly theirs: UnixSocket;
  readonly #socket: UnixSocket;
  readonly #onResized: (index: number, size: Size) => void;

  constructor(label: string, count: number, onResized: (index: number, size: Size) => void) {
    const [socket, theirs] = UnixSocket.pair('seqpacket');
    this.#socket = socket;
    this.theirs = theirs;
    this.#onResized = onResized;
    this.screens = Array.from(
      { length: count },
      (_, index) =>
        new GuestScreen(`${label}, display ${index}`, index, (on) => this.#say({ type: 'watch', index, on })),
    );
    void this.#listen();
  }

  close(): void {
    this.theirs.close();
    this.#socket.close();
    for (const screen of this.screens) screen.close();
  }

  #say(message: Parameters<typeof encodeFrameMessage>[0]): void {
    if (this.#socket.closed) return;
    // The session process may be gone, which others see.
    this.#socket.send(encodeFrameMessage(message)).catch(() => undefined);
  }

  /** Lets the next frame be read when somebody needs it. */
  async #take(screen: GuestScreen): Promise<void> {
    const filledMs = performance.now();
    const leftMs = (): number => filledMs + screen.restMs() - performance.now();
    // It may be needed sooner than it was said at first: when somebody types.
    for (let left = leftMs(); left > 0 && !this.#socket.closed; left = leftMs())
      await sleep(Math.min(left, REST_LOOK_MS), undefined, { ref: false });
    this.#say({ type: 'taken', index: screen.index });
  }

  async #listen(): Promise<void> {
    const bytes = new Uint8Array(MAX_FRAME_MESSAGE_BYTES);
    try {
      for (
        let length = await this.#socket.receive(bytes);
        length > 0;
        length = await this.#socket.receive(bytes)
      )
        this.#handle(decodeFrameMessage<FrameMessage>(bytes.subarray(0, length)));
    } catch {
      // Closed by us, or the session process died in the middle of a message; that is told elsewhere.
    }
  }

  #handle(message: FrameMessage): void {
    using fd = this.#socket.takeFd();
    const screen = this.screens[message.index];
    if (screen === undefined) return;
    switch (message.type) {
      case 'size':
        screen.resize({ width: message.width, height: message.height });
        this.#onResized(message.index, screen.size);
        break;
      case 'memory':
        if (fd !== undefined) {
          const { width, height } = message;
          screen.useMemory(SharedMemory.fromFd(fd, { sizeBytes: width * height * PIXEL_BYTES }), {
            width,
            height,
          });
        }
        break;
      case 'frame': {
        const { x, y, width, height } = message;
        screen.fill({ x, y, width, height });
        void this.#take(screen);
        break;
      }
      case 'cursor': {
        const { width, height, hotX, hotY, x, y, visible } = message;
        const pixels = new Uint8Array(Buffer.from(message.pixels, 'base64'));
        screen.showCursor({ width, height, hotX, hotY, x, y, visible, pixels });
        break;
      }
      case 'cursorMoved':
        if (screen.cursor !== undefined) screen.showCursor({ ...screen.cursor, x: message.x, y: message.y });
        break;
    }
  }
}
