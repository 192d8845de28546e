// Stock programs and examples recorded by `virgl trace record`, and what is to be true of their traces.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { EXAMPLES } from '../../examples/catalogue';
import { TraceReader } from '../../lib/trace';
import { Display } from './support/display';
import { findScenes } from './support/glmark2-scenes';
import { describeWith } from './support/installed';
import { expectProven, virglTrace } from './support/trace-proof';

const LIMIT_MS = 120_000;
/** Debian has them in the folder of its architecture. */
const PIGLIT = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/piglit/bin`;
const EXAMPLE_FILES = path.join(__dirname, '..', '..', 'examples');

/** Programs of piglit that read back what they draw, with their arguments: a kind of drawing each. */
const PIGLIT_PROGRAMS: readonly (readonly [program: string, ...args: string[]])[] = [
  ['fbo-generatemipmap-cubemap'],
  ['arb_draw_instanced-drawarrays'],
  ['arb_uniform_buffer_object-rendering'],
  ['ext_transform_feedback-tessellation', 'triangle_fan', 'smooth'],
  ['arb_draw_indirect-draw-elements'],
  ['arb_viewport_array-render-scissor'],
  ['fbo-blit'],
  ['arb_shader_storage_buffer_object-rendering'],
  ['draw-vertices'],
  ['primitive-restart'],
  ['array-texture'],
  ['stencil-twoside'],
];

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'virgl-trace-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** Records a program on a display of its own; gives the file. */
const record = async (name: string, command: readonly string[]): Promise<string> => {
  await using display = await Display.open();
  const file = path.join(folder, `${name}.vgtrace`);
  const env = { ...process.env, DISPLAY: display.name };
  const { stderr, status } = virglTrace(['record', '--pictures', 'all', '-o', file, '--', ...command], env);
  expect(stderr).toMatch(/: \d+ frames, \d+ calls, [\d.]+ MiB\n/);
  expect(status).toBe(0);
  return file;
};

const framesOf = (file: string): number => {
  using reader = TraceReader.open(file);
  return reader.summary.frames.length;
};

describeWith(['Xvfb', 'glmark2-es2'], 'the trace of glmark2', () => {
  test(
    'every default scene, one after the other',
    async () => {
      const scenes = await findScenes('glmark2-es2');
      const benchmarks = scenes.flatMap((scene) => ['-b', `${scene}:duration=0.05`]);
      const file = await record('glmark2', ['glmark2-es2', '--off-screen', '-s', '160x120', ...benchmarks]);
      const frames = framesOf(file);
      expect(frames).toBeGreaterThan(2 * scenes.length);
      const told = await expectProven(file);
      const [, compared = '0'] = /of (\d+) read-backs/.exec(told) ?? [];
      // The pictures of nearly all: where one scene ends and the next one begins the target is gone.
      expect(Number(compared)).toBeGreaterThan(0.8 * frames);
    },
    LIMIT_MS,
  );
});

describeWith(['Xvfb', 'es2gears_x11', 'timeout'], 'the trace of es2gears', () => {
  test(
    'each frame is shown; ended as Ctrl-C ends it',
    async () => {
      const command = ['timeout', '--preserve-status', '-s', 'INT', '2', 'es2gears_x11'];
      await using display = await Display.open();
      const file = path.join(folder, 'es2gears.vgtrace');
      const env = { ...process.env, DISPLAY: display.name };
      virglTrace(['record', '-o', file, '--', ...command], env);
      expect(framesOf(file)).toBeGreaterThan(3);
      await expectProven(file);
      const played = virglTrace(['replay', file, '--verify', '--frames', '0-2', '--png', folder]);
      expect(played.status).toBe(0);
      expect(fs.existsSync(path.join(folder, 'frame-2.png'))).toBe(true);
    },
    LIMIT_MS,
  );
});

describeWith(['Xvfb', `${PIGLIT}/fbo-blit`], 'the traces of piglit', () => {
  test.each(PIGLIT_PROGRAMS)(
    '%s',
    async (program, ...args) => {
      const command = [path.join(PIGLIT, program), ...args.filter((arg) => typeof arg === 'string')];
      await expectProven(await record(program, [...command, '-auto', '-fbo']));
    },
    LIMIT_MS,
  );
});

describeWith(['sh'], 'recordings of other commands', () => {
  test('an exit code is passed on, and who draws nothing leaves nothing', () => {
    const file = path.join(folder, 'nothing.vgtrace');
    const { status, stderr } = virglTrace(['record', '-o', file, '--', 'sh', '-c', 'exit 7']);
    expect(status).toBe(7);
    expect(stderr).toMatch(/no file is left/);
    expect(fs.existsSync(file)).toBe(false);
  });
});

/** A guest that only draws in 2D: there is no command stream in it. */
const WITHOUT_STREAMS = 'virtio-gpu-2d';

describe('the traces of examples', () => {
  test.each(Object.keys(EXAMPLES).filter((name) => name !== WITHOUT_STREAMS))(
    '%s',
    async (name) => {
      const file = path.join(folder, `${name}.vgtrace`);
      const script = path.join(EXAMPLE_FILES, `${name}.ts`);
      const { status, stderr } = virglTrace(['record', '-o', file, '--script', script]);
      expect(stderr).toMatch(/\.vgtrace: \d+ frames, \d+ calls/);
      expect(status).toBe(0);
      // Requests for results of queries are left to the encoder.
      await expectProven(file, name === 'queries' ? 0.8 : 1);
      const elsewhere = virglTrace(['replay', file, '--verify', '--host', 'process']);
      expect(elsewhere.status).toBe(0);
    },
    LIMIT_MS,
  );
});
