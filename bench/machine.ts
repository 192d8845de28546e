// The facts that a result means nothing without.

import os from 'node:os';
import type { NativeHost } from 'virgl';
import { CapsetId, decodeCapset } from 'virgl/protocol';

/** Where it was measured. */
export interface Machine {
  date: string;
  processor: string;
  cores: number;
  /** Load average of the last minute, before the first benchmark; more than about 0.3 spoils the times. */
  load: number;
  node: string;
  virglrenderer: string;
  /** GL_RENDERER, as capability set 2 has it from virglrenderer 0.10 on. */
  renderer: string;
}

/** Describes this machine and what the host runs on. */
export const describeMachine = async (host: NativeHost): Promise<Machine> => {
  const capset = decodeCapset(CapsetId.VIRGL2, await host.fillCaps({ capsetId: CapsetId.VIRGL2 }));
  const { release, exact } = host.info;
  return {
    date: new Date().toISOString(),
    processor: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    load: os.loadavg()[0] ?? 0,
    node: process.versions.node,
    virglrenderer: exact ? release : `${release} or newer`,
    renderer: capset.fields.renderer ?? 'unknown',
  };
};

/** The facts, a line each. */
export const formatMachine = (machine: Machine): string =>
  [
    `processor      ${machine.processor}, ${machine.cores} cores, load ${machine.load.toFixed(2)}`,
    `node           ${machine.node}`,
    `virglrenderer  ${machine.virglrenderer}`,
    `renderer       ${machine.renderer}`,
  ].join('\n');
