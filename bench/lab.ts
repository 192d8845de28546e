// What all benchmarks share: the host, and the way to a contestant for a workload.

import fs from 'node:fs';
import path from 'node:path';
import { NativeHost } from 'virgl';
import { type OurRun, OurContestant } from './ours';
import { BUILD } from './paths';
import { buildC } from './peers/build-c';
import { PeerProcess } from './peers/peer-process';
import { type Workload, writeWorkload } from './workload';

/** Opens one host for all benchmarks; each gets contexts of its own. */
export class Lab implements AsyncDisposable {
  readonly host: NativeHost;
  readonly #program: string;
  // The first one is for a Renderer, which counts for itself.
  #contexts = 1;

  private constructor(host: NativeHost, program: string) {
    this.host = host;
    this.#program = program;
  }

  /** Compiles the C peer and opens the host. */
  static async open(): Promise<Lab> {
    const program = buildC('peer');
    return new Lab(await NativeHost.open(), program);
  }

  /** The C program, on a workload of its own. */
  async startC(name: string, workload: Workload): Promise<PeerProcess> {
    const { initFlags, renderNode, libraryPath } = this.host.info;
    const file = path.join(BUILD, `${name}.workload`);
    writeWorkload(file, workload);
    const args = [file, String(initFlags), ...(renderNode === undefined ? [] : [renderNode])];
    const [peer, library] = await PeerProcess.start({ program: this.#program, args }, 'library');
    if (fs.realpathSync(library) !== fs.realpathSync(libraryPath)) {
      await peer.close();
      throw new Error(`the C program runs on ${library}, the host on ${libraryPath}`);
    }
    return peer;
  }

  /**
   * The package, on a context of its own.
   * @param run what is timed
   */
  startOurs(workload: Workload, run: OurRun): Promise<OurContestant> {
    this.#contexts += 1;
    return OurContestant.start(this.host, this.#contexts, workload, run);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.host.close();
  }
}
