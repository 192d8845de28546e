// The options of `virgl vtest`: names and meanings of virgl_test_server's, and our own.

import { Command, CommanderError } from 'commander';
import { addVtest } from '../../lib/cli/vtest-command';
import { VtestServer, type VtestServerOptions } from '../../lib/vtest';

const ENVIRONMENT = [
  'VTEST_USE_GLX',
  'VTEST_USE_EGL_SURFACELESS',
  'VTEST_USE_GLES',
  'VTEST_RENDERNODE',
  'VTEST_USE_COMPATIBILITY_PROFILE',
];

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const listeners: unknown[] = SIGNALS.flatMap((signal) => process.listeners(signal));

let asked: VtestServerOptions[];
let errors: string;
const before = { ...process.env };

beforeEach(() => {
  asked = [];
  errors = '';
  for (const name of ENVIRONMENT) Reflect.deleteProperty(process.env, name);
  const server = { ended: Promise.resolve(), close: () => Promise.resolve() };
  jest.spyOn(VtestServer, 'listen').mockImplementation((options) => {
    asked.push(options ?? {});
    return Promise.resolve(server as unknown as VtestServer);
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  for (const signal of SIGNALS)
    for (const listener of process.listeners(signal))
      if (!listeners.includes(listener)) process.off(signal, listener);
  for (const name of ENVIRONMENT) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, before);
});

const newProgram = (): Command => {
  const program = new Command('virgl')
    .exitOverride()
    .configureOutput({ writeErr: (text) => void (errors += text) });
  addVtest(program);
  for (const verb of program.commands) verb.exitOverride().copyInheritedSettings(program);
  return program;
};

/** What the server is asked for, without what nobody gave. */
const run = async (...args: string[]): Promise<Record<string, unknown>> => {
  await newProgram().parseAsync(['vtest', ...args], { from: 'user' });
  const [{ onEvent, ...options }] = asked;
  expect(typeof onEvent).toBe('function');
  const plain = JSON.parse(JSON.stringify(options)) as Record<string, unknown>;
  expect(plain.limits).toBeDefined();
  return plain;
};

const DEFAULTS = { mode: 'processes', host: { flags: [] }, limits: {} };

test('without options: a process for each client', async () => {
  expect(await run()).toEqual(DEFAULTS);
});

test.each<{ args: string[]; options: object }>([
  { args: ['--socket-path', '/x'], options: { path: '/x' } },
  { args: ['--socket-path=/x'], options: { path: '/x' } },
  { args: ['--multi-clients'], options: { mode: 'shared' } },
  { args: ['--no-fork'], options: { mode: 'sequential' } },
  { args: ['--no-loop-or-fork'], options: { mode: 'sequential', clientsToServe: 1 } },
  { args: ['--max-clients', '3'], options: { maxClients: 3 } },
  { args: ['--idle-timeout', '1.5'], options: { idleTimeoutMs: 1500 } },
  { args: ['--command-timeout', '0.25'], options: { commandTimeoutMs: 250 } },
  { args: ['--max-memory', '512'], options: { limits: { maxMemoryBytes: 512 * 1024 * 1024 } } },
  { args: ['--spare-processes', '0'], options: { spareProcesses: 0 } },
  { args: ['--use-egl-surfaceless'], options: { host: { platform: 'surfaceless', flags: [] } } },
  { args: ['--use-glx'], options: { host: { platform: 'glx', flags: [] } } },
  { args: ['--use-gles'], options: { host: { flags: ['gles'] } } },
  { args: ['--rendernode', '/dev/x'], options: { host: { renderNode: '/dev/x', flags: [] } } },
  {
    args: ['--rendernode=/dev/x', '--use-egl-surfaceless'],
    options: { host: { renderNode: '/dev/x', flags: [] } },
  },
  { args: ['--venus'], options: { host: { flags: ['venus', 'renderServer'] } } },
  { args: ['--no-virgl'], options: { host: { flags: ['noVirgl'] } } },
  { args: ['--render-server'], options: { host: { flags: ['renderServer'] } } },
  { args: ['--compat'], options: { host: { flags: ['compatProfile'] } } },
  { args: ['--drm'], options: { host: { flags: ['drm', 'asyncFenceCallback'] } } },
  { args: ['--log-json'], options: {} },
  { args: ['--verbose'], options: {} },
])('$args', async ({ args, options }) => {
  expect(await run(...args)).toEqual({ ...DEFAULTS, ...options });
});

test.each([
  { name: 'VTEST_USE_EGL_SURFACELESS', value: '1', host: { platform: 'surfaceless', flags: [] } },
  { name: 'VTEST_USE_GLX', value: '1', host: { platform: 'glx', flags: [] } },
  { name: 'VTEST_USE_GLES', value: '1', host: { flags: ['gles'] } },
  { name: 'VTEST_RENDERNODE', value: '/dev/x', host: { renderNode: '/dev/x', flags: [] } },
  { name: 'VTEST_USE_COMPATIBILITY_PROFILE', value: '1', host: { flags: ['compatProfile'] } },
])('$name in the environment', async ({ name, value, host }) => {
  process.env[name] = value;
  expect(await run()).toEqual({ ...DEFAULTS, host });
});

test.each([
  { args: ['--bogus'], said: "unknown option '--bogus'" },
  { args: ['--max-clients', 'many'], said: "'--max-clients <n>' argument 'many' is invalid" },
  { args: ['--max-clients', '-1'], said: 'Expected a whole number.' },
  { args: ['--idle-timeout', '0'], said: 'Expected a number greater than 0.' },
  { args: ['--idle-timeout', ''], said: 'Expected a number greater than 0.' },
  { args: ['--command-timeout', '1s'], said: 'Expected a number greater than 0.' },
  { args: ['--max-memory', 'NaN'], said: 'Expected a number greater than 0.' },
  { args: ['--max-memory', 'Infinity'], said: 'Expected a number greater than 0.' },
  { args: ['--spare-processes', '1.5'], said: 'Expected a whole number.' },
  { args: ['--socket-path'], said: "option '--socket-path <path>' argument missing" },
  { args: ['extra'], said: 'too many arguments' },
])('$args is refused: $said', async ({ args, said }) => {
  await expect(newProgram().parseAsync(['vtest', ...args], { from: 'user' })).rejects.toBeInstanceOf(
    CommanderError,
  );
  expect(errors).toContain(said);
  expect(asked).toEqual([]);
});

test('help names every option', () => {
  const [verb] = newProgram().commands;
  const help = verb.helpInformation();
  for (const { long } of verb.options) expect(help).toContain(long);
  expect(verb.options).toHaveLength(21);
  for (const { description } of verb.options) expect(description).toMatch(/\S/);
});
