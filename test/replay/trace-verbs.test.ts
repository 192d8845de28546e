// `virgl trace shrink` and `diff` as a user types them, on the real library.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { CommandEncoder } from '../../lib/protocol';
import { encodeTrace, TraceReader, traceInfo } from '../../lib/trace';
import { describeNative, isRelease } from '../support/native-library';
import { type EndedVerb, runVerb } from '../support/virgl-verb';
import { META } from '../trace/support/edit-traces';
import { bindMissing, crash, CRASHING, drawGreen, seeded } from './support/seeded-trace';

jest.setTimeout(300_000);

const FRAMES = 4;
const DIST = path.join(__dirname, '..', '..', 'dist');

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'virgl-verbs-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const fileOf = (name: string): string => path.join(folder, `${name}.vgtrace`);

const write = (name: string, wrong: (encoder: CommandEncoder) => unknown, frames = FRAMES): string => {
  const file = fileOf(name);
  fs.writeFileSync(file, encodeTrace(META, seeded(wrong, frames)));
  return file;
};

/** A program that the library does not survive, after so many streams. */
const crashingScript = (streams: number): string => `
  const { NativeHost } = require(${JSON.stringify(path.join(DIST, 'host'))});
  const { CommandEncoder } = require(${JSON.stringify(path.join(DIST, 'protocol'))});
  const main = async () => {
    const host = await NativeHost.open();
    await host.contextCreate({ contextId: 1 });
    const submit = (encoder) => host.submitCmd({ contextId: 1, commands: encoder.finish() });
    for (let i = 0; i < ${streams}; i += 1) await submit(new CommandEncoder().createSubCtx({ id: i + 1 }));
    const stage = 1;
    await submit(new CommandEncoder().createShader({ handle: 99, stage, text: ${JSON.stringify(CRASHING)} }));
  };
  void main();`;

const commandsIn = (file: string): number => {
  using reader = TraceReader.open(file);
  return traceInfo(reader, { contents: true }).contents?.commands ?? 0;
};

const shrunk = async (file: string, ...check: string[]): Promise<EndedVerb & { commands: number }> => {
  const tiny = fileOf('tiny');
  const ended = await runVerb(['trace', 'shrink', file, ...check, '-o', tiny]);
  return { ...ended, commands: fs.existsSync(tiny) ? commandsIn(tiny) : 0 };
};

describeNative('shrink', () => {
  it('--check-error, with its text and without', async () => {
    const file = write('bad', bindMissing);
    for (const check of [['--check-error', 'Illegal handle'], ['--check-error']]) {
      const { code, stdout, commands } = await shrunk(file, ...check);
      expect({ code, commands }).toEqual({ code: 0, commands: 1 });
      // Its error is part of it.
      expect((await runVerb(['trace', 'replay', fileOf('tiny')])).code).toBe(0);
      expect(stdout).toMatch(/tiny\.vgtrace: 1 of \d+ commands, 2 of \d+ records \(\d+ candidates tried/);
    }
  });

  it('--check-pixel', async () => {
    const { code, commands } = await shrunk(write('bad', drawGreen), '--check-pixel', '3,2=#00ff00');
    expect(code).toBe(0);
    expect(commands).toBeGreaterThan(1);
    expect(commands).toBeLessThan(20);
    const played = await runVerb(['trace', 'replay', fileOf('tiny'), '--verify']);
    expect(played.stdout).toMatch(/([1-9]\d*) of \1 read-backs and pictures are as recorded/);
  });

  const isMended = isRelease('1.0');
  if (isMended) process.stderr.write('shrink --check-crash is skipped: this release refuses the shader\n');
  (isMended ? it.skip : it)('--check-crash, of what was recorded when it crashed', async () => {
    const script = path.join(folder, 'crashing.cjs');
    fs.writeFileSync(script, crashingScript(100));
    const file = fileOf('crashed');
    expect(await runVerb(['trace', 'record', '--script', script, '-o', file])).toMatchObject({
      code: 139,
    });
    const { code, stdout, commands } = await shrunk(file, '--check-crash');
    expect(stdout).toMatch(/ 1 of 101 commands/);
    expect({ code, commands }).toEqual({ code: 0, commands: 1 });
  });

  (isMended ? it.skip : it)('--check-crash', async () => {
    const { code, commands } = await shrunk(write('bad', crash, 3), '--check-crash');
    expect(code).toBe(0);
    expect(commands).toBeLessThanOrEqual(2);
  });

  it('--check, whose command gets the candidate', async () => {
    const script = path.join(folder, 'still-bad.sh');
    // As long as the file has so many bytes: nothing is played.
    fs.writeFileSync(
      script,
      '#!/bin/sh\ntest "$VIRGL_TRACE" = "$1" && grep -q . "$1" && test $(stat -c %s "$1") -gt 1500\n',
      { mode: 0o755 },
    );
    const { code, commands } = await shrunk(
      write('bad', () => undefined, 2),
      '--check',
      script,
    );
    expect(code).toBe(0);
    expect(commands).toBeGreaterThan(0);
  });

  it('of a trace that is good says so', async () => {
    const { code, stderr } = await shrunk(
      write('good', () => undefined, 1),
      '--check-error',
      'Illegal',
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/the check finds the whole trace good/);
  });

  it('that was interrupted goes on where it was', async () => {
    const file = write('bad', bindMissing, 40);
    const tiny = fileOf('tiny');
    const args = ['trace', 'shrink', file, '--check-error', '-o', tiny];
    const first = await runVerb(args, (text, child) => {
      if (text.includes('frames:')) child.kill('SIGINT');
    });
    expect(first.stdout).toMatch(/not finished: the same command goes on from .*tiny\.vgtrace\.state/);
    const [, tried = '0'] = /\((\d+) candidates tried/.exec(first.stdout) ?? [];
    expect(Number(tried)).toBeGreaterThan(0);
    expect(commandsIn(tiny)).toBeLessThanOrEqual(commandsIn(file));
    const second = await runVerb(args);
    const [, known = '0'] = /candidates tried, (\d+) known\)/.exec(second.stdout) ?? [];
    expect(Number(known)).toBeGreaterThanOrEqual(Number(tried));
    expect(commandsIn(tiny)).toBe(1);
    expect(fs.existsSync(`${tiny}.state`)).toBe(false);
  });
});

describeNative('diff', () => {
  const pageOf = (name: string): string => fs.readFileSync(path.join(folder, name, 'index.html'), 'utf8');

  it('of equal traces exits with 0, of others with 1 and the first difference, and writes a page', async () => {
    const red = write('red', () => undefined, 3);
    const same = await runVerb(['trace', 'diff', red, red, '--pixels', '--html', path.join(folder, 'same')]);
    expect(same.code).toBe(0);
    const green = write('green', drawGreen, 3);
    const other = await runVerb([
      'trace',
      'diff',
      red,
      green,
      '--pixels',
      '--html',
      path.join(folder, 'other'),
    ]);
    expect(other.code).toBe(1);
    expect(other.stdout).toContain('CREATE_OBJECT');
    expect(pageOf('other')).toContain('CREATE_OBJECT');
    expect(pageOf('other')).toContain('data:image/png;base64,');
    expect(pageOf('same')).not.toContain('CREATE_OBJECT');
  });

  it('of what is no trace exits with 2', async () => {
    const { code, stderr } = await runVerb(['trace', 'diff', __filename, __filename]);
    expect(code).toBe(2);
    expect(stderr).toContain('ERR_VIRGL_DECODE');
  });
});
