// The verbs on traces as a user types them, on a recorded session of a stock program.

import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { encodeTrace } from '../../lib/trace';
import { recordsOfSession, sourceOf } from '../support/trace-records';

const VIRGL = path.join(__dirname, '..', '..', 'dist', 'cli', 'main.js');
const MAX_BUFFER = 2 ** 26;
const SESSION = 'glmark2-es2-desktop-shadow';
// The session's own.
const COMMANDS = 660;
const DRAWS = 55;

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

const trace = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [VIRGL, 'trace', ...args],
      { maxBuffer: MAX_BUFFER },
      (_, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'virgl-trace-'));
  file = path.join(folder, 'shadow.vgtrace');
  const records = recordsOfSession(SESSION);
  writeFileSync(file, encodeTrace({ ...sourceOf([]).meta, source: SESSION }, records));
});
afterAll(() => rmSync(folder, { recursive: true }));

const numbersIn = (text: string): number[] =>
  text
    .split('\n')
    .filter((line) => /^\d+ /.test(line))
    .map((line) => Number.parseInt(line, 10));

test('info', async () => {
  const { code, stdout, stderr } = await trace('info', file);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(`source:        ${SESSION}`);
  expect(stdout).toContain(`${COMMANDS}, ${DRAWS} of them draws`);
  expect(stdout).toMatch(/state: +complete/);
  const quick = await trace('info', file, '--no-commands', '--json');
  const told = JSON.parse(quick.stdout) as {
    overview: { frames: number; complete: boolean };
    contents?: object;
  };
  expect(told).toMatchObject({ overview: { frames: 1, complete: true } });
  expect(told.contents).toBeUndefined();
});

test('dump', async () => {
  const { code, stdout } = await trace('dump', file);
  expect(code).toBe(0);
  expect(numbersIn(stdout)).toEqual(Array.from({ length: COMMANDS }, (_, index) => index));
  const draws = await trace('dump', file, '--frames', '0', '--calls', 'draw');
  expect(numbersIn(draws.stdout).length).toBe(DRAWS);
  const json = await trace('dump', file, '--json', '--calls', 'draw');
  const lines = json.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string; number: number });
  expect(lines.filter(({ kind }) => kind === 'command').map(({ number }) => number)).toEqual(
    numbersIn(draws.stdout),
  );
});

test('dump ends quietly with its reader', () => {
  const head = `"${process.execPath}" "${VIRGL}" trace dump "${file}" 2>&1 | head -n 2`;
  const text = execFileSync('bash', ['-c', `set -o pipefail; ${head}`], { encoding: 'utf8' });
  expect(text.split('\n').length).toBe(3);
});

test('state', async () => {
  const draws = await trace('dump', file, '--calls', 'draw');
  const last = numbersIn(draws.stdout).at(-1) ?? 0;
  const { code, stdout } = await trace('state', file, '--at', `${last}`);
  expect(code).toBe(0);
  for (const part of [
    `${last} DRAW_VBO`,
    'framebuffer: ',
    'shader.FRAGMENT: ',
    '  FRAG\n',
    'Resources alive',
  ])
    expect(stdout).toContain(part);
  const json = await trace('state', file, '--at', `${last}`, '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({ command: { number: last, name: 'DRAW_VBO' } });
});

test.each([
  [['state', 'FILE', '--at', '660'], 1, 'expected a command from 0 to 659'],
  [['state', 'FILE', '--at', 'x'], 2, 'whole number'],
  [['state', 'FILE'], 2, '--at'],
  [['dump', 'FILE', '--calls', 'drwa'], 1, 'did you mean draw?'],
  [['dump', 'FILE', '--frames', '3-1'], 2, '10-12'],
  [['info', '/nowhere/at/all'], 1, 'ERR_VIRGL_SYSTEM'],
  [['dump', VIRGL], 1, 'ERR_VIRGL_DECODE'],
])('%j fails and says why', async (args, expected, message) => {
  const { code, stderr } = await trace(...args.map((arg) => (arg === 'FILE' ? file : arg)));
  expect(code).toBe(expected);
  expect(stderr).toContain(message);
});

test('a cut file is told and shown up to its last whole record', async () => {
  const cut = path.join(folder, 'cut.vgtrace');
  const whole = readFileSync(file);
  writeFileSync(cut, whole.subarray(0, whole.length - 100));
  const info = await trace('info', cut);
  expect(info.stdout).toContain('cut off');
  const dump = await trace('dump', cut);
  expect(numbersIn(dump.stdout).length).toBeGreaterThan(0);
  expect(dump.stderr).toContain('not complete');
});
