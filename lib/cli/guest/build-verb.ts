// `virgl guest build`: the test guest.

import type { Command } from 'commander';
import { buildGuest, cacheFolder } from '../../guest';
import { reportFailure } from '../failure';

interface Options {
  force?: true;
  packages?: true;
  quiet?: true;
}

const MS_PER_S = 1000;

const build = async ({ force, packages, quiet }: Options): Promise<void> => {
  const since = performance.now();
  const seconds = (): string => `${((performance.now() - since) / MS_PER_S).toFixed(1)} s`;
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const onProgress = (line: string): void => {
    if (quiet !== true) console.error(`virgl guest build: ${seconds().padStart(7)}  ${line}`);
  };
  const image = await buildGuest({ force, onProgress, signal: stop.signal });
  onProgress(`done: ${image.packages.length} packages`);
  if (packages === true) for (const { name, version } of image.packages) console.log(`${name} ${version}`);
  else console.log(image.folder);
};

/** Adds the verb. */
export const addGuestBuild = (guest: Command): void => {
  guest
    .command('build')
    .description(`build the test guest from Debian's packages, into ${cacheFolder()}; prints its folder`)
    .option('--force', 'build it anew even if its packages are the same')
    .option('--packages', 'print its packages and their versions instead of its folder')
    .option('--quiet', 'say nothing meanwhile')
    .addHelpText('after', '\nExample:\n  virgl guest build --packages > versions.txt')
    .action((options: Options) => build(options).catch(reportFailure));
};
