// A viewer after the handshake: what it says, and what is done about it.

import { BGRX } from '../encode/pixel-format';
import type { Size } from '../source';
import { type ClientMessage, readClientMessage } from './client-messages';
import { Clipboard } from './clipboard';
import { ViewerEncodings } from './encodings';
import type { RfbEvent } from './events';
import type { RfbAccess } from './access';
import type { RfbLimits, RfbOptions } from './options';
import { colourMap, endOfContinuousUpdates, fence } from './server-messages';
import { SizeWish } from './size-wish';
import type { SizeStatus } from './screen-size';
import { Stop } from './stop';
import type { Transport } from './transport';
import { UpdateSender } from './update-sender';
import { ViewerInput } from './viewer-input';

/** What we do about fences: everything is handled in the order in which it comes. */
const FENCE = { request: 0x80000000, understood: 0x3 } as const;
/** Answers that wait for a viewer which only asks; then it is not listened to until it has taken them. */
const MOST_BACKLOG_BYTES = 64 * 1024;
const LOOK_EVERY_MS = 1000;

/** What a session is made of. */
export interface SessionOptions extends Pick<RfbOptions, 'display' | 'onEvent'> {
  transport: Transport;
  limits: RfbLimits;
  access: RfbAccess;
  /** What the viewer was told. */
  size: Size;
  /** Ends the connection. */
  stop(error: unknown): void;
}

type Handlers = {
  [Name in ClientMessage['message']]: (
    message: Extract<ClientMessage, { message: Name }>,
  ) => void | Promise<void>;
};

/** Serves a viewer that was let in. */
export class RfbSession {
  readonly #options: SessionOptions;
  readonly #sender: UpdateSender;
  readonly #input: ViewerInput;
  readonly #clipboard: Clipboard;
  readonly #wish: SizeWish;
  readonly #looks: NodeJS.Timeout;
  #encodings = new ViewerEncodings();
  #answersQueued = 0;
  #last = { frames: 0, sentBytes: 0 };

  constructor(options: SessionOptions) {
    const { display, transport, limits, size, stop } = options;
    this.#options = options;
    this.#input = new ViewerInput(display);
    this.#wish = new SizeWish(display, (status, wanted) => this.#answerWish(status, wanted));
    const send = (message: Uint8Array): void => this.#answer(message);
    this.#clipboard = new Clipboard(
      { send, received: (text) => this.#input.clipboard(text), isWanted: this.#mayControl },
      limits.maxClipboardBytes,
    );
    this.#sender = new UpdateSender({
      display,
      transport,
      size,
      maxFramesPerSecond: limits.maxFramesPerSecond,
      fail: stop,
      listener: {
        closed: () => stop(new Stop('closed', 'the display was closed')),
        clipboardChanged: (text) => this.#clipboard.offer(text),
        resized: () => this.#noteResize(),
      },
    });
    this.#looks = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  get frames(): number {
    return this.#sender.frames;
  }

  /**
   * Handles messages until the connection ends.
   * @throws Stop
   */
  async run(): Promise<never> {
    const { transport, limits } = this.#options;
    for (;;) {
      const message = await readClientMessage(transport.reader, {
        hasExtendedMouseButtons: this.#encodings.has('extendedMouseButtons'),
        maxClipboardBytes: limits.maxClipboardBytes,
      });
      const handle = this.#handlers[message.message] as (message: ClientMessage) => void | Promise<void>;
      await handle(message);
      if (this.#answersQueued <= MOST_BACKLOG_BYTES) continue;
      await transport.writer.idle();
      this.#answersQueued = 0;
    }
  }

  close(): void {
    clearInterval(this.#looks);
    this.#wish.cancel();
    this.#sender.close();
    this.#input.releaseAll();
  }

  get #mayControl(): boolean {
    return this.#options.access === 'control';
  }

  #tell(event: RfbEvent): void {
    this.#options.onEvent?.(event);
  }

  #answer(message: Uint8Array): void {
    const { writer } = this.#options.transport;
    this.#answersQueued = Math.min(this.#answersQueued, writer.backlogBytes) + message.length;
    writer.send(message);
  }

  readonly #handlers: Handlers = {
    setPixelFormat: ({ format, usesColourMap }) => {
      this.#sender.setFormat(format);
      if (usesColourMap) this.#answer(colourMap());
    },
    setEncodings: ({ numbers }) => this.#setEncodings(new ViewerEncodings(numbers)),
    updateRequest: ({ isIncremental, rect }) => this.#sender.request(isIncremental, rect),
    key: ({ keysym, scancode, down }) => {
      if (!this.#mayControl) return;
      this.#input.key({ keysym, down, ...(scancode ? { scancode } : {}) });
      this.#sender.touched();
    },
    pointer: ({ x, y, buttons }) => {
      if (!this.#mayControl) return;
      this.#input.pointer({ x, y, buttons });
      this.#sender.touched();
    },
    cutText: ({ bytes }) => {
      if (this.#mayControl && bytes !== undefined) this.#clipboard.plain(bytes);
    },
    extendedClipboard: async ({ bytes }) => {
      if (bytes !== undefined) await this.#clipboard.extended(bytes);
    },
    continuousUpdates: ({ isOn, rect }) => {
      this.#sender.setContinuous(isOn ? rect : undefined);
      if (!isOn) this.#answer(endOfContinuousUpdates());
    },
    fence: ({ flags, payload }) => {
      if (flags & FENCE.request) this.#answer(fence(flags & FENCE.understood, payload));
      else this.#sender.seen(payload);
    },
    setDesktopSize: (message) => {
      if (this.#mayControl) this.#wish.make(message);
      else this.#answerWish('prohibited', message);
    },
  };

  #setEncodings(encodings: ViewerEncodings): void {
    const before = this.#encodings;
    this.#encodings = encodings;
    this.#tell({ event: 'encodings', names: encodings.names });
    const isNew = (name: Parameters<ViewerEncodings['has']>[0]): boolean =>
      encodings.has(name) && !before.has(name);
    if (isNew('fence')) this.#answer(fence(FENCE.request, new Uint8Array()));
    if (isNew('continuousUpdates')) this.#answer(endOfContinuousUpdates());
    if (isNew('extendedClipboard')) this.#clipboard.extend();
    this.#sender.setEncodings(encodings);
  }

  #answerWish(answer: SizeStatus, { width, height }: Size): void {
    this.#tell({ event: 'resize', width, height, answer });
    if (this.#encodings.has('extendedDesktopSize')) this.#sender.tellSize('asked', answer);
  }

  #noteResize(): void {
    // A size that nobody here asked for may be another viewer's wish, which makes no difference to this one.
    this.#wish.resized();
  }

  /** From time to time: does the viewer still take what it is sent? */
  #look(): void {
    const { transport, limits, stop } = this.#options;
    const { frames, flow } = this.#sender;
    const { sentBytes, stalledMs } = transport.writer;
    if (Math.max(stalledMs, flow.waitedMs(performance.now())) > limits.stallTimeoutMs)
      return stop(new Stop('timeout', `it has taken nothing for ${limits.stallTimeoutMs} ms`));
    if (frames === this.#last.frames) return;
    this.#tell({
      event: 'pace',
      framesPerSecond: frames - this.#last.frames,
      bytesPerSecond: sentBytes - this.#last.sentBytes,
      roundTripMs: flow.roundTripMs,
    });
    this.#last = { frames, sentBytes };
  }
}

/** What a viewer is told at first; it may ask for another. */
export const FIRST_FORMAT = BGRX;
