// `virgl guest run -- PROGRAM`: a program in a guest of its own.

import type { Command } from 'commander';
import { type GuestRunReport, runInGuest, shellInGuest } from '../../guest';
import type { VhostUserGpuEvent } from '../../vhost-user';
import { reportFailure, USAGE_EXIT_CODE } from '../failure';
import { addMachineOptions, type MachineFlags, machineOptions, parseCount } from './machine-options';

interface Options extends MachineFlags {
  screenshots?: string;
  record?: string;
  timeout?: number;
  shell?: true;
  quiet?: true;
}

const MS_PER_S = 1000;
const NAME = 'virgl guest run';

const seconds = (ms: number): string => `${(ms / MS_PER_S).toFixed(1)} s`;

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

const describe = (report: GuestRunReport, { screenshots }: Options): string => {
  const { accelerator, qemuVersion, bootMs, durationMs, isTimedOut, gpu } = report;
  const parts = [
    `${isTimedOut ? 'killed' : 'ended'} after ${seconds(durationMs)}`,
    `booted in ${seconds(bootMs)} (QEMU ${qemuVersion}, ${accelerator.toUpperCase()})`,
  ];
  if (screenshots !== undefined)
    parts.push(`${count(report.screenshots.length, 'screenshot')} in ${screenshots}`);
  if (gpu !== undefined) parts.push(`${count(gpu.commands, 'GPU command')}`);
  for (const { file, frames } of gpu?.recordings ?? []) parts.push(`${count(frames, 'frame')} in ${file}`);
  return parts.join(', ');
};

const tell = (event: VhostUserGpuEvent): void => {
  if (event.event === 'warning') console.error(`${NAME}: GPU: ${event.message}`);
  if (event.event === 'disconnected' && event.reason !== undefined)
    console.error(`${NAME}: the GPU's session ended: ${event.reason}`);
};

const run = async (command: string[], options: Options): Promise<void> => {
  const { screenshots, record, timeout, quiet } = options;
  const report = await runInGuest(command, {
    guest: machineOptions(options),
    screenshots,
    record,
    timeoutMs: timeout && timeout * MS_PER_S,
    onStdout: (bytes) => process.stdout.write(bytes),
    onStderr: (bytes) => process.stderr.write(bytes),
    onGpuEvent: tell,
  });
  if (quiet !== true) console.error(`${NAME}: ${describe(report, options)}`);
  process.exitCode = report.exitCode;
};

const start = async (command: string[], options: Options): Promise<void> => {
  if (options.shell === true && command.length === 0)
    return shellInGuest({ guest: machineOptions(options), record: options.record, onGpuEvent: tell });
  if (options.shell !== true && command.length > 0) return run(command, options);
  console.error(`${NAME}: expected either a program or --shell`);
  process.exitCode = USAGE_EXIT_CODE;
};

/** Adds the verb. */
export const addGuestRun = (guest: Command): void => {
  const verb = guest
    .command('run')
    .description('boot the guest, run a program in it, and end with its exit code')
    .argument('[program]', 'what to run in the guest')
    .argument('[args...]', 'its arguments');
  addMachineOptions(verb)
    .option('--screenshots <folder>', 'save what the screen shows, while it changes')
    .option('--record <file>', 'record what the guest draws, for virgl trace')
    .option('--timeout <seconds>', 'kill the program after so long', parseCount)
    .option('--shell', 'a shell on this terminal instead of a program; `exit` switches the guest off')
    .option('--quiet', 'no report at the end')
    .passThroughOptions()
    .addHelpText(
      'after',
      '\nExamples:\n  virgl guest run -- kmscube -c 300\n  virgl guest run --gpu qemu-virgl -- wflinfo --platform gbm --api gles2',
    )
    .action((program: string | undefined, args: string[], options: Options) =>
      start(program === undefined ? [] : [program, ...args], options).catch(reportFailure),
    );
};
