// What threads of processes have used, from /proc (proc(5)).

import fs from 'node:fs';

/** USER_HZ, the same on all of Linux. */
const TICKS_PER_SECOND = 100;
/** Fields of `stat` behind the name, which may have anything in it: 4 is the parent, 14 and 15 are times. */
const FIELD = { parent: 4 - 3, user: 14 - 3, system: 15 - 3 } as const;

const readStat = (file: string): { name: string; fields: string[] } => {
  const stat = fs.readFileSync(file, 'utf8');
  const end = stat.lastIndexOf(')');
  return { name: stat.slice(stat.indexOf('(') + 1, end), fields: stat.slice(end + 2).split(' ') };
};

const secondsOf = (process: string, isThread: (name: string) => boolean): number =>
  fs
    .readdirSync(`${process}/task`)
    .map((thread) => readStat(`${process}/task/${thread}/stat`))
    .filter(({ name }) => isThread(name))
    .reduce((sum, { fields }) => sum + Number(fields[FIELD.user]) + Number(fields[FIELD.system]), 0) /
  TICKS_PER_SECOND;

/**
 * @param isProcess by command line
 * @param isThread by name
 * @param parent only children of this process
 */
export const cpuSecondsOf = (
  isProcess: (commandLine: string) => boolean,
  isThread: (name: string) => boolean = () => true,
  parent?: number,
): number =>
  fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .reduce((sum, pid) => {
      const folder = `/proc/${pid}`;
      try {
        if (!isProcess(fs.readFileSync(`${folder}/cmdline`, 'latin1'))) return sum;
        if (parent !== undefined && Number(readStat(`${folder}/stat`).fields[FIELD.parent]) !== parent)
          return sum;
        return sum + secondsOf(folder, isThread);
      } catch {
        // It has ended meanwhile.
        return sum;
      }
    }, 0);
