// `virgl guest`: Linux guests on our GPU. Each verb is in a file of its own.

import type { Command } from 'commander';
import { addGuestBench } from './guest/bench-verb';
import { addGuestBuild } from './guest/build-verb';
import { addGuestInfo } from './guest/info-verb';
import { addGuestRun } from './guest/run-verb';

/** Adds the verb with its own verbs. */
export const addGuest = (program: Command): void => {
  const guest = program
    .command('guest')
    .description('boot a small Linux in QEMU on our GPU')
    .addHelpText(
      'after',
      `
Examples:
  virgl guest build                        build the guest from Debian's packages, once
  virgl guest info                         what is here to run it with
  virgl guest run -- kmscube -c 300        run a program in it
  virgl guest run --screenshots shots -- glmark2-es2-drm -b build
  virgl guest run --shell                  look around in it
  virgl guest bench                        compare it with QEMU's own, and with no guest at all`,
    );
  addGuestBuild(guest);
  addGuestInfo(guest);
  addGuestRun(guest);
  addGuestBench(guest);
};
