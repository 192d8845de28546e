// `virgl run -- PROGRAM`: an unmodified program on a private server.

import { type Command } from 'commander';
import { constants } from 'node:os';
import { runProgram, type RunReport } from '../vtest';
import { reportFailure } from './failure';
import { eventLog } from './vtest-log';

interface Options {
  quiet?: true;
  logJson?: true;
  verbose?: true;
}

// As shells tell of a program that a signal ended.
const SIGNAL_EXIT_BASE = 128;

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);

const describe = ({ clients, durationMs }: RunReport): string => {
  const seconds = (durationMs / 1000).toFixed(2);
  if (clients.length === 0)
    return `${seconds} s; nothing connected: the program did not use OpenGL, or not Mesa's`;
  const commands = sum(clients.map((client) => client.commands));
  const submits = sum(clients.map((client) => client.submits));
  const mib = (sum(clients.map((client) => client.receivedBytes)) / 1024 / 1024).toFixed(1);
  const connections = clients.length === 1 ? '1 connection' : `${clients.length} connections`;
  return `${seconds} s, ${connections}, ${commands} commands, ${submits} submits, ${mib} MiB received`;
};

const run = async (command: string[], { quiet, logJson, verbose }: Options): Promise<void> => {
  const log = eventLog({ json: logJson, verbose });
  const report = await runProgram(command, {
    server: {
      onEvent: (event) => {
        // A program that ends in peace needs no lines of its own.
        const ordinary = event.event !== 'disconnected' || event.reason === undefined;
        if (verbose === true || logJson === true || event.event === 'warning' || !ordinary) log(event);
      },
    },
    onWarning: (message) => console.error(`virgl run: ${message}`),
  });
  if (quiet !== true) console.error(`virgl run: ${describe(report)}`);
  const { exitCode, signal } = report;
  process.exitCode = exitCode ?? SIGNAL_EXIT_BASE + (signal === undefined ? 0 : constants.signals[signal]);
};

/** Adds the verb. */
export const addRun = (program: Command): void => {
  program
    .command('run')
    .description('run an unmodified OpenGL program on a private server, and report what it sent')
    .argument('<program>', 'what to run')
    .argument('[args...]', 'its arguments')
    .option('--quiet', 'no report at the end')
    .option('--log-json', "also write the server's log, as JSON")
    .option('--verbose', "also write the server's log")
    .passThroughOptions()
    .addHelpText('after', '\nExample:\n  virgl run -- glmark2-es2-x11 --off-screen')
    .action((name: string, args: string[], options: Options) =>
      run([name, ...args], options).catch(reportFailure),
    );
};
