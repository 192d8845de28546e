// How often viewers may get a frame where others need the processors: what a frame costs is measured, and frames are left out to keep to
// a share of the processors. Where there is time nobody else wants, there is no limit.

import os from 'node:os';

/** How often it is measured while frames are made. */
const PERIOD_MS = 500;
/** After a longer pause a measurement would say nothing of a frame. */
const LONGEST_PERIOD_MS = 2000;
/** Others are at work where they keep that part of the processors busy. */
const OTHERS_AT_WORK = 0.25;
/** However much a frame costs. */
const MOST_INTERVAL_MS = 100;

/** Processor time until now. */
export interface CpuSample {
  atMs: number;
  /** Of this process, on all processors together. */
  ownMs: number;
  /** Of everybody. */
  busyMs: number;
}

/** What the system says. */
const takeSample = (): CpuSample => {
  const { user, system } = process.cpuUsage();
  const busyMs = os
    .cpus()
    .reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  return { atMs: performance.now(), ownMs: (user + system) / 1000, busyMs };
};

/** The budget of all viewers of a display. */
export class CpuBudget {
  readonly #share: number;
  readonly #processors: number;
  readonly #sample: () => CpuSample;
  #last: CpuSample;
  #frames = 0;
  #intervalMs = 0;

  /**
   * @param share of the processors' time, for all frames together; 1 is no limit
   * @param sample where times come from
   */
  constructor(share: number, processors = os.availableParallelism(), sample = takeSample) {
    this.#share = share;
    this.#processors = processors;
    this.#sample = sample;
    this.#last = sample();
  }

  /** From one frame to the next, at least. */
  get intervalMs(): number {
    return this.#intervalMs;
  }

  /**
   * A viewer was sent a frame.
   * @param viewers how many share the budget
   */
  frameSent(nowMs: number, viewers: number): void {
    this.#frames += 1;
    if (this.#share >= 1 || nowMs - this.#last.atMs < PERIOD_MS) return;
    const sample = this.#sample();
    this.#learn(sample, viewers);
    this.#last = sample;
    this.#frames = 0;
  }

  #learn(now: CpuSample, viewers: number): void {
    const periodMs = now.atMs - this.#last.atMs;
    if (periodMs > LONGEST_PERIOD_MS) return;
    const ownMs = now.ownMs - this.#last.ownMs;
    const othersMs = now.busyMs - this.#last.busyMs - ownMs;
    const isFree = othersMs < OTHERS_AT_WORK * periodMs * this.#processors;
    const frameMs = (ownMs / this.#frames) * viewers;
    this.#intervalMs = isFree ? 0 : Math.min(MOST_INTERVAL_MS, frameMs / (this.#share * this.#processors));
  }
}
