// Which QEMU is here.

import { VirglError } from '../../protocol/error';
import { runTool } from '../tool';

/** A QEMU for x86-64 machines. */
export interface Qemu {
  program: string;
  /** As it says, such as `10.0.2`. */
  version: string;
  major: number;
}

/** The first release whose vhost-user-gpu works without KVM. */
export const QEMU_MAJOR = 10;

const OPERATION = 'guest';
const PROGRAM = 'qemu-system-x86_64';

/** What to do where no QEMU fits. */
export const QEMU_ADVICE =
  `install QEMU ${QEMU_MAJOR} or newer: on Debian 12 from bookworm-backports (scripts/setup.sh --guest in a checkout of virgl ` +
  'does it), elsewhere the package qemu-system-x86; or name one in VIRGL_QEMU';

/**
 * Looks for the program in VIRGL_QEMU, or else in PATH.
 * @throws VirglError `ERR_VIRGL_SYSTEM` that says what to install
 */
export const findQemu = async (program = process.env.VIRGL_QEMU ?? PROGRAM): Promise<Qemu> => {
  let text: string;
  try {
    text = String(await runTool(OPERATION, program, ['--version']));
  } catch (cause) {
    throw new VirglError('ERR_VIRGL_SYSTEM', `${OPERATION}: ${program} does not run: ${QEMU_ADVICE}`, {
      operation: OPERATION,
      cause,
    });
  }
  const [, version, major] = /version ((\d+)\.[\d.]+)/.exec(text) ?? [];
  if (version === undefined) {
    throw new VirglError(
      'ERR_VIRGL_SYSTEM',
      `${OPERATION}: expected a version of QEMU from ${program} but received ${JSON.stringify(text.slice(0, 60))}`,
      { operation: OPERATION },
    );
  }
  return { program, version, major: Number(major) };
};
