// How much came in the last second or so.

const WINDOW_MS = 1000;

/** Adds up amounts over a window that moves on. */
export class Meter {
  #events = [];

  add(amount, at = performance.now()) {
    this.#events.push({ amount, at });
    this.#forget(at);
  }

  /** Amount a second. */
  rate(at = performance.now()) {
    this.#forget(at);
    const sum = this.#events.reduce((total, { amount }) => total + amount, 0);
    return (sum * 1000) / WINDOW_MS;
  }

  #forget(at) {
    const from = this.#events.findIndex((event) => event.at > at - WINDOW_MS);
    this.#events.splice(0, from < 0 ? this.#events.length : from);
  }
}
