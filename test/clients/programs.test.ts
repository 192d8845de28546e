// Unmodified programs of Debian render through the server what they render with llvmpipe alone.
// The pictures of both are left in out/clients.

import fs from 'node:fs';
import path from 'node:path';
import { encodePng, type Image } from '../../lib/image';
import { expectSimilar } from '../support/golden';
import { describeWith } from './support/installed';
import { frozenClock, outputOf, pictureOf, type Program } from './support/program';
import { SERVER, VtestServer } from './support/server';

const OUT = path.join(__dirname, '..', '..', 'out', 'clients');

const SDL_TESTS = '/usr/libexec/installed-tests/SDL2';
const scene = (name: string): Program => ({
  command: ['glmark2-es2', '--size', '640x480', '--benchmark', name],
});

/** Those whose picture moves have their clock stopped. */
const PROGRAMS: Readonly<Record<string, Program>> = {
  es2gears: { command: ['es2gears_x11'] },
  'glmark2-jellyfish': scene('jellyfish'),
  'glmark2-refract': scene('refract'),
  'glmark2-shadow': scene('shadow'),
  'glmark2-bump': scene('bump:bump-render=normals'),
  'glmark2-desktop': scene('desktop:effect=blur:windows=4'),
  'sdl-geometry': { command: [`${SDL_TESTS}/testgeometry`], env: { SDL_RENDER_DRIVER: 'opengles2' } },
  'gtk-gl-area': { command: ['gtk4-demo', '--run=glarea'], env: { GSK_RENDERER: 'gl' } },
};

const save = (name: string, image: Image): void => {
  fs.mkdirSync(OUT, { recursive: true });
  fs.writeFileSync(path.join(OUT, `${name}.png`), encodePng(image));
};

const NEEDED = [
  'Xvfb',
  'cc',
  'glmark2',
  'glmark2-es2',
  'es2gears_x11',
  'gtk4-demo',
  `${SDL_TESTS}/testgeometry`,
];

describeWith(NEEDED, `programs (${SERVER})`, () => {
  let server: VtestServer;
  let stopped: Record<string, string>;

  beforeAll(async () => {
    server = await VtestServer.start();
    stopped = frozenClock();
  });
  afterAll(() => server.stop());

  test.each(Object.entries(PROGRAMS))(
    '%s shows the same as with llvmpipe',
    async (name, { command, env }) => {
      const program = { command, env: { ...stopped, ...env } };
      const expected = await pictureOf('llvmpipe', program);
      const actual = await pictureOf(server, program);
      save(`${name}-llvmpipe`, expected);
      save(`${name}-${SERVER}`, actual);
      expectSimilar(`client-${name}.png`, expected, actual);
    },
  );

  test.each(['glmark2-es2', 'glmark2'])(
    '%s --validate finds as many scenes right as with llvmpipe',
    async (glmark2) => {
      const program: Program = { command: [glmark2, '--validate', '--off-screen'] };
      const found = (output: string) =>
        [...output.matchAll(/^\[(.+?)\].*Validation: (\w+)/gm)].map(([, ...row]) => row);
      const through = await outputOf(server, program);
      expect(through).toMatch(/GL_RENDERER: +virgl/);
      expect(found(through)).toEqual(found(await outputOf('llvmpipe', program)));
      expect(found(through).length).toBeGreaterThan(30);
    },
    300_000,
  );

  test('eglinfo finds the platforms, es2_info names the renderer', async () => {
    // The exit code of eglinfo counts the platforms that are not there.
    const egl = await outputOf(server, { command: ['sh', '-c', 'eglinfo || true'] });
    expect(egl).toMatch(/^X11 platform:\nEGL API version/m);
    expect(egl).toMatch(/^Surfaceless platform:\nEGL API version/m);
    const es2 = await outputOf(server, { command: ['es2_info'] });
    expect(es2).toMatch(/GL_RENDERER: virgl/);
    expect(es2).toMatch(/GL_VERSION: OpenGL ES 3\.2/);
  });
});
