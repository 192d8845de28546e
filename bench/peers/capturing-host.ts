// A host in front of another one that keeps a copy of what it is asked for, so that a C program can do the same.

import {
  type HostCallArgs,
  type HostCallName,
  type HostCallResult,
  type HostCounts,
  type HostFeatures,
  type RenderHost,
  RenderHostCallsBase,
  type ResourceCreateArgs,
  type SubmitCmdArgs,
} from 'virgl';
import { CommandEncoder } from 'virgl/protocol';
import type { WorkloadResource } from '../workload';

type Stream = Uint32Array<ArrayBuffer>;

/** Calls that a workload could not repeat. */
const NOT_REPEATED: readonly HostCallName[] = ['submitCmd2', 'transferWriteIov', 'resourceAttachIov'];

/** Passes every call on. Closing it leaves the other host open. */
export class CapturingHost extends RenderHostCallsBase implements RenderHost {
  /** What was made. */
  readonly resources: WorkloadResource[] = [];
  readonly #host: RenderHost;
  #stream = new CommandEncoder();
  #keeps = true;

  constructor(host: RenderHost) {
    super();
    this.#host = host;
  }

  get features(): HostFeatures {
    return this.#host.features;
  }

  counts(): HostCounts {
    return this.#host.counts();
  }

  /** What was submitted since the last time. */
  take(): Stream {
    const stream = this.#stream.finish();
    this.#stream.reset();
    return stream;
  }

  /** Keeps nothing from now on. */
  stop(): void {
    this.#keeps = false;
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}

  protected override perform<Name extends HostCallName>(
    name: Name,
    args: HostCallArgs<Name>,
  ): Promise<HostCallResult<Name>> {
    if (this.#keeps) this.#keep(name, args);
    return (this.#host[name] as (args: HostCallArgs<Name>) => Promise<HostCallResult<Name>>)(args);
  }

  #keep(name: HostCallName, args: unknown): void {
    if (NOT_REPEATED.includes(name)) throw new Error(`${name} can't be repeated by the C program`);
    if (name === 'resourceCreate') this.#keepResource(args as ResourceCreateArgs);
    if (name === 'submitCmd') this.#stream.append((args as SubmitCmdArgs).commands as Uint32Array);
  }

  #keepResource({ resourceId, target, format, bind, width, ...rest }: ResourceCreateArgs): void {
    const { height = 1, depth = 1, arraySize = 1, lastLevel = 0, nrSamples = 0, flags = 0 } = rest;
    const size = { width, height, depth, arraySize, lastLevel, nrSamples };
    this.resources.push({ resourceId, target, format, bind, ...size, flags });
  }
}
