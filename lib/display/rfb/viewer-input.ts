// Keys and buttons of one viewer; what it holds down when it leaves goes up.

import type { Display } from '../display';
import type { KeyInput, PointerInput } from '../source';

const MOST_HELD = 64;

/** Passes input on. */
export class ViewerInput {
  readonly #display: Display;
  readonly #held = new Map<string, KeyInput>();
  #pointer: PointerInput = { x: 0, y: 0, buttons: 0 };

  constructor(display: Display) {
    this.#display = display;
  }

  key(input: KeyInput): void {
    // A key may come up with another symbol than it went down with (Shift was released before), but not with another code.
    const name = input.scancode ? `code ${input.scancode}` : `symbol ${input.keysym}`;
    if (!input.down) this.#held.delete(name);
    else if (this.#held.size < MOST_HELD) this.#held.set(name, input);
    this.#display.input?.key(input);
  }

  pointer({ x, y, buttons }: PointerInput): void {
    const { width, height } = this.#display.size;
    this.#pointer = { x: Math.min(x, width - 1), y: Math.min(y, height - 1), buttons };
    this.#display.input?.pointer(this.#pointer);
  }

  clipboard(text: string): void {
    this.#display.input?.clipboard?.(text);
  }

  releaseAll(): void {
    for (const input of this.#held.values()) this.#display.input?.key({ ...input, down: false });
    this.#held.clear();
    if (this.#pointer.buttons !== 0) this.#display.input?.pointer({ ...this.#pointer, buttons: 0 });
  }
}
