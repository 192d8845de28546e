// Every example of the catalogue draws what it always drew.

import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { EXAMPLES } from '../../examples/catalogue';
import { decodePng } from '../../lib/image';
import { expectGolden } from '../support/golden';

const run = promisify(execFile);
const ROOT = path.join(__dirname, '..', '..');
const TSX = path.join(ROOT, 'node_modules', 'tsx', 'dist', 'cli.mjs');
const SIZE = '320x240';

describe('examples', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'virgl-examples-'));
  });

  afterAll(() => fs.rm(folder, { recursive: true, force: true }));

  test.each(Object.keys(EXAMPLES))('%s', async (name) => {
    const file = path.join(folder, `${name}.png`);
    const { stdout } = await run(
      process.execPath,
      [TSX, 'examples/run.ts', name, '--out', file, '--size', SIZE],
      { cwd: ROOT },
    );
    expect(stdout).toContain(`wrote ${file}`);
    const picture = decodePng(await fs.readFile(file));
    const pixels = new Uint32Array(Uint8Array.from(picture.data).buffer);
    expect(new Set(pixels).size).toBeGreaterThan(1);
    expectGolden(path.join(__dirname, 'golden', `${name}.png`), picture);
  });
});
