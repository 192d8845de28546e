// Finding quick answers without being told of them: for a moment after a call the event loop is kept from sleeping,
// because to be woken takes longer than most calls (5 us at best, 100 us and more on a virtual machine).

import { availableParallelism } from 'node:os';
import type { NativeHostBinding } from './addon';
import type { CallRing } from './call-ring';

/** How long to look while answers come that soon, and how long after one that came later. */
const LONG_MS = 1;
const SHORT_MS = 0.02;

// With one processor the render thread could not run while the script looks.
const WORTHWHILE = availableParallelism() > 1;

/** Looks into the ring for answers, as long as that is likely to pay. */
export class AnswerWatch {
  readonly #ring: CallRing;
  readonly #binding: NativeHostBinding;
  #watching = false;
  #waiting = false;
  #since = 0;
  #limitMs = LONG_MS;

  constructor(ring: CallRing, binding: NativeHostBinding) {
    this.#ring = ring;
    this.#binding = binding;
  }

  /** A call was made, and none was pending before. */
  begin(): void {
    if (!WORTHWHILE) return;
    this.#waiting = true;
    this.#since = performance.now();
    if (this.#watching) return;
    this.#watching = true;
    this.#ring.watch(true);
    setImmediate(this.#look);
  }

  /** The last pending call was answered, or will never be. */
  end(): void {
    this.#waiting = false;
    // What came late is expected to come late again.
    this.#limitMs = performance.now() - this.#since < LONG_MS ? LONG_MS : SHORT_MS;
  }

  // One short look in each turn of the event loop, so that timers and sockets are served as well.
  readonly #look = (): void => {
    if (this.#waiting) this.#binding.lookForAnswers();
    if (this.#ring.takeAnswers()) this.#binding.deliver();
    if (this.#waiting && performance.now() - this.#since < this.#limitMs) {
      setImmediate(this.#look);
      return;
    }
    this.#watching = false;
    this.#ring.watch(false);
    // Once more after saying so, or an answer that came in between would wait for ever.
    if (this.#ring.takeAnswers()) this.#binding.deliver();
  };
}
