// How a verb ends when something goes wrong: one message on stderr, and the exit code.

import { VirglError } from '../protocol/error';

/** Exit code for a command line that makes no sense. */
export const USAGE_EXIT_CODE = 2;
const FAILURE_EXIT_CODE = 1;

/** Writes an error for people and sets the exit code. Errors that are bugs keep their stack. */
export const reportFailure = (error: unknown): void => {
  if (error instanceof VirglError) console.error(`virgl: ${error.message} [${error.code}]`);
  else console.error(error);
  process.exitCode = FAILURE_EXIT_CODE;
};
