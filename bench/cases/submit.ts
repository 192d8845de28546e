// Submits of state commands: alone, gathered, in bulk, and awaited one by one.

import { SharedMemory } from 'virgl';
import { CommandEncoder } from 'virgl/protocol';
import type { Benchmark } from '../benchmark';
import type { OurStage } from '../ours';
import { repeatedStateCommands, stateCommands } from '../scene';
import type { Workload } from '../workload';

const GATHERED = 256;

const submits = (frame: Uint32Array): Workload => ({ resources: [], setup: new Uint32Array(0), frame });

/** Queues `count` submits and waits for the last. */
const queue = async ({ host, contextId, workload }: OurStage, count: number): Promise<void> => {
  let last: Promise<void> | undefined;
  for (let i = 0; i < count; i += 1) last = host.submitCmd({ contextId, commands: workload.frame });
  await last;
};

const queueInBatches =
  (batch: number) =>
  async (stage: OurStage, iterations: number): Promise<void> => {
    for (let done = 0; done < iterations; done += batch)
      await queue(stage, Math.min(batch, iterations - done));
  };

/** As {@link queueInBatches}, with the commands in shared memory, where virglrenderer reads them. */
const queueInPlace =
  (batch: number) =>
  async ({ host, contextId, workload }: OurStage, iterations: number): Promise<void> => {
    using memory = SharedMemory.create(workload.frame.byteLength);
    new Uint32Array(memory.bytes.buffer).set(workload.frame);
    const commands = memory.range();
    for (let done = 0; done < iterations;) {
      let last: Promise<void> | undefined;
      for (const end = Math.min(done + batch, iterations); done < end; done += 1) {
        last = host.submitCmd({ contextId, commands });
      }
      await last;
    }
  };

const awaitEach = async ({ host, contextId, workload }: OurStage, iterations: number): Promise<void> => {
  for (let i = 0; i < iterations; i += 1) await host.submitCmd({ contextId, commands: workload.frame });
};

/** Gathers 256 pieces of commands into each submit. `iterations` counts pieces. */
const gatherInBatches =
  (batch: number) =>
  async ({ host, contextId, workload }: OurStage, iterations: number): Promise<void> => {
    const encoder = new CommandEncoder({ capacityDwords: GATHERED * workload.frame.length });
    const submitsInAll = iterations / GATHERED;
    for (let done = 0; done < submitsInAll;) {
      let last: Promise<void> | undefined;
      for (const end = Math.min(done + batch, submitsInAll); done < end; done += 1) {
        encoder.reset();
        for (let piece = 0; piece < GATHERED; piece += 1) encoder.append(workload.frame);
        last = host.submitCmd({ contextId, commands: encoder.view() });
      }
      await last;
    }
  };

/** Each submit queued without waiting for the one before; counted until the last is executed. */
export const submit16: Benchmark = {
  name: 'submit-16',
  peer: 'C',
  unit: 'ns',
  goal: { kind: 'time', atMostTimesPeer: 6 },
  async prepare(lab) {
    const workload = submits(stateCommands());
    const ours = await lab.startOurs(workload, queueInBatches(10_000));
    return { peer: await lab.startC(this.name, workload), ours, iterations: 50_000 };
  },
};

/** Per 16 dwords, gathered in the script, against C that submits each alone. */
export const submit16Batched: Benchmark = {
  name: 'submit-16-batched',
  peer: 'C',
  unit: 'ns',
  goal: { kind: 'time', atMostTimesPeer: 1 },
  async prepare(lab) {
    const workload = submits(stateCommands());
    const ours = await lab.startOurs(workload, gatherInBatches(50));
    return { peer: await lab.startC(this.name, workload), ours, iterations: 200 * GATHERED };
  },
};

/** 16 KiB in each submit, used where they are: in shared memory. */
export const submit16kInPlace: Benchmark = {
  name: 'submit-16k-in-place',
  peer: 'C',
  unit: 'us',
  goal: { kind: 'none' },
  async prepare(lab) {
    const workload = submits(repeatedStateCommands(GATHERED));
    const ours = await lab.startOurs(workload, queueInPlace(50));
    return { peer: await lab.startC(this.name, workload), ours, iterations: 1000 };
  },
};

/** 16 KiB in each submit, copied by the script's thread while the render thread executes the one before. */
export const submit16k: Benchmark = {
  name: 'submit-16k',
  peer: 'C',
  unit: 'us',
  goal: { kind: 'time', atMostTimesPeer: 1.15 },
  async prepare(lab) {
    const workload = submits(repeatedStateCommands(GATHERED));
    const ours = await lab.startOurs(workload, queueInBatches(50));
    return { peer: await lab.startC(this.name, workload), ours, iterations: 1000 };
  },
};

/** The way to the render thread and back. */
export const hop: Benchmark = {
  name: 'hop',
  peer: 'C',
  unit: 'us',
  goal: { kind: 'microseconds', atMost: 6 },
  async prepare(lab) {
    const workload = submits(stateCommands());
    const ours = await lab.startOurs(workload, awaitEach);
    return { peer: await lab.startC(this.name, workload), ours, iterations: 5000 };
  },
};
