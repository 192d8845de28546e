// `virgl check`: what a host would refuse or ignore in a command stream.

import { Option, type Command } from 'commander';
import {
  CAPSET_V2_SIZES,
  StreamChecker,
  type Diagnostic,
  type Release,
  type ShaderFinding,
} from '../protocol';
import { checkTgsi, TGSI_STAGES, type TgsiRelease } from '../shader';
import { reportFailure } from './failure';
import { endWithReader, FILE_HELP, FRAMED_HELP, readBytes, splitSubmissions } from './stream-files';

interface CheckOptions {
  json?: true;
  framed?: true;
  partial?: true;
  video?: boolean;
  release: Release;
}

type Placed = Diagnostic & { submission?: number };

const RELEASES = Object.keys(CAPSET_V2_SIZES);
const NEWEST: Release = '1.3';

// The oldest release whose shader code is known stands for older ones.
const TGSI_RELEASE: Readonly<Record<Release, TgsiRelease>> = {
  '0.8': '0.10.4',
  '0.9': '0.10.4',
  '0.10': '0.10.4',
  '1.0': '1.0.1',
  '1.1': '1.1.1',
  '1.2': '1.2.0',
  '1.3': '1.3.0',
};

const checkShaderFor =
  (release: Release) =>
  (text: string, stage: number): ShaderFinding[] =>
    checkTgsi(text, { release: TGSI_RELEASE[release], stage: TGSI_STAGES[stage] }).map(
      ({ severity, rule, message, line, column }) => ({
        severity: severity === 'crash' || severity === 'reject' ? 'error' : 'warning',
        rule,
        message: severity === 'crash' ? `${message} (hosts crash)` : message,
        line,
        column,
      }),
    );

const format = ({
  submission,
  severity,
  rule,
  message,
  command,
  commandIndex,
  byteOffset,
  field,
}: Placed): string => {
  const place = `${submission === undefined ? '' : `submission ${submission}, `}command ${commandIndex}, byte ${byteOffset}`;
  return `${place}: ${severity} ${rule}: ${command}${field === undefined ? '' : ` ${field}`}: ${message}`;
};

const check = async (file: string, options: CheckOptions): Promise<void> => {
  endWithReader();
  const { release, framed, partial, video, json } = options;
  const bytes = await readBytes(file);
  const checker = new StreamChecker({
    release,
    complete: partial !== true,
    ...(video !== undefined && { video }),
    checkShader: checkShaderFor(release),
  });
  const found: Placed[] = framed
    ? splitSubmissions(bytes).flatMap((stream, submission) =>
        checker.check(stream).map((diagnostic) => ({ submission, ...diagnostic })),
      )
    : checker.check(bytes);
  if (json) console.log(JSON.stringify(found, null, 2));
  else if (found.length > 0) console.log(found.map(format).join('\n'));
  if (found.some(({ severity }) => severity === 'error')) process.exitCode = 1;
};

/** Adds the verb. */
export const addCheck = (program: Command): void => {
  program
    .command('check')
    .description(
      'find what a host would refuse (error) or ignore (warning); exits with 1 if there are errors',
    )
    .argument('<file>', FILE_HELP)
    .addOption(
      new Option('--release <release>', 'virglrenderer that gets the stream')
        .choices(RELEASES)
        .default(NEWEST),
    )
    .option('--framed', FRAMED_HELP)
    .option('--partial', 'the stream is not the first of its context: unknown handles may be from before')
    .option('--video', 'the host is built with video')
    .option('--no-video', 'the host is built without video')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  virgl check frame.virgl\n  virgl check --framed --release 0.10 session.virgl.gz',
    )
    .action((file: string, options: CheckOptions) => check(file, options).catch(reportFailure));
};
