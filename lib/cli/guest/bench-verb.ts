// `virgl guest bench`: programs on the host and in guests, in turn.

import type { Command } from 'commander';
import { benchGuests } from '../../guest';
import { reportFailure } from '../failure';
import { benchTable } from './bench-table';
import { addMachineOptions, type MachineFlags, machineOptions, parseCount } from './machine-options';

interface Options extends MachineFlags {
  rounds?: number;
  program?: string[];
  json?: true;
  quiet?: true;
}

const bench = async (options: Options): Promise<void> => {
  const { rounds, program, json, quiet } = options;
  const report = await benchGuests({
    guest: machineOptions(options),
    rounds,
    programs: program,
    onProgress: (progress) => {
      if (quiet !== true) console.error(`virgl guest bench: ${progress}`);
    },
  });
  if (json === true) console.log(JSON.stringify(report, undefined, 2));
  else console.log(benchTable(report).join('\n'));
  if (report.problems.length > 0) process.exitCode = 1;
};

/** Adds the verb. */
export const addGuestBench = (guest: Command): void => {
  const verb = guest
    .command('bench')
    .description("compare this machine, a guest on QEMU's own virgl, and a guest on ours");
  addMachineOptions(verb, ['memory', 'processors', 'accelerator', 'bootTimeout'])
    .option('--rounds <n>', 'how often everything is measured; default 3', parseCount)
    .option('--program <name...>', 'only programs whose names begin so: kmscube, glmark2')
    .option('--json', 'the figures for programs')
    .option('--quiet', 'say nothing meanwhile')
    .addHelpText('after', '\nExample:\n  virgl guest bench --rounds 1 --program kmscube')
    .action((options: Options) => bench(options).catch(reportFailure));
};
