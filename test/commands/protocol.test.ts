// The verbs on command streams as a user types them.

import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { CommandEncoder } from '../../lib/protocol';

const VIRGL = path.join(__dirname, '..', '..', 'dist', 'cli', 'main.js');
const RECORDED = path.join(__dirname, '..', 'protocol', 'fixtures', 'es2gears.virgl.gz');
const MAX_BUFFER = 2 ** 26;

interface Ended {
  code: number | null;
  stdout: Buffer;
  stderr: string;
}

const virgl = (args: string[], input?: Buffer | string): Promise<Ended> =>
  new Promise((resolve) => {
    const options = { encoding: 'buffer' as const, maxBuffer: MAX_BUFFER };
    const child = execFile(process.execPath, [VIRGL, ...args], options, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr: stderr.toString() });
    });
    child.stdin?.end(input);
  });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'virgl-commands-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (name: string, content: string | Uint8Array): string => {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
};
const bytesOf = (encoder: CommandEncoder): Buffer => Buffer.from(encoder.finish().buffer);

describe('dump and assemble', () => {
  test.each([[[]], [['--json']]])('a recorded session comes back, %j', async (form) => {
    const dumped = await virgl(['dump', '--framed', ...form, RECORDED]);
    expect({ code: dumped.code, stderr: dumped.stderr }).toEqual({ code: 0, stderr: '' });
    const back = await virgl(['assemble', '--framed', '-'], dumped.stdout);
    expect(back.code).toBe(0);
    expect(Buffer.compare(back.stdout, gunzipSync(readFileSync(RECORDED)))).toBe(0);
  });

  test('one stream, from standard input and into a file', async () => {
    const stream = bytesOf(new CommandEncoder().setSubCtx({ id: 1 }).drawVbo({ count: 3, mode: 4 }));
    const { stdout } = await virgl(['dump', '-'], stream);
    expect(stdout.toString()).toBe('SET_SUB_CTX id=1\nDRAW_VBO count=3 mode=TRIANGLES\n');
    const output = path.join(folder, 'out.virgl');
    expect((await virgl(['assemble', fileOf('a.txt', stdout), '-o', output])).code).toBe(0);
    expect(readFileSync(output)).toEqual(stream);
  });

  test('a fault in a text says where it is', async () => {
    const { code, stderr } = await virgl(['assemble', '-'], 'NOP\nDRAW_VBO mode=TRIANGELS\n');
    expect(code).toBe(1);
    expect(stderr).toMatch(/line 2, column 15: .*did you mean TRIANGLES\?\) \[ERR_VIRGL_DECODE\]/);
  });

  test('a reader that has seen enough ends it', () => {
    const command = `"${process.execPath}" "${VIRGL}" dump --framed "${RECORDED}" | head -1`;
    const output = execFileSync('bash', ['-o', 'pipefail', '-c', `${command}; exit "\${PIPESTATUS[0]}"`], {
      encoding: 'utf8',
    });
    expect(output).toMatch(/^SUBMISSION # 0/);
  });

  test('a file that is not there, and one that is of another kind', async () => {
    const missing = await virgl(['dump', '/nonexistent.virgl']);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/nonexistent.*\[ERR_VIRGL_SYSTEM\]/);
    const odd = await virgl(['dump', '--framed', '-'], Buffer.from([9, 0, 0, 0, 1]));
    expect(odd.code).toBe(1);
    expect(odd.stderr).toMatch(/submission 0 at byte 0.*\[ERR_VIRGL_DECODE\]/);
  });
});

describe('check', () => {
  test('a recorded session has no faults', async () => {
    const { code, stdout } = await virgl(['check', '--framed', RECORDED]);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: '' });
  });

  test('errors are told with their place, and make the exit code 1', async () => {
    const stream = bytesOf(
      new CommandEncoder().setSubCtx({ id: 0 }).setSamplerViews({ stage: 1, views: [5] }),
    );
    const { code, stdout } = await virgl(['check', '-'], stream);
    expect(code).toBe(1);
    expect(stdout.toString()).toBe(
      'command 1, byte 20: error handle-unknown: SET_SAMPLER_VIEWS views[0]: expected the handle of a SAMPLER_VIEW, but there is no object 5\n',
    );
    expect((await virgl(['check', '--partial', '-'], stream)).code).toBe(0);
    expect(JSON.parse((await virgl(['check', '--json', '-'], stream)).stdout.toString())).toEqual([
      expect.objectContaining({ rule: 'handle-unknown', commandIndex: 1, byteOffset: 20, field: 'views[0]' }),
    ]);
  });

  test('warnings do not', async () => {
    const { code, stdout } = await virgl(['check', '-'], bytesOf(new CommandEncoder().setSubCtx({ id: 9 })));
    expect(code).toBe(0);
    expect(stdout.toString()).toMatch(/^command 0, byte 4: warning sub-context: /);
  });

  test('shaders are checked too', async () => {
    const stream = bytesOf(
      new CommandEncoder().createShader({ handle: 1, stage: 1, text: 'FRAG\nMOVE\nEND\n' }),
    );
    const { code, stdout } = await virgl(['check', '-'], stream);
    expect(code).toBe(1);
    expect(stdout.toString()).toMatch(/error shader\/syntax: CREATE_OBJECT SHADER text: line 2, column/);
  });
});

describe('explain', () => {
  test('values of several kinds', async () => {
    const { code, stdout } = await virgl(['explain', '786440', '-22', 'NV12']);
    expect(code).toBe(0);
    expect(stdout.toString()).toMatch(
      /^DRAW_VBO, 12 dwords\n(.*\n)*errno 22, EINVAL\n(.*\n)*format 166, Y8_U8V8_420_UNORM\n/m,
    );
  });

  test('JSON is the same for programs', async () => {
    const { stdout } = await virgl(['explain', '--json', 'DRAW_VBO']);
    expect(JSON.parse(stdout.toString())).toMatchObject({ DRAW_VBO: [{ kind: 'opcode', value: 8 }] });
  });

  test('a name that nothing has', async () => {
    const { code, stderr } = await virgl(['explain', 'DRAW_VB']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/did you mean DRAW_VBO\?/);
  });
});

test.each(['explain', 'dump', 'assemble', 'check'])('%s explains itself', async (verb) => {
  const help = await virgl([verb, '--help']);
  expect(help.code).toBe(0);
  expect(help.stdout.toString()).toMatch(/Examples?:\n {2}virgl /);
  expect((await virgl([verb])).code).toBe(2);
  expect((await virgl([verb, '--bogus'])).code).toBe(verb === 'explain' ? 1 : 2);
});
