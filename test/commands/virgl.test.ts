// The `virgl` command as a user types it.

import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { decodePng } from '../../lib/image';
import { expectGolden } from '../support/golden';

const VIRGL = path.join(__dirname, '..', '..', 'dist', 'cli', 'main.js');

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

const virgl = (args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [VIRGL, ...args],
      { env: { ...process.env, ...env } },
      (_, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });

/** Mesa finds no driver with these, so that no GL context can be made. */
const NO_DRIVER = {
  LIBGL_DRIVERS_PATH: '/nonexistent',
  GBM_BACKENDS_PATH: '/nonexistent',
  __EGL_VENDOR_LIBRARY_DIRS: '/nonexistent',
};

test('info names library, renderer and capability sets', async () => {
  const { code, stdout, stderr } = await virgl(['info']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^library +\/.*libvirglrenderer\.so\.1/m);
  expect(stdout).toMatch(/^GL renderer +\S/m);
  expect(stdout).toMatch(/^ {2}2 VIRGL2, version 2, \d+ bytes$/m);
});

test('info --json is the same for programs', async () => {
  const report = JSON.parse((await virgl(['info', '--json'])).stdout) as {
    gl: { glslLevel: number };
    features: { submitCmd: boolean };
    capsets: { id: number; maxSizeBytes: number }[];
  };
  expect(report.gl.glslLevel).toBeGreaterThanOrEqual(130);
  expect(report.features.submitCmd).toBe(true);
  expect(report.capsets).toContainEqual(expect.objectContaining({ id: 1, maxSizeBytes: 308 }));
});

test('info with another library says what to install', async () => {
  const { code, stdout, stderr } = await virgl(['info', '--library', '/nonexistent.so']);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/apt install libvirglrenderer1.*\[ERR_VIRGL_LIBRARY\]/);
});

test('doctor finds that all is well', async () => {
  const { code, stdout } = await virgl(['doctor']);
  expect(code).toBe(0);
  for (const name of ['node', 'platform', 'addon', 'library', 'render nodes', 'rendering']) {
    expect(stdout).toMatch(new RegExp(`^(ok  |note) ${name} `, 'm'));
  }
});

test('doctor says what to do when there is no driver, and exits with 1', async () => {
  const { code, stdout } = await virgl(['doctor'], NO_DRIVER);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^BAD {2}rendering .*\n +-> Install Mesa/m);
});

test.each([{ args: ['bogus'] }, { args: ['info', '--bogus'] }, { args: [] }])(
  'wrong usage $args exits with 2 and explains on stderr',
  async ({ args }) => {
    const { code, stdout, stderr } = await virgl(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toBe('');
  },
);

test.each([{ args: ['--help'] }, { args: ['info', '--help'] }, { args: ['doctor', '--help'] }])(
  '$args shows examples',
  async ({ args }) => {
    const { code, stdout } = await virgl(args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Examples?:\n {2}virgl /);
  },
);

test('render draws an example', async () => {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'virgl-render-'));
  const file = path.join(folder, 'triangle.png');
  const { code, stderr } = await virgl(['render', 'triangle', '--size', '320x240', '--out', file]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const golden = path.join(__dirname, '..', 'examples', 'golden', 'triangle.png');
  expectGolden(golden, decodePng(await fs.readFile(file)));
  await fs.rm(folder, { recursive: true });
});

test('render names the examples there are', async () => {
  const { code, stderr } = await virgl(['render', 'nonesuch']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/there are triangle, textured-cube, .*\[ERR_VIRGL_ARGUMENT\]/);
});

test('--version is that of the package', async () => {
  const { version } = jest.requireActual<{ version: string }>('../../package.json');
  expect((await virgl(['--version'])).stdout.trim()).toBe(version);
});
