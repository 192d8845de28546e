// `virgl guest info`: what is here to run guests with.

import type { Command } from 'commander';
import { inspectGuests } from '../../guest';
import { reportFailure } from '../failure';

const inform = async ({ json }: { json?: true }): Promise<void> => {
  const facts = await inspectGuests();
  const { qemu, image, accelerator, withoutKvm, problems } = facts;
  if (problems.length > 0) process.exitCode = 1;
  if (json === true) {
    console.log(JSON.stringify(facts, undefined, 2));
    return;
  }
  if (qemu !== undefined) console.log(`QEMU        ${qemu.version} (${qemu.program})`);
  if (image !== undefined) console.log(`image       ${image.folder}, ${image.packages.length} packages`);
  if (accelerator !== undefined) console.log(`runs on     ${accelerator.toUpperCase()}`);
  if (withoutKvm !== undefined) console.log(`not on KVM  ${withoutKvm}`);
  for (const problem of problems) console.log(`missing     ${problem}`);
};

/** Adds the verb. */
export const addGuestInfo = (guest: Command): void => {
  guest
    .command('info')
    .description('tell which QEMU and which image are here; exits with 1 if no guest can be run')
    .option('--json', 'the same for programs')
    .addHelpText('after', '\nExample:\n  virgl guest info')
    .action((options: { json?: true }) => inform(options).catch(reportFailure));
};
