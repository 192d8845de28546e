// Sends a viewer what it has not seen, when it can take it: at its requests, or by itself where the viewer wants that.

import type { Display } from '../display';
import type { Frame, Piece } from '../frame';
import { type PixelFormat, BGRX } from '../encode/pixel-format';
import { rectHeader } from '../encode/rect-bytes';
import type { EncodedRects } from '../encode/config';
import type { ViewerEncoder } from '../encode/viewer-encoder';
import { bounds, contains, intersection, isEmptyRect } from '../region';
import type { Rect, Size } from '../source';
import type { Copy, DisplayViewer, Update, ViewerListener } from '../viewer';
import { ByteMaker } from './byte-maker';
import { PSEUDO, ViewerEncodings } from './encodings';
import { FlowControl } from './flow';
import { Pace } from './pace';
import { Refinement } from './refinement';
import type { SizeReason, SizeStatus } from './screen-size';
import { fence, updateHeader } from './server-messages';
import { Stop } from './stop';
import type { Transport } from './transport';
import { type Rectangle, ViewerNews } from './viewer-news';

/** A fence that the viewer answers when it has drawn what came before. */
const FENCE_AFTER_UPDATE = (2 ** 31 + 1) | 0;
const MOST_RECTS = 0xffff;
/** The picture may be gone for a moment while a source changes. */
const MOST_FAILED_READS = 10;
const READ_AGAIN_MS = 100;

const NO_PIXELS: EncodedRects = { count: 0, parts: [], lossy: [] };

const copyRect = ({ from, to }: Copy): Rectangle => [
  rectHeader(to, PSEUDO.copyRect),
  new ByteMaker().u16(from.x, from.y).done(),
];

/** What a sender needs of its connection. */
export interface SenderOptions {
  display: Display;
  transport: Transport;
  /** The size that the viewer was told at first. */
  size: Size;
  maxFramesPerSecond: number;
  listener: Pick<ViewerListener, 'closed' | 'clipboardChanged' | 'resized'>;
  /** Told of what went wrong, once. */
  fail(error: unknown): void;
}

/** Framebuffer updates of one viewer. */
export class UpdateSender {
  readonly #options: SenderOptions;
  readonly #viewer: DisplayViewer;
  readonly #news: ViewerNews;
  readonly #encoder: ViewerEncoder;
  readonly #pace: Pace;
  readonly #refinement = new Refinement(() => this.#poke());
  readonly flow = new FlowControl();
  #encodings = new ViewerEncodings();
  #format: PixelFormat = BGRX;
  #size: Size;
  #request: Rect | undefined;
  #continuous: Rect | undefined;
  #isBusy = false;
  #isWaiting = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #failedReads = 0;
  #frames = 0;

