// What a benchmark does, as data, so that a C program does exactly the same: resources, a stream that sets up, and
// what one iteration submits and reads.

import fs from 'node:fs';

/** A resource with every field of `struct virgl_renderer_resource_create_args`, in its order. */
export interface WorkloadResource {
  resourceId: number;
  target: number;
  format: number;
  bind: number;
  width: number;
  height: number;
  depth: number;
  arraySize: number;
  lastLevel: number;
  nrSamples: number;
  flags: number;
}

/** Work for one context. */
export interface Workload {
  resources: readonly WorkloadResource[];
  /** Submitted once. */
  setup: Uint32Array;
  /** Submitted in each iteration, unless it is empty. */
  frame: Uint32Array;
  /** Read back in each iteration, RGBA. */
  read?: { resourceId: number; width: number; height: number };
}

const MAGIC = 0x42475256;

/** Writes a workload for peers/c/peer.c. */
export const writeWorkload = (file: string, { resources, setup, frame, read }: Workload): void => {
  const header = [
    MAGIC,
    resources.length,
    read?.resourceId ?? 0,
    read?.width ?? 0,
    read?.height ?? 0,
    setup.length,
    frame.length,
  ];
  const creations = resources.flatMap((resource) => [
    resource.resourceId,
    resource.target,
    resource.format,
    resource.bind,
    resource.width,
    resource.height,
    resource.depth,
    resource.arraySize,
    resource.lastLevel,
    resource.nrSamples,
    resource.flags,
  ]);
  const parts = [Uint32Array.of(...header, ...creations), setup, frame];
  fs.writeFileSync(
    file,
    Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength))),
  );
};
