// Tests with programs of Debian run where they are installed; with VIRGL_REQUIRE_CLIENTS=1 a missing one is a failure.

import { isInstalled } from '../../support/programs';
import { SERVER } from './server';

/** `describe`, or a skipped one where one of the programs is not installed. */
export const describeWith = (programs: readonly string[], name: string, tests: () => void): void => {
  const needed = SERVER === 'reference' ? ['virgl_test_server', ...programs] : programs;
  const missing = needed.filter((program) => !isInstalled(program));
  if (missing.length > 0 && process.env.VIRGL_REQUIRE_CLIENTS === '1') {
    test(name, () => {
      throw new Error(`not installed: ${missing.join(', ')}; run scripts/setup.sh --clients`);
    });
  } else if (missing.length > 0) {
    describe.skip(`${name} (not installed: ${missing.join(', ')})`, tests);
  } else {
    describe(name, tests);
  }
};
