// The call table against the installed virglrenderer.h and the symbols of the installed library.

import fs from 'node:fs';
import { addon, C_FUNCTIONS_WITHOUT_CALL, HOST_CALL_NAMES, HOST_CALLS } from '../../lib/host';
import { describeNative, installed, isRelease } from '../support/native-library';

/** The header that belongs to a library in PREFIX/lib. */
const headerOf = (library: string): string => {
  const prefix = library.slice(0, library.search(/\/lib(64)?\//));
  return `${prefix === '' ? '/usr' : prefix}/include/virgl/virglrenderer.h`;
};

const header = installed && headerOf(installed.path);
const hasHeader = header !== undefined && fs.existsSync(header);
if (installed !== undefined && !hasHeader)
  process.stderr.write(`tests of the C API are skipped: there is no ${header}\n`);
const describeHeader = hasHeader ? describeNative : describe.skip;

/** What `VIRGL_EXPORT TYPE NAME(` declares, those for unstable APIs included. */
const declared: readonly string[] = hasHeader
  ? Array.from(
      fs.readFileSync(header, 'utf8').matchAll(/\bVIRGL_EXPORT\b[^;()]*?\b(virgl_\w+)\s*\(/g),
      ([, name]) => name,
    )
  : [];

const called = new Set(HOST_CALL_NAMES.map((name) => HOST_CALLS[name].c));
const uncalled = Object.entries(C_FUNCTIONS_WITHOUT_CALL);

describeHeader('the installed header', () => {
  const functions = installed === undefined ? {} : addon().functions;

  test('declares functions, the unstable ones too', () => {
    expect(declared.length).toBeGreaterThan(40);
    expect(declared).toEqual(
      expect.arrayContaining([
        'virgl_renderer_init',
        'virgl_renderer_context_create_fence',
        'virgl_renderer_resource_create_blob',
      ]),
    );
    expect(new Set(declared).size).toBe(declared.length);
  });

  test('has no function that we neither call nor account for', () => {
    const unknown = declared.filter((c) => !called.has(c) && C_FUNCTIONS_WITHOUT_CALL[c] === undefined);
    expect(unknown).toEqual([]);
  });

  test('lacks only functions that are newer than it', () => {
    const firsts = [
      ...[...called].map((c) => [c, functions[c]]),
      ...uncalled.map(([c, { first }]) => [c, first]),
    ];
    const missing = firsts.filter(([c, first]) => !declared.includes(c) && isRelease(first));
    expect(missing).toEqual([]);
  });

  test('declares what the library has', () => {
    const present = Object.entries(installed?.functions ?? {}).filter(([, has]) => has);
    const hidden = present.map(([c]) => c).filter((c) => !declared.includes(c));
    expect(hidden).toEqual([]);
  });
});

describeNative('the tables of C functions', () => {
  const functions = installed === undefined ? {} : addon().functions;

  test.each(HOST_CALL_NAMES.map((name) => ({ name, c: HOST_CALLS[name].c })))(
    'the addon knows $c of $name',
    ({ name, c }) => {
      expect(functions[c]).toMatch(/^\d+\.\d+$/);
      expect(addon().calls).toContain(name);
    },
  );

  test('the addon has no function and no call of its own', () => {
    expect(
      Object.keys(functions).filter((c) => !called.has(c) && C_FUNCTIONS_WITHOUT_CALL[c] === undefined),
    ).toEqual([]);
    expect(addon().calls.filter((name) => !(name in HOST_CALLS))).toEqual(['init', 'cleanup']);
  });

  test('a function has a call or a reason why not, never both', () => {
    expect(uncalled.filter(([c]) => called.has(c))).toEqual([]);
  });

  test('first releases are the same on both sides', () => {
    const shared = uncalled.filter(([c]) => functions[c] !== undefined);
    expect(shared.map(([c, { first }]) => [c, first])).toEqual(shared.map(([c]) => [c, functions[c]]));
  });

  test('first releases agree with the symbols of the installed library', () => {
    const wrong = Object.entries(functions).filter(
      ([c, first]) => installed?.exact === true && installed.functions[c] !== isRelease(first),
    );
    expect(wrong).toEqual([]);
  });
});
