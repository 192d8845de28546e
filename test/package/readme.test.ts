// The program in the README runs as it stands there, is short, and draws the picture beside it.

import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { decodePng } from '../../lib/image';
import { expectGolden } from '../support/golden';

const run = promisify(execFile);
const ROOT = path.join(__dirname, '..', '..');
const MAX_LINES = 25;

test("the README's program draws the triangle", async () => {
  const readme = await fs.readFile(path.join(ROOT, 'README.md'), 'utf8');
  const program = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  expect(program.trim().split('\n').length).toBeLessThanOrEqual(MAX_LINES);
  // Inside the checkout, so that the package finds itself by its own name.
  await fs.mkdir(path.join(ROOT, 'out'), { recursive: true });
  const folder = await fs.mkdtemp(path.join(ROOT, 'out', 'readme-'));
  try {
    await fs.writeFile(path.join(folder, 'program.mts'), program);
    const tsx = path.join(ROOT, 'node_modules', 'tsx', 'dist', 'cli.mjs');
    await run(process.execPath, [tsx, 'program.mts'], { cwd: folder });
    const picture = decodePng(await fs.readFile(path.join(folder, 'triangle.png')));
    expectGolden(path.join(ROOT, 'test', 'examples', 'golden', 'triangle.png'), picture);
  } finally {
    await fs.rm(folder, { recursive: true });
  }
});
