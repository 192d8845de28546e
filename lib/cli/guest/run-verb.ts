// `virgl guest run -- PROGRAM`: a program in a guest of its own.

import type { Command } from 'commander';
import { type GuestRunReport, runInGuest, type RunningGuest, shellInGuest } from '../../guest';
import type { VhostUserGpuEvent } from '../../vhost-user';
import { reportFailure, USAGE_EXIT_CODE } from '../failure';
import { openGuestViewers } from '../guest-view/guest-viewers';
import { abortOnSignals, Interruption } from '../interruption';
import { addViewerOptions, type ViewerOptions } from '../viewer-options';
import { addMachineOptions, type MachineFlags, machineOptions, parseCount } from './machine-options';

interface Options extends MachineFlags, ViewerOptions {
  screenshots?: string;
  record?: string;
  timeout?: number;
  shell?: true;
  quiet?: true;
}

const MS_PER_S = 1000;
const VERB = 'guest run';
const NAME = `virgl ${VERB}`;
/**
 * A shell on the guest's own screen and keyboard, which is its controlling terminal: Ctrl-C and Ctrl-Z work. The shell in between
 * waits, as `setsid` doesn't where it leads a session already.
 */
const SHELL_ON_SCREEN = ['sh', '-c', 'setsid -c sh -l </dev/tty1 >/dev/tty1 2>&1; exit $?'];

const seconds = (ms: number): string => `${(ms / MS_PER_S).toFixed(1)} s`;

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

const describe = (report: GuestRunReport, { screenshots }: Options): string => {
  const { accelerator, withoutKvm, qemuVersion, bootMs, durationMs, isTimedOut, gpu } = report;
  const engine = accelerator.toUpperCase() + (withoutKvm === undefined ? '' : `, not KVM: ${withoutKvm}`);
  const parts = [
    `${isTimedOut ? 'killed' : 'ended'} after ${seconds(durationMs)}`,
    `booted in ${seconds(bootMs)} (QEMU ${qemuVersion}, ${engine})`,
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

const isViewed = ({ view, vnc }: Options): boolean => view !== undefined || vnc !== undefined;

/** Shows the guest to viewers while it runs. */
const showTo =
  (options: Options) =>
  async ({ guest, screens }: RunningGuest): Promise<AsyncDisposable> => {
    const viewers = await openGuestViewers({
      verb: VERB,
      displays: 1,
      viewers: options,
      qmp: guest.qmp,
      warn: (message) => console.error(`${NAME}: input: ${message}`),
    });
    viewers.add(1, screens);
    return viewers;
  };

const run = async (command: string[], options: Options, signal: AbortSignal): Promise<void> => {
  const { screenshots, record, timeout, quiet } = options;
  const report = await runInGuest(command, {
    guest: machineOptions(options),
    screenshots,
    record,
    timeoutMs: timeout && timeout * MS_PER_S,
    onStdout: (bytes) => process.stdout.write(bytes),
    onStderr: (bytes) => process.stderr.write(bytes),
    onGpuEvent: tell,
    onStarted: isViewed(options) ? showTo(options) : undefined,
    signal,
  });
  if (quiet !== true) console.error(`${NAME}: ${describe(report, options)}`);
  process.exitCode = report.exitCode;
};

const start = async (command: string[], options: Options): Promise<void> => {
  const hasProgram = command.length > 0;
  const signal = abortOnSignals();
  if (options.shell === true && !hasProgram) {
    process.exitCode = await shellInGuest({
      guest: machineOptions(options),
      record: options.record,
      onGpuEvent: tell,
      onStarted: isViewed(options) ? showTo(options) : undefined,
      signal,
    });
    return;
  }
  if (options.shell !== true && (hasProgram || isViewed(options)))
    return run(hasProgram ? command : SHELL_ON_SCREEN, options, signal);
  console.error(`${NAME}: expected a program, --shell or --view`);
  process.exitCode = USAGE_EXIT_CODE;
};

const reportEnd = (error: unknown): void => {
  if (!(error instanceof Interruption)) return reportFailure(error);
  console.error(`${NAME}: ${error.message}`);
  process.exitCode = error.exitCode;
};

/** Adds the verb. */
export const addGuestRun = (guest: Command): void => {
  const verb = guest
    .command('run')
    .description('boot the guest, run a program in it, and end with its exit code')
    .argument('[program]', 'what to run in the guest')
    .argument('[args...]', 'its arguments');
  addViewerOptions(addMachineOptions(verb))
    .option('--screenshots <folder>', 'save what the screen shows, while it changes')
    .option('--record <file>', 'record what the guest draws, for virgl trace')
    .option('--timeout <seconds>', 'kill the program after so long', parseCount)
    .option('--shell', 'a shell on this terminal instead of a program; `exit` switches the guest off')
    .option('--quiet', 'no report at the end')
    .passThroughOptions()
    .addHelpText(
      'after',
      '\nExamples:\n  virgl guest run -- kmscube -c 300\n  virgl guest run --view     a shell on its screen, in your browser\n  virgl guest run --gpu qemu-virgl -- wflinfo --platform gbm --api gles2',
    )
    .action((program: string | undefined, args: string[], options: Options) =>
      start(program === undefined ? [] : [program, ...args], options).catch(reportEnd),
    );
};
