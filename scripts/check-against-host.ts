// Compares the static checks with the installed virglrenderer on streams with faults:
//   npx tsx scripts/check-against-host.ts [--count N] [--seed N] [--verbose]

import { Command, InvalidArgumentError } from 'commander';
import { type Comparison, Agreement, type Verdict, VERDICTS } from '../test/support/agreement';
import { MUTATIONS } from '../test/support/stream-mutator';

interface Options {
  count: number;
  seed: number;
  only?: string;
  verbose?: true;
}

const LISTED: readonly Verdict[] = [
  'missed',
  'GL error',
  'too strict',
  'host crashed',
  'host hung',
  'said to crash',
];

const whole = (text: string): number => {
  if (/^\d{1,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number.');
};

const grouped = (comparisons: readonly Comparison[]): [about: string, all: Comparison[]][] => {
  const groups = new Map<string, Comparison[]>();
  for (const comparison of comparisons) {
    const group = groups.get(comparison.about) ?? [];
    group.push(comparison);
    groups.set(comparison.about, group);
  }
  return [...groups].sort(([, first], [, second]) => second.length - first.length);
};

const printTable = (all: readonly Comparison[]): void => {
  const verdicts = Object.keys(VERDICTS) as Verdict[];
  console.log(`\n${'mutation'.padEnd(22)}${verdicts.map((verdict) => verdict.padStart(15)).join('')}`);
  const row = (name: string, some: readonly Comparison[]): void => {
    const counts = verdicts.map((verdict) => some.filter((one) => one.verdict === verdict).length);
    console.log(`${name.padEnd(22)}${counts.map((count) => String(count).padStart(15)).join('')}`);
  };
  for (const kind of MUTATIONS)
    row(
      kind,
      all.filter(({ mutation }) => mutation.kind === kind),
    );
  row('all', all);
  const placed = all.filter(({ samePlace }) => samePlace !== undefined);
  const same = placed.filter(({ samePlace }) => samePlace).length;
  console.log(
    `\nBoth name the same command: ${same} of ${placed.length} refused streams of which the host named one`,
  );
};

const describe = ({ session, mutation: { kind, dword, target }, errors, answer }: Comparison): string =>
  `    ${session}: ${kind} at dword ${dword}, ${target}; checks: ${errors[0] ? `${errors[0].command} ${errors[0].message}` : 'nothing'}; host: ${JSON.stringify(answer?.message ?? '')} ${JSON.stringify(answer?.log?.slice(0, 600) ?? '')}`;

const run = async ({ count, seed, only, verbose }: Options): Promise<void> => {
  const agreement = await Agreement.open();
  const all: Comparison[] = [];
  const started = Date.now();
  try {
    for (const session of agreement.sessions) {
      const { verdict, about, errors } = await agreement.submitUnchanged(session);
      if (verdict !== 'both accept') console.log(`${session.name}: ${verdict} ${about}`, errors);
    }
    for await (const comparison of agreement.compare(count, seed)) {
      all.push(comparison);
      if (comparison.verdict === 'host hung') console.error(describe(comparison));
      if (all.length % 500 === 0) console.error(`${all.length} of ${count}`);
    }
  } finally {
    agreement.close();
  }
  console.log(
    `virglrenderer ${agreement.release}, ${all.length} streams, seed ${seed}, ${Date.now() - started} ms`,
  );
  printTable(all);
  for (const verdict of LISTED) {
    const some = all.filter((one) => one.verdict === verdict);
    if (some.length === 0 || (only !== undefined && only !== verdict)) continue;
    console.log(`\n${verdict}: ${VERDICTS[verdict]}`);
    for (const [about, group] of grouped(some)) {
      console.log(`  ${String(group.length).padStart(5)}  ${about}`);
      if (verbose === true) for (const one of group.slice(0, 3)) console.log(describe(one));
    }
  }
};

void new Command('check-against-host')
  .description('Compares the static checks with the installed virglrenderer on streams with faults')
  .option('--count <n>', 'faulty streams', whole, 20_000)
  .option('--seed <n>', 'which ones', whole, 1)
  .option('--only <verdict>', 'list only these')
  .option('--verbose', 'with three examples of each kind')
  .action(run)
  .parseAsync();
