// What processes hold, as /proc tells (proc(5)).

import fs from 'node:fs/promises';

/** Sums over a process and all below it. */
export interface Usage {
  /** Zombies included. */
  processes: number;
  descriptors: number;
  /** Proportional set size: shared pages are counted once. */
  memoryBytes: number;
  /** What they alone hold; unlike the others it does not depend on who else runs the same programs. */
  ownBytes: number;
  /** Resident set size: they are counted in each process. */
  residentBytes: number;
}

const NO_USAGE: Usage = { processes: 0, descriptors: 0, memoryBytes: 0, ownBytes: 0, residentBytes: 0 };

// Processes come and go while one looks.
const orUndefined = async <T>(promise: Promise<T>): Promise<T | undefined> => {
  try {
    return await promise;
  } catch {
    return undefined;
  }
};

const childrenOf = async (pid: number): Promise<number[]> => {
  const tasks = (await orUndefined(fs.readdir(`/proc/${pid}/task`))) ?? [];
  const lists = await Promise.all(
    tasks.map((task) => orUndefined(fs.readFile(`/proc/${pid}/task/${task}/children`, 'utf8'))),
  );
  return lists.flatMap((list) => (list ?? '').split(' ').filter(Boolean).map(Number));
};

/** A process and all below it. */
export const processTree = async (pid: number): Promise<number[]> => {
  const below = await Promise.all((await childrenOf(pid)).map(processTree));
  return [pid, ...below.flat()];
};

const usageOfOne = async (pid: number): Promise<Usage> => {
  const descriptors = await orUndefined(fs.readdir(`/proc/${pid}/fd`));
  const rollup = await orUndefined(fs.readFile(`/proc/${pid}/smaps_rollup`, 'utf8'));
  const bytesOf = (line: RegExp) => Number(line.exec(rollup ?? '')?.[1] ?? 0) * 1024;
  return {
    processes: 1,
    descriptors: descriptors?.length ?? 0,
    memoryBytes: bytesOf(/^Pss: +(\d+) kB/m),
    ownBytes: bytesOf(/^Pss_Anon: +(\d+) kB/m) + bytesOf(/^Pss_Shmem: +(\d+) kB/m),
    residentBytes: bytesOf(/^Rss: +(\d+) kB/m),
  };
};

const add = (a: Usage, b: Usage): Usage => ({
  processes: a.processes + b.processes,
  descriptors: a.descriptors + b.descriptors,
  memoryBytes: a.memoryBytes + b.memoryBytes,
  ownBytes: a.ownBytes + b.ownBytes,
  residentBytes: a.residentBytes + b.residentBytes,
});

/** What a process and all below it hold. */
export const usageOf = async (pid: number): Promise<Usage> =>
  (await Promise.all((await processTree(pid)).map(usageOfOne))).reduce(add, NO_USAGE);

/** Behind the name, which may hold anything: state, and from there user and system time, in hundredths of a second. */
const statOf = async (pid: number): Promise<string[] | undefined> =>
  (await orUndefined(fs.readFile(`/proc/${pid}/stat`, 'utf8')))?.replace(/^.*\) /s, '').split(' ');

/** Whether a process and all below it wait for something, and not for a processor. */
export const areWaiting = async (pid: number): Promise<boolean> => {
  const stats = await Promise.all((await processTree(pid)).map(statOf));
  return stats.every((fields) => fields?.[0] === 'S');
};

/** What a process and all below it are at, to tell one that waits for ever from one that waits for the processor. */
export const describeProcesses = async (pid: number): Promise<string> => {
  const pids = await processTree(pid);
  const states = pids.map(async (each) => {
    const fields = await statOf(each);
    const seconds = (Number(fields?.[11]) + Number(fields?.[12])) / 100;
    return fields === undefined ? `${each} gone` : `${each} ${fields[0]} ${seconds} s`;
  });
  const load = (await orUndefined(fs.readFile('/proc/loadavg', 'utf8')))?.trim();
  return `${(await Promise.all(states)).join(', ')}; load ${load}`;
};
