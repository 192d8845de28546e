// A viewer's wish for another size of the display (SetDesktopSize of rfbproto), and what becomes of it.

import type { Display } from '../display';
import type { ClientMessage } from './client-messages';
import type { SizeStatus } from './screen-size';

/** A guest that has not changed its mode by then will not. */
const PATIENCE_MS = 3000;
const MOST_SIDE = 16384;

type Wish = Extract<ClientMessage, { message: 'setDesktopSize' }>;

/** Waits for the display to follow a viewer's wish. */
export class SizeWish {
  readonly #display: Display;
  readonly #answer: (status: SizeStatus, size: { width: number; height: number }) => void;
  #pending: { width: number; height: number } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    display: Display,
    answer: (status: SizeStatus, size: { width: number; height: number }) => void,
  ) {
    this.#display = display;
    this.#answer = answer;
  }

  /** SetDesktopSize. */
  make({ width, height, screens }: Wish): void {
    const refusal = this.#refusalOf(width, height, screens);
    if (refusal !== undefined) return this.#answer(refusal, { width, height });
    const { size } = this.#display;
    if (size.width === width && size.height === height) return this.#answer('done', { width, height });
    this.cancel();
    this.#pending = { width, height };
    this.#timer = setTimeout(() => this.#settle('out of resources'), PATIENCE_MS);
    this.#display.source.requestSize?.(width, height);
  }

  /** The display has another size: whichever it is, it is the answer. True if somebody waited for it. */
  resized(): boolean {
    if (this.#pending === undefined) return false;
    this.#settle('done');
    return true;
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#pending = undefined;
  }

  #refusalOf(width: number, height: number, screens: Wish['screens']): SizeStatus | undefined {
    if (this.#display.source.requestSize === undefined) return 'prohibited';
    const [screen] = screens;
    const isOne =
      screens.length === 1 &&
      screen !== undefined &&
      screen.x === 0 &&
      screen.y === 0 &&
      screen.width === width &&
      screen.height === height;
    if (!isOne || width === 0 || height === 0) return 'invalid';
    return Math.max(width, height) > MOST_SIDE ? 'out of resources' : undefined;
  }

  #settle(status: SizeStatus): void {
    const wish = this.#pending;
    this.cancel();
    if (wish !== undefined) this.#answer(status, wish);
  }
}
