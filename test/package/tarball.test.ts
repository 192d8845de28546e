// A packed tarball, installed in an empty project, renders a triangle: from CommonJS, from ESM, and for the type checker.

import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = path.join(__dirname, '..', '..');
const FIXTURES = path.join(__dirname, 'consumer');

const npm = (args: string[], cwd: string) =>
  run('npm', args, { cwd, env: { ...process.env, npm_config_ignore_scripts: 'false' } });

/** Packs the working tree with the addon that was built, as a prebuild of this machine. */
const pack = async (into: string): Promise<string> => {
  const staging = path.join(into, 'package');
  for (const name of [
    'package.json',
    'dist',
    'native',
    'CMakeLists.txt',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
  ]) {
    await fs.cp(path.join(ROOT, name), path.join(staging, name), { recursive: true });
  }
  const prebuild = path.join(staging, 'prebuilds', `${process.platform}-${process.arch}`);
  await fs.mkdir(prebuild, { recursive: true });
  await fs.copyFile(path.join(ROOT, 'build', 'Release', 'virgl.node'), path.join(prebuild, 'virgl.node'));
  const { stdout } = await npm(['pack', '--json', '--pack-destination', into], staging);
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  return path.join(into, filename);
};

describe('the packed tarball', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'virgl-tarball-'));
    const tarball = await pack(folder);
    await fs.cp(FIXTURES, path.join(folder, 'consumer'), { recursive: true });
    await npm(['install', '--no-audit', '--no-fund', tarball], path.join(folder, 'consumer'));
  }, 180_000);

  afterAll(() => fs.rm(folder, { recursive: true, force: true }));

  test.each(['triangle.cjs', 'triangle.mjs'])('%s renders a triangle', async (script) => {
    const { stdout, stderr } = await run(process.execPath, [script], { cwd: path.join(folder, 'consumer') });
    expect(stderr).toBe('');
    // The corner shows the background, the middle the triangle.
    expect(JSON.parse(stdout)).toEqual({ corner: [0, 0, 255, 255], middle: [255, 128, 0, 255] });
  });

  test('its types are enough for a strict program', async () => {
    const tsc = path.join(ROOT, 'node_modules', '.bin', 'tsc');
    const args = ['--noEmit', '--strict', '--module', 'node20', '--target', 'es2022', '--types', 'node'];
    const typeRoots = ['--typeRoots', path.join(ROOT, 'node_modules', '@types')];
    const { stdout } = await run(tsc, [...args, ...typeRoots, 'types.mts'], {
      cwd: path.join(folder, 'consumer'),
    });
    expect(stdout).toBe('');
  });

  test('it installs without running a script and brings no sources of tests', async () => {
    const installed = path.join(folder, 'consumer', 'node_modules', 'virgl');
    const { scripts = {} } = JSON.parse(await fs.readFile(path.join(installed, 'package.json'), 'utf8')) as {
      scripts?: Record<string, string>;
    };
    expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([]);
    const names = await fs.readdir(installed);
    expect(names).not.toContain('binding.gyp');
    expect(names).not.toContain('test');
    expect(names).toContain('prebuilds');
  });
});
