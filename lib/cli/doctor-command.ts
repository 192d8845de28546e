// `virgl doctor`: what is missing, and what to do about it.

import type { Command } from 'commander';
import { CHECKS } from './doctor-checks';
import type { Check, Finding } from './doctor-finding';

const MARKS: Readonly<Record<Finding['state'], string>> = { ok: 'ok  ', note: 'note', bad: 'BAD ' };
const NAME_WIDTH = 14;

const format = ({ name }: Check, { state, text, advice }: Finding): string => {
  const line = `${MARKS[state]} ${name.padEnd(NAME_WIDTH)} ${text}`;
  return state === 'ok' || advice === undefined ? line : `${line}\n${' '.repeat(NAME_WIDTH + 6)}-> ${advice}`;
};

/**
 * Runs the checks and prints what each found.
 * @returns whether rendering can work
 */
const doctor = async (print: (line: string) => void): Promise<boolean> => {
  let works = true;
  for (const check of CHECKS) {
    const finding = await check.run();
    print(format(check, finding));
    works &&= finding.state !== 'bad';
  }
  return works;
};

/** Adds the verb. */
export const addDoctor = (program: Command): void => {
  program
    .command('doctor')
    .description('check everything that rendering needs; exits with 1 if it can not work')
    .addHelpText('after', '\nExample:\n  virgl doctor && virgl info')
    .action(async () => {
      if (!(await doctor(console.log))) process.exitCode = 1;
    });
};
