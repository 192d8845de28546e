// The order of what a host does. Most steps go to the server as soon as they are made, while earlier ones are in flight; a
// few must not begin before everything earlier has been answered, and then all later ones wait behind them.

/** Something to be done. */
export interface Step<Result = unknown> {
  /** Whether everything before it must be done first. Asked when it is its turn. */
  waits?(): boolean;
  run(): Promise<Result>;
}

interface Queued {
  step: Step;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Steps in the order they are made. */
export class StepQueue {
  readonly #queued: Queued[] = [];
  readonly #idle: (() => void)[] = [];
  #running = 0;

  /** Steps that are not done yet. */
  get count(): number {
    return this.#running + this.#queued.length;
  }

  /** Adds a step, and begins it at once if it may. */
  push<Result>(step: Step<Result>): Promise<Result> {
    if (this.#queued.length === 0 && this.#mayRun(step)) return this.#run(step);
    return new Promise((resolve, reject) => {
      this.#queued.push({ step, resolve: resolve as (value: unknown) => void, reject });
    });
  }

  /** Resolves when all steps are done, however they ended. */
  finished(): Promise<void> {
    if (this.count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #mayRun(step: Step): boolean {
    return this.#running === 0 || step.waits?.() !== true;
  }

  #run<Result>(step: Step<Result>): Promise<Result> {
    this.#running += 1;
    const done = step.run();
    const ended = (): void => {
      this.#running -= 1;
      this.#goOn();
    };
    done.then(ended, ended);
    return done;
  }

  #goOn(): void {
    for (let [next] = this.#queued; next !== undefined && this.#mayRun(next.step); [next] = this.#queued) {
      this.#queued.shift();
      this.#run(next.step).then(next.resolve, next.reject);
    }
    if (this.count === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}
