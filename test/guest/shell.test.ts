// Somebody at a terminal, in a guest: what is typed is the guest's, and the terminal is left as it was.

import { describeGuests } from '../support/guests';
import { until, VirglCommand } from './support/virgl-command';

const CTRL_C = '\x03';

const SHELL = ['guest', 'run', '--shell'];

/** Both looks at how the terminal is set; equal if it was left as it was. */
const settingsOf = ({ stdout }: VirglCommand): string[] =>
  Array.from(stdout.matchAll(/^(?:before|after) (\S+)\r?$/gm), ([, settings]) => settings ?? '');

const expectNothingLeft = async (command: VirglCommand): Promise<void> => {
  const [before, after] = settingsOf(command);
  expect(before).toMatch(/^[0-9a-f:]+$/);
  expect(after).toBe(before);
  await until('QEMU to be gone', () => command.qemus.length === 0, 5000);
  expect(command.remains).toEqual([]);
};

describeGuests(
  'virgl guest run --shell at a terminal',
  () => {
    test('Ctrl-C is for what runs in the guest; the exit code is the shell’s', async () => {
      await using command = new VirglCommand(SHELL, { terminal: true });
      await command.says(/\/root # /);
      // What is typed is shown too; so no pattern here is what was typed.
      command.type('echo go $((1 + 1)); sleep 1000; echo not $((2 + 1))\r');
      await command.says(/go 2\r*\n/);
      command.type(CTRL_C);
      command.type('echo "code $?, $((6 * 7))"\r');
      await command.says(/code 130, 42\r*\n/);
      command.type(
        `sh -c 'trap "echo had \\$((40 + 2)); exit 7" INT; echo wait $((1 + 1)); while :; do sleep 0.1; done'\r`,
      );
      await command.says(/wait 2\r*\n/);
      command.type(CTRL_C);
      await command.says(/had 42\r*\n/);
      expect(command.stdout).not.toMatch(/not 3\r*\n/);
      command.type('exit 5\r');
      expect(await command.ended).toBe(5);
      await expectNothingLeft(command);
    });

    test('a guest that is switched off ends well', async () => {
      await using command = new VirglCommand(SHELL, { terminal: true });
      await command.says(/\/root # /);
      command.type('poweroff -f\r');
      expect(await command.ended).toBe(0);
      await expectNothingLeft(command);
    });

    test('a QEMU that is killed is told, and leaves the terminal as it was', async () => {
      await using command = new VirglCommand(SHELL, { terminal: true });
      await command.says(/\/root # /);
      const [qemu] = command.qemus;
      process.kill(qemu as number, 'SIGKILL');
      expect(await command.ended).toBe(1);
      expect(command.stdout).toContain('QEMU ended by SIGKILL before the shell ended');
      await expectNothingLeft(command);
    });
  },
  ['script'],
);
