// `virgl guest` as a user types it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { decodePng } from '../../lib/image';
import { countColors, describeGuests, keepPicture } from '../support/guests';

const VIRGL = path.join(__dirname, '..', '..', 'dist', 'cli', 'main.js');

const virgl = async (args: readonly string[], input?: string, env: NodeJS.ProcessEnv = {}) => {
  const child = spawn(process.execPath, [VIRGL, ...args], {
    stdio: 'pipe',
    env: { ...process.env, ...env },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (bytes) => (output.stdout += String(bytes)));
  child.stderr.on('data', (bytes) => (output.stderr += String(bytes)));
  if (input !== undefined) child.stdin.end(input);
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { ...output, exitCode };
};

describeGuests('virgl guest', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'guest-commands-'));
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  test('runs a program, saves screenshots, and records what replays to the same pixels without a guest', async () => {
    const screenshots = path.join(folder, 'screenshots');
    const record = path.join(folder, 'guest.vgtrace');
    const options = ['--screenshots', screenshots, '--record', record, '--timeout', '60'];
    const script = 'printf "%s|" "$@"; echo complaint >&2; kmscube -c 400 && exit 7';
    const words = ['a b', "it's", '$HOME', '*', ''];
    const run = await virgl(['guest', 'run', ...options, '--', 'sh', '-c', script, 'sh', ...words]);
    expect(run.stdout).toMatch(/^a b\|it's\|\$HOME\|\*\|\|/);
    expect(run.stdout).toMatch(/renderer: "virgl/);
    expect(run.stderr).toMatch(/complaint/);
    expect(run.stderr).toMatch(/ended after .*booted in .*GPU commands.*frames in /);
    expect(run.exitCode).toBe(7);

    const pictures = fs.readdirSync(screenshots).sort();
    expect(pictures.length).toBeGreaterThan(1);
    const colors = pictures.map((name) =>
      countColors(decodePng(fs.readFileSync(path.join(screenshots, name)))),
    );
    expect(Math.max(...colors)).toBeGreaterThan(1000);
    const best = pictures[colors.indexOf(Math.max(...colors))] as string;
    keepPicture('virgl-guest-run', decodePng(fs.readFileSync(path.join(screenshots, best))));

    const replay = await virgl(['trace', 'replay', record, '--verify']);
    expect(replay).toMatchObject({ exitCode: 0, stderr: expect.not.stringMatching(/differ/) });
  });

  test('gives the terminal to a shell', async () => {
    const { stdout, exitCode } = await virgl(
      ['guest', 'run', '--shell', '--gpu', 'qemu-2d'],
      'echo kernel $(uname -s); exit\n',
    );
    expect(stdout).toMatch(/^kernel Linux/m);
    expect(exitCode).toBe(0);
  });

  test('refuses a command line that makes no sense', async () => {
    expect((await virgl(['guest', 'run'])).exitCode).toBe(2);
    const { stderr, exitCode } = await virgl(['guest', 'run', '--size', '8', '--', 'true']);
    expect(stderr).toMatch(/--size.*Expected \S+, e\.g\. \d+x\d+/s);
    expect(exitCode).toBe(2);
  });

  test('says what is missing', async () => {
    const run = await virgl(['guest', 'run', '--', 'true'], '', { XDG_CACHE_HOME: folder });
    expect(run.stderr).toMatch(/virgl guest build/);
    expect(run.exitCode).toBe(1);
    const noQemu = await virgl(['guest', 'run', '--', 'true'], '', { VIRGL_QEMU: '/none/qemu' });
    expect(noQemu.stderr).toMatch(/install QEMU 10 or newer/);
    expect(noQemu.exitCode).toBe(1);
  });
});
