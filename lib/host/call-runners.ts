// Who runs the calls that a channel has put into its ring: a render thread, or the script's own thread.

import type { NativeHostBinding } from './addon';
import { AnswerWatch } from './answer-watch';
import type { CallRing } from './call-ring';

/** What a channel asks of whoever runs its calls. */
export interface CallRunner {
  /** Streams longer than this are given in place instead of through the ring; undefined: never. */
  readonly inPlaceFromWords?: number;
  /** An entry was put. */
  put(): void;
  /** A call was made, and none was pending before. */
  begin(): void;
  /** The last pending call was answered, or will never be. */
  end(): void;
  /** Whether anything is awaited, so that the process must go on. */
  setActive(active: boolean): void;
}

/** A render thread takes the calls. It is shown them in portions and woken when it sleeps. */
export class ThreadRunner implements CallRunner {
  readonly #ring: CallRing;
  readonly #binding: NativeHostBinding;
  readonly #watch: AnswerWatch;
  #publishing = false;

  constructor(ring: CallRing, binding: NativeHostBinding) {
    this.#ring = ring;
    this.#binding = binding;
    this.#watch = new AnswerWatch(ring, binding);
  }

  put(): void {
    if (this.#ring.isUrgent()) {
      this.#publish();
    } else if (!this.#publishing) {
      this.#publishing = true;
      queueMicrotask(this.#publishHeldBack);
    }
  }

  begin(): void {
    this.#watch.begin();
  }

  end(): void {
    this.#watch.end();
  }

  setActive(active: boolean): void {
    this.#binding.setActive(active);
  }

  #publish(): void {
    if (this.#ring.publish()) this.#binding.wake();
  }

  // After the end of the thread this reaches nobody, and harms nobody.
  readonly #publishHeldBack = (): void => {
    this.#publishing = false;
    if (this.#ring.holdsBack) this.#publish();
  };
}

// Longest wait for a fence in one turn of the event loop.
const FENCE_WAIT_MICROSECONDS = 1000;

/** Each call runs at once, on this thread. Fences are looked for in every turn of the event loop while any is awaited. */
export class InlineRunner implements CallRunner {
  // Up to here a copy costs less than to hand the array over.
  readonly inPlaceFromWords = 1024;
  readonly #ring: CallRing;
  readonly #binding: NativeHostBinding;
  readonly #deliver: (words: number) => void;
  #running = false;
  #active = false;
  #scheduled = false;

  /** @param deliver reads so many words of completions */
  constructor(ring: CallRing, binding: NativeHostBinding, deliver: (words: number) => void) {
    this.#ring = ring;
    this.#binding = binding;
    this.#deliver = deliver;
    // Nothing need be told in another way: who asks reads the answer.
    ring.watch(true);
  }

  put(): void {
    this.#ring.publish();
    // A call made by a listener while answers are being read: the run in progress takes it.
    if (!this.#running) this.#run(0);
  }

  begin(): void {
    // It is over before it could be waited for.
  }

  end(): void {
    // As begin.
  }

  setActive(active: boolean): void {
    this.#active = active;
    if (!active || this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    this.#scheduled = false;
    if (!this.#active) return;
    this.#run(FENCE_WAIT_MICROSECONDS);
    this.setActive(this.#active);
  };

  #run(waitMicroseconds: number): void {
    this.#running = true;
    try {
      for (let words = this.#binding.run(waitMicroseconds); words > 0; words = this.#binding.run(0))
        this.#deliver(words);
    } finally {
      this.#running = false;
    }
  }
}
