// `virgl trace shrink`: the smallest trace that still shows a fault.

import { InvalidArgumentError, type Command } from 'commander';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { invalidArgument } from '../../protocol/error';
import {
  answered,
  CandidateRunner,
  type Check,
  checkCrash,
  checkError,
  checkPixel,
  checkSameError,
  encodeTrace,
  shrink,
  shrinkDigest,
  type ShrinkProgress,
  TraceReader,
  type TraceSource,
  verdictFile,
} from '../../trace';
import { reportFailure } from '../failure';
import { openReplayHost } from './replay-host';

interface ShrinkVerbOptions {
  output: string;
  check?: string;
  checkPixel?: string;
  checkError?: string | true;
  checkCrash?: true;
  state?: string;
  timeLimit?: number;
  candidateTimeout: number;
}

const MS_PER_SECOND = 1000;
const CANDIDATE_TIMEOUT_S = 30;

const seconds = (text: string): number => {
  const value = Number(text);
  if (text === '' || !(value > 0)) throw new InvalidArgumentError('expected seconds.');
  return value;
};

const writeTrace = (file: string, trace: TraceSource): void =>
  writeFileSync(file, encodeTrace(trace.meta, trace.records()));

// The exit code of a command that is given the path of a candidate.
const checkByCommand = (command: string, folder: string): Check => {
  const candidate = path.join(folder, 'candidate.vgtrace');
  return (trace) => {
    writeTrace(candidate, trace);
    return new Promise((resolve, reject) => {
      // The path is the command's "$1".
      const child = spawn('/bin/sh', ['-c', `${command} "$1"`, 'sh', candidate], {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, VIRGL_TRACE: candidate },
      });
      child.on('error', reject);
      child.on('close', (code) => resolve(code === 0));
    });
  };
};

const CHECKS = ['check', 'checkPixel', 'checkError', 'checkCrash'] as const;

// Which check, in words: what is known of candidates holds for it only.
const purposeOf = (options: ShrinkVerbOptions): string =>
  CHECKS.filter((name) => options[name] !== undefined)
    .map((name) => `${name} ${String(options[name])}`)
    .join();

const checkOf = (
  options: ShrinkVerbOptions,
  tools: { runner: CandidateRunner; folder: string; whole: TraceSource },
): Check => {
  const { runner, folder, whole } = tools;
  const given = CHECKS.filter((name) => options[name] !== undefined);
  if (given.length !== 1)
    throw invalidArgument(
      'shrink',
      'check',
      'one of --check, --check-pixel, --check-error and --check-crash',
      given.length,
    );
  if (options.check !== undefined) return checkByCommand(options.check, folder);
  if (options.checkPixel !== undefined) return checkPixel(runner, options.checkPixel);
  if (options.checkCrash) return checkCrash(runner);
  const { checkError: text } = options;
  return typeof text === 'string' ? checkError(runner, text) : checkSameError(runner, whole);
};

// One line that changes on a terminal, otherwise one line per phase.
class ProgressLine {
  readonly #out = process.stderr;
  #phase = '';

  show = ({ phase, size, checked, known, elapsedMs }: ShrinkProgress): void => {
    const { frames, commands, records } = size;
    const tried = known > 0 ? `${checked} tried, ${known} known` : `${checked} tried`;
    const text = `${phase}: ${commands} commands, ${records} records, ${frames} frames; ${tried}, ${Math.round(elapsedMs / MS_PER_SECOND)} s`;
    if (this.#out.isTTY) this.#out.write(`\r\u001b[2K${text.slice(0, this.#out.columns - 1)}`);
    else if (phase !== this.#phase) this.#out.write(`${text}\n`);
    this.#phase = phase;
  };

  end(): void {
    if (this.#out.isTTY) this.#out.write('\r\u001b[2K');
  }
}

/** What crashes the library, or can't be played here, has no answers. */
const withAnswers = async (
  trace: TraceSource,
  { checkCrash: crashes }: ShrinkVerbOptions,
): Promise<TraceSource> => {
  if (crashes) return trace;
  try {
    return await answered(trace, () => openReplayHost('native', trace.meta));
  } catch (error) {
    console.error(
      `virgl: what was left does not play, so that nothing in it can be verified: ${(error as Error).message}`,
    );
    return trace;
  }
};

const run = async (file: string, options: ShrinkVerbOptions): Promise<void> => {
  const { output, state = `${output}.state`, timeLimit, candidateTimeout } = options;
  using reader = TraceReader.open(file);
  using runner = new CandidateRunner({ timeoutMs: candidateTimeout * MS_PER_SECOND });
  const folder = mkdtempSync(path.join(tmpdir(), 'virgl-shrink-'));
  const progress = new ProgressLine();
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort();
  process.once('SIGINT', onInterrupt);
  try {
    const check = checkOf(options, { runner, folder, whole: reader });
    const result = await shrink(reader, {
      check,
      verdicts: verdictFile(state, `${purposeOf(options)}; ${shrinkDigest(reader)}`),
      signal: stop.signal,
      onProgress: progress.show,
      ...(timeLimit !== undefined && { timeLimitMs: timeLimit * MS_PER_SECOND }),
    });
    progress.end();
    writeTrace(output, result.trace);
    writeTrace(output, await withAnswers(result.trace, options));
    const { before, after, checked, known, finished } = result;
    console.log(
      `${output}: ${after.commands} of ${before.commands} commands, ${after.records} of ${before.records} records (${checked} candidates tried, ${known} known)`,
    );
    if (finished) rmSync(state, { force: true });
    else console.log(`not finished: the same command goes on from ${state}`);
  } finally {
    progress.end();
    process.off('SIGINT', onInterrupt);
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Adds the verb. */
export const addTraceShrink = (trace: Command): void => {
  trace
    .command('shrink')
    .description(
      'leave out of a trace what it needs not to show its fault, as long as a check finds that it does',
    )
    .argument('<file>', 'a trace')
    .requiredOption('-o, --output <file>', 'the smaller trace')
    .option(
      '--check <command>',
      'exits with 0 while the trace is bad; gets its path as argument and in VIRGL_TRACE',
    )
    .option('--check-pixel <x,y=#rrggbb>', 'bad while this pixel of the last picture has this colour')
    .option(
      '--check-error [text]',
      'bad while the host reports an error that contains the text; without one, the first error of the whole trace',
    )
    .option('--check-crash', 'bad while virglrenderer crashes, in another process')
    .option('--state <file>', 'what was tried is kept here; default: the output with .state')
    .option('--time-limit <seconds>', 'end with the best so far; the same command then goes on', seconds)
    .option(
      '--candidate-timeout <seconds>',
      'how long playing a candidate may take',
      seconds,
      CANDIDATE_TIMEOUT_S,
    )
    .addHelpText(
      'after',
      `
Examples:
  virgl trace shrink bad.vgtrace --check ./still-bad.sh -o tiny.vgtrace
  virgl trace shrink bad.vgtrace --check-pixel 10,20=#ff00ff -o tiny.vgtrace`,
    )
    .action((file: string, options: ShrinkVerbOptions) => run(file, options).catch(reportFailure));
};
