// Signals end a guest and everything that was started for it.

import { describeGuests } from '../support/guests';
import { until, VirglCommand } from './support/virgl-command';

const VIEWED = ['guest', 'run', '--view', '127.0.0.1:0', '--vnc', '127.0.0.1:0'];

/** A guest ended by a signal at a moment leaves nothing. */
const expectEnd = async (
  args: readonly string[],
  moment: (command: VirglCommand) => Promise<unknown>,
  signal: NodeJS.Signals,
  exitCode: number,
): Promise<void> => {
  await using command = new VirglCommand(args);
  await moment(command);
  expect(command.qemus.length).toBeGreaterThan(0);
  command.child.kill(signal);
  expect(await command.ended).toBe(exitCode);
  expect(command.stderr).toContain(`virgl guest run: ended by ${signal}\n`);
  await until('QEMU to be gone', () => command.qemus.length === 0, 5000);
  expect(command.remains).toEqual([]);
};

describeGuests('the end of virgl guest run', () => {
  test.each([
    ['Ctrl-C', 'SIGINT', 130],
    ['kill', 'SIGTERM', 143],
  ] as const)('%s while somebody may look at a program', (_name, signal, exitCode) =>
    expectEnd(
      [...VIEWED, '--', 'sh', '-c', 'echo started; sleep 1000'],
      (command) => command.says(/started/),
      signal,
      exitCode,
    ),
  );

  test('while the guest starts', () =>
    expectEnd(
      [...VIEWED, '--', 'true'],
      (command) => until('QEMU', () => command.qemus.length > 0),
      'SIGTERM',
      143,
    ));

  test('while a shell waits', () =>
    expectEnd(['guest', 'run', '--shell'], (command) => command.says(/\/root # /), 'SIGHUP', 129));
});
