// The package's side of the benchmarks.

import type { NativeHost } from 'virgl';
import type { Contestant } from './contest';
import { type Picture, pictureOf } from './picture';
import type { Workload } from './workload';

/** What a run has at hand. */
export interface OurStage {
  host: NativeHost;
  contextId: number;
  workload: Workload;
  /** The caller's own array, for what is read. */
  pixels: Uint8Array;
}

/** Does the work so many times, until the last of it has been executed. */
export type OurRun = (stage: OurStage, iterations: number) => Promise<void>;

const NANOSECONDS_PER_MILLISECOND = 1e6;
const BYTES_PER_PIXEL = 4;

/** A workload in a context of a host. */
export class OurContestant implements Contestant {
  readonly #stage: OurStage;
  readonly #run: OurRun;

  private constructor(stage: OurStage, run: OurRun) {
    this.#stage = stage;
    this.#run = run;
  }

  /** Makes context and resources and submits the setup. */
  static async start(
    host: NativeHost,
    contextId: number,
    workload: Workload,
    run: OurRun,
  ): Promise<OurContestant> {
    await host.contextCreate({ contextId, name: 'bench' });
    for (const resource of workload.resources) {
      await host.resourceCreate(resource);
      await host.ctxAttachResource({ contextId, resourceId: resource.resourceId });
    }
    if (workload.setup.length > 0) await host.submitCmd({ contextId, commands: workload.setup });
    const { width = 0, height = 0 } = workload.read ?? {};
    const pixels = new Uint8Array(width * height * BYTES_PER_PIXEL).fill(1); // touched, as in C
    return new OurContestant({ host, contextId, workload, pixels }, run);
  }

  async run(iterations: number): Promise<number> {
    const start = performance.now();
    await this.#run(this.#stage, iterations);
    return (performance.now() - start) * NANOSECONDS_PER_MILLISECOND;
  }

  async picture(): Promise<Picture | undefined> {
    const { workload, pixels } = this.#stage;
    return workload.read && pictureOf(pixels, workload.read.width, workload.read.height);
  }

  async close(): Promise<void> {
    const { host, contextId, workload } = this.#stage;
    for (const { resourceId } of workload.resources) await host.resourceUnref({ resourceId });
    await host.contextDestroy({ contextId });
  }
}