  /** @throws VirglError `ERR_VIRGL_CLOSED` */
  constructor(options: SenderOptions) {
    const { display, size, maxFramesPerSecond, listener } = options;
    this.#options = options;
    this.#size = size;
    this.#pace = new Pace(maxFramesPerSecond, () => display.budget.intervalMs);
    this.#encoder = display.encoders.open();
    this.#news = new ViewerNews(display);
    this.#viewer = display.attach({
      ...listener,
      damaged: () => this.#poke(),
      resized: () => {
        listener.resized();
        this.#noteSize();
      },
      cursorChanged: () => {
        this.#news.noteCursor();
        this.#poke();
      },
      restMs: () => this.#pace.restMs(performance.now()),
      labelChanged: () => {
        this.#news.noteLabel();
        this.#poke();
      },
    });
    // It may have changed since the viewer was told.
    if (!this.#isCurrentSize) this.#noteSize();
  }

  /** Updates with pixels that were new. */
  get frames(): number {
    return this.#frames;
  }

  /** The viewer wants its pixels so from the next update on. */
  setFormat(format: PixelFormat): void {
    this.#format = format;
  }

  setEncodings(encodings: ViewerEncodings): void {
    this.#encodings = encodings;
    this.#news.setEncodings(encodings);
    if (!this.#isCurrentSize) this.#noteSize();
    this.#poke();
  }

  /** FramebufferUpdateRequest. */
  request(isIncremental: boolean, rect: Rect): void {
    const wanted = intersection(rect, this.#all);
    if (!isIncremental) this.#viewer.damage(wanted);
    // Those that are sent anyway need not be asked for.
    if (isIncremental && this.#continuous !== undefined) return;
    this.#request = this.#request === undefined ? wanted : bounds(this.#request, wanted);
    this.#poke();
  }

  /** EnableContinuousUpdates. */
  setContinuous(rect: Rect | undefined): void {
    this.#continuous = rect;
    this.#poke();
  }

  /** A fence of an update came back. */
  seen(payload: Buffer): void {
    this.flow.seen(payload, performance.now());
    this.#poke();
  }

  /** The viewer has typed or pointed, and waits for what that does. */
  touched(): void {
    this.#pace.touched(performance.now());
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#poke();
  }

  /** The size, or what became of a wish for another. */
  tellSize(reason: SizeReason, status: SizeStatus): void {
    this.#news.noteSize(reason, status);
    this.#poke();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#refinement.close();
    this.#viewer.detach();
    this.#encoder.close();
  }

  get #all(): Rect {
    return { x: 0, y: 0, ...this.#size };
  }

  get #isCurrentSize(): boolean {
    const { width, height } = this.#options.display.size;
    return width === this.#size.width && height === this.#size.height;
  }

  #noteSize(): void {
    this.#news.noteNewSize();
    this.#poke();
    // Where the picture ends now, the viewer sees black.
    this.#viewer.damage(this.#all);
  }

  /** Where the viewer may be sent pixels. */
  get #target(): Rect | undefined {
    const wanted =
      this.#continuous !== undefined && this.#request !== undefined
        ? bounds(this.#continuous, this.#request)
        : (this.#continuous ?? this.#request);
    return wanted === undefined ? undefined : intersection(wanted, this.#all);
  }

  /** Something has changed that an update may have waited for. */
  #poke(): void {
    if (this.#isBusy || this.#isClosed || !this.flow.hasRoom) return;
    const target = this.#target;
    if (target === undefined) return;
    const isNew = !this.#news.isEmpty || this.#viewer.hasNews(target);
    const canRefine = this.#refinement.hasWork(target);
    if (!isNew && !canRefine) return;
    const { writer } = this.#options.transport;
    if (writer.backlogBytes > 0) return this.#pokeWhenIdle(writer.idle());
    const waitMs = isNew ? this.#pace.waitMs(performance.now()) : Infinity;
    if (waitMs <= 0) return this.#start(() => this.#sendNew(target));
    if (isNew) this.#pokeIn(waitMs);
    // The time between two frames is for it.
    if (canRefine) this.#start(() => this.#refine(target));
  }

  #pokeIn(waitMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#poke();
    }, waitMs);
  }

  /** Answers to other messages are on their way. */
  #pokeWhenIdle(idle: Promise<void>): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    void idle.then(() => {
      this.#isWaiting = false;
      this.#poke();
    });
  }

  /** Sends one update, and then the next. */
  #start(send: () => Promise<boolean>): void {
    this.#isBusy = true;
    void this.#finish(send);
  }

  async #finish(send: () => Promise<boolean>): Promise<void> {
    try {
      const didRead = await send();
      this.#failedReads = didRead ? 0 : this.#failedReads + 1;
      if (!didRead) await new Promise((resolve) => setTimeout(resolve, READ_AGAIN_MS));
      await this.#options.transport.writer.idle();
    } catch (error) {
      if (!this.#isClosed) this.#options.fail(error);
      return;
    }
    this.#isBusy = false;
    this.#poke();
  }

  /** False where the picture could not be read. */
  async #sendNew(target: Rect): Promise<boolean> {
    this.#pace.took(performance.now());
    // What is asked for from now on is for the next update.
    const request = this.#request;
    this.#request = undefined;
    if (this.#news.hasSize) {
      this.#send([this.#takeSize()]);
      return true;
    }
    const update = await this.#take(target);
    try {
      const isAnswer = update !== undefined && (await this.#encodeAndSend(update));
      if (!isAnswer) this.#askAgain(request);
    } finally {
      update?.frame.release();
    }
    return update !== undefined;
  }

  /** A request has got no answer. */
  #askAgain(request: Rect | undefined): void {
    if (request !== undefined) this.#request = bounds(this.#request ?? request, request);
  }

  async #take(target: Rect): Promise<Update | undefined> {
    try {
      return await this.#viewer.take(target, this.#encodings.has('copyRect'));
    } catch (error) {
      if (this.#failedReads < MOST_FAILED_READS) return undefined;
      throw new Stop('failed', `the picture can't be read: ${(error as Error).message}`);
    }
  }

  /** Sends a part of what the viewer has seen with losses. False where it could not be read. */
  async #refine(target: Rect): Promise<boolean> {
    const rect = this.#refinement.take(target) as Rect;
    const request = this.#request;
    this.#request = undefined;
    const frame = await this.#viewer.read(rect).catch(() => undefined);
    if (frame === undefined) {
      this.#askAgain(request);
      this.#refinement.sent(undefined, [], [rect]);
      return false;
    }
    try {
      const config = { ...this.#encodings.configFor(this.#format), jpeg: undefined };
      const encoded = await this.#encoder.encode(frame, piecesOf(frame, [rect]), config);
      if (!this.#isClosed) this.#send([], encoded);
    } finally {
      frame.release();
    }
    return true;
  }

  /** False where it turned out that there is nothing to send. */
  async #encodeAndSend({ copy, rects, frame }: Update): Promise<boolean> {
    const pieces = piecesOf(frame, rects);
    const config = this.#encodings.configFor(this.#format);
    const encoded = pieces.length === 0 ? NO_PIXELS : await this.#encoder.encode(frame, pieces, config);
    if (this.#isClosed) return true;
    this.#refinement.sent(copy, rects, encoded.lossy);
    if (encoded.count > 0) this.#countFrame();
    const others = [...this.#news.take(this.#format), ...(copy === undefined ? [] : [copyRect(copy)])];
    if (others.length + encoded.count === 0) return false;
    this.#send(others, encoded);
    return true;
  }

  #send(
    rectangles: readonly Rectangle[],
    pixels: { count: number; parts: readonly Uint8Array[] } = NO_PIXELS,
  ): void {
    const count = rectangles.length + pixels.count;
    if (count > MOST_RECTS) throw new Stop('failed', `an update would have ${count} rectangles`);
    const { writer } = this.#options.transport;
    writer.send(updateHeader(count), ...rectangles.flat(), ...pixels.parts);
    if (this.#encodings.has('fence'))
      writer.send(fence(FENCE_AFTER_UPDATE, this.flow.sent(performance.now())));
  }

  #countFrame(): void {
    this.#frames += 1;
    const { budget, viewers } = this.#options.display;
    budget.frameSent(performance.now(), viewers);
  }

  #takeSize(): Rectangle {
    const { size } = this.#options.display;
    const wasAll = this.#continuous !== undefined && contains(this.#continuous, this.#all);
    const hasChanged = !this.#isCurrentSize;
    this.#size = size;
    if (wasAll) this.#continuous = this.#all;
    if (hasChanged) {
      this.#viewer.damage(this.#all);
      this.#refinement.forget();
    }
    return this.#news.takeSize(size);
  }
}

/** The parts of a frame that lie in some rectangles. */
const piecesOf = (frame: Frame, rects: readonly Rect[]): Piece[] =>
  rects.flatMap((rect) =>
    frame.pieces.flatMap(({ rect: whole, offsetBytes, strideBytes }) => {
      const part = intersection(rect, whole);
      if (isEmptyRect(part)) return [];
      const skipped = (part.y - whole.y) * strideBytes + (part.x - whole.x) * 4;
      return [{ rect: part, offsetBytes: offsetBytes + skipped, strideBytes }];
    }),
  );
