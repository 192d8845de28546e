// `npm run bench`: measures the package against C on the same library, against headless-gl and virgl_test_server.

import fs from 'node:fs';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { runBenchmark, type Result } from './benchmark';
import { BENCHMARKS } from './cases';
import { Lab } from './lab';
import { describeMachine, formatMachine } from './machine';
import { ROOT } from './paths';
import { formatTable } from './table';

interface RunOptions {
  only?: string[];
  json: string;
  rounds: number;
  strict?: boolean;
}

const DEFAULT_JSON = path.relative(process.cwd(), path.join(ROOT, 'bench', 'results', 'latest.json'));

const positiveInteger = (text: string): number => {
  if (!/^[1-9][0-9]*$/.test(text)) throw new InvalidArgumentError('Expected a whole number above 0.');
  return Number(text);
};

const knownName = (name: string, before: string[] = []): string[] => {
  const names = BENCHMARKS.map((benchmark) => benchmark.name);
  if (!names.includes(name)) throw new InvalidArgumentError(`Expected one of ${names.join(', ')}.`);
  return [...before, name];
};

const isSatisfying = (result: Result, strict: boolean): boolean => {
  if (result.outcome === 'failed') return false;
  return !strict || (result.outcome === 'measured' && result.met);
};

const run = async ({ only, json, rounds, strict = false }: RunOptions): Promise<void> => {
  await using lab = await Lab.open();
  const machine = await describeMachine(lab.host);
  console.log(`${formatMachine(machine)}\n`);
  const results: Result[] = [];
  for (const benchmark of BENCHMARKS) {
    if (only !== undefined && !only.includes(benchmark.name)) continue;
    process.stderr.write(`${benchmark.name}…\n`);
    results.push(await runBenchmark(benchmark, lab, rounds));
  }
  console.log(formatTable(results));
  fs.mkdirSync(path.dirname(path.resolve(json)), { recursive: true });
  fs.writeFileSync(json, `${JSON.stringify({ machine, rounds, results }, null, 2)}\n`);
  if (!results.every((result) => isSatisfying(result, strict))) process.exitCode = 1;
};

new Command('bench')
  .description(
    'Measures the package against C on the same libvirglrenderer, headless-gl and virgl_test_server.',
  )
  .option('--only <name...>', 'only these benchmarks', knownName)
  .option('--json <file>', 'where the numbers go', DEFAULT_JSON)
  .option('--rounds <n>', 'times that both sides run in turn', positiveInteger, 21)
  .option('--strict', 'exit with 1 if a goal is missed or a benchmark is skipped')
  .action(run)
  .parseAsync()
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
