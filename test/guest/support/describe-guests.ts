// Tests that boot guests. A machine that can't run them skips them and says why; VIRGL_REQUIRE_GUEST=1 makes that a failure.

import { spawnSync } from 'node:child_process';
import { installed } from '../../support/native-library';
import { isInstalled } from '../../support/programs';
import { VIRGL } from './virgl-command';

const problemsOfGuests = (): string[] => {
  if (installed === undefined) return ['there is no virglrenderer'];
  const info = spawnSync(process.execPath, [VIRGL, 'guest', 'info', '--json'], { encoding: 'utf8' });
  try {
    return (JSON.parse(info.stdout) as { problems: string[] }).problems;
  } catch {
    return [info.stderr];
  }
};

let problems: string[] | undefined;

/**
 * `describe` for tests that boot guests.
 * @param programs what they need besides
 */
export const describeGuests = (name: string, programs: readonly string[], tests: () => void): void => {
  problems ??= problemsOfGuests();
  const missing = programs.filter((program) => !isInstalled(program));
  const reasons = [...problems, ...missing.map((program) => `there is no ${program}`)];
  if (reasons.length === 0) describe(name, tests);
  else if (process.env['VIRGL_REQUIRE_GUEST'] === '1')
    test(`${name} can run here`, () => {
      throw new Error(reasons.join('; '));
    });
  else {
    process.stderr.write(`${name}: skipped: ${reasons.join('; ')}\n`);
    describe.skip(name, tests);
  }
};
