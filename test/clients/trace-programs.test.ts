// Stock programs recorded by `virgl trace record` and played by `virgl trace replay --verify`.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { TraceReader } from '../../lib/trace';
import { Display } from './support/display';
import { describeWith } from './support/installed';

const VIRGL = path.join(__dirname, '..', '..', 'dist', 'cli', 'main.js');
const LIMIT_MS = 120_000;

const virgl = (args: readonly string[], env: NodeJS.ProcessEnv = process.env, timeout = LIMIT_MS) =>
  spawnSync(process.execPath, [VIRGL, 'trace', ...args], { encoding: 'utf8', env, timeout });

describeWith(['Xvfb', 'glmark2-es2', 'es2gears_x11', 'timeout'], 'recorded programs', () => {
  let folder: string;
  beforeAll(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'virgl-trace-'));
  });
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  test.each([
    ['glmark2-build', ['glmark2-es2', '--off-screen', '-s', '320x240', '-b', 'build:duration=0.5']],
    // Ended as Ctrl-C ends it; each frame is shown.
    ['es2gears', ['timeout', '--preserve-status', '-s', 'INT', '4', 'es2gears_x11']],
  ])(
    '%s',
    async (name, command) => {
      await using display = await Display.open();
      const file = path.join(folder, `${name}.vgtrace`);
      const recorded = virgl(['record', '-o', file, '--', ...command], {
        ...process.env,
        DISPLAY: display.name,
      });
      expect(recorded.stderr).toMatch(/: \d+ frames, \d+ calls, [\d.]+ MiB\n/);
      {
        using reader = TraceReader.open(file);
        expect(reader.summary).toMatchObject({ complete: true });
        expect(reader.summary.frames.length).toBeGreaterThan(3);
        expect(reader.meta).toMatchObject({ source: command.join(' ') });
      }
      const played = virgl(['replay', file, '--verify', '--frames', '0-20', '--png', folder]);
      expect(played.stdout).toMatch(/(\d+) of \1 read-backs and pictures are as recorded/);
      expect(played.status).toBe(0);
      expect(fs.existsSync(path.join(folder, 'frame-2.png'))).toBe(true);
    },
    LIMIT_MS,
  );

  test('an example as a script', () => {
    const file = path.join(folder, 'triangle.vgtrace');
    const script = path.join(__dirname, '..', '..', 'examples', 'triangle.ts');
    const recorded = virgl(['record', '-o', file, '--script', script]);
    expect(recorded.stderr).toMatch(/triangle\.vgtrace: 1 frames, 10 calls/);
    expect(recorded.status).toBe(0);
    const played = virgl(['replay', file, '--verify', '--host', 'process']);
    expect(played.stdout).toMatch(/2 of 2 read-backs and pictures are as recorded/);
    expect(played.status).toBe(0);
  });

  test('an exit code is passed on, and who draws nothing leaves nothing', () => {
    const file = path.join(folder, 'nothing.vgtrace');
    const { status, stderr } = virgl(['record', '-o', file, '--', 'sh', '-c', 'exit 7']);
    expect(status).toBe(7);
    expect(stderr).toMatch(/no file is left/);
    expect(fs.existsSync(file)).toBe(false);
  });
});
