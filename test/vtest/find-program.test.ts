// Which programs can be started, as shells look for them.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runProgram } from '../../lib/vtest';
import { checkProgram } from '../../lib/vtest/run/find-program';

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'virgl-find-'));
  fs.writeFileSync(path.join(folder, 'good'), '#!/bin/sh\n', { mode: 0o755 });
  fs.writeFileSync(path.join(folder, 'plain'), 'x', { mode: 0o644 });
  fs.mkdirSync(path.join(folder, 'folder'));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

test.each([
  { program: 'good', why: undefined },
  { program: './good', why: './good" does not exist' },
  { program: 'plain', why: 'plain" is not executable' },
  { program: 'folder', why: 'folder" is not in PATH' },
  { program: 'nothing', why: 'nothing" is not in PATH' },
  { program: '', why: '"" is not in PATH' },
])('"$program": $why', ({ program, why }) => {
  const check = () => checkProgram(program, `/nonexistent:${folder}`);
  if (why === undefined) check();
  else expect(check).toThrow(why);
});

test('by path', () => {
  checkProgram(path.join(folder, 'good'), '');
  expect(() => checkProgram(path.join(folder, 'nothing'))).toThrow(
    `the program "${folder}/nothing" does not exist`,
  );
  expect(() => checkProgram(path.join(folder, 'plain'))).toThrow('is not executable');
});

test('runProgram looks before it starts anything', async () => {
  const { TMPDIR } = process.env;
  const temporary = path.join(folder, 'folder');
  process.env.TMPDIR = temporary;
  try {
    await expect(runProgram(['virgl-no-such-program'])).rejects.toMatchObject({
      code: 'ERR_VIRGL_SYSTEM',
      value: 'virgl-no-such-program',
    });
    await expect(runProgram([])).rejects.toMatchObject({ code: 'ERR_VIRGL_SYSTEM' });
    expect(fs.readdirSync(temporary)).toEqual([]);
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
});
