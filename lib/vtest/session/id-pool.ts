// Ids that the server chooses: the lowest first, and the one given back last before all others, as the C server does.

/** Hands out ids from 1 on. */
export class IdPool {
  readonly #free: number[] = [];
  #next = 1;

  take(): number {
    return this.#free.pop() ?? this.#next++;
  }

  giveBack(id: number): void {
    this.#free.push(id);
  }
}
