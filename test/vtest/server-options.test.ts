// Options of VtestServer.listen: each wrong one is named, with its value, before anything is started.

import { VtestServer, type VtestServerOptions } from '../../lib/vtest';
import { checkServerOptions, DEFAULT_SOCKET_PATH } from '../../lib/vtest/server/options';

const ignore = (): void => undefined;

test.each<{ options: unknown; field: string; message: string | RegExp }>([
  { options: null, field: 'options', message: /expected an object for options but received null$/ },
  { options: 'x', field: 'options', message: /expected an object for options but received "x"$/ },
  { options: { paht: 'x' }, field: 'paht', message: /unknown option "paht"; did you mean path\?$/ },
  { options: { zzz: 1 }, field: 'zzz', message: /unknown option "zzz"; path, mode, host, / },
  { options: { path: '' }, field: 'path', message: /expected a path for path but received ""$/ },
  { options: { path: 5 }, field: 'path', message: /received 5$/ },
  {
    options: { mode: 'forked' },
    field: 'mode',
    message: /expected one of processes, shared, sequential for mode but received "forked"$/,
  },
  { options: { mode: null }, field: 'mode', message: /received null$/ },
  { options: { host: null }, field: 'host', message: /expected an object for host but received null$/ },
  { options: { host: 5 }, field: 'host', message: /received 5$/ },
  {
    options: { host: { inline: true } },
    field: 'host.inline',
    message: /unknown option "host.inline"; libraryPath, platform, renderNode, flags$/,
  },
  {
    options: { host: { flags: 'gles' } },
    field: 'host.flags',
    message: /expected init flags for host.flags but received "gles"$/,
  },
  {
    options: { maxClients: 0 },
    field: 'maxClients',
    message: /expected an integer of at least 1 for maxClients but received 0$/,
  },
  { options: { maxClients: 1.5 }, field: 'maxClients', message: /received 1.5$/ },
  { options: { idleTimeoutMs: '5' }, field: 'idleTimeoutMs', message: /received "5"$/ },
  { options: { idleTimeoutMs: Infinity }, field: 'idleTimeoutMs', message: /received Infinity$/ },
  {
    options: { idleTimeoutMs: 2 ** 31 },
    field: 'idleTimeoutMs',
    message: /expected an integer from 1 to 2147483647 for idleTimeoutMs but received 2147483648$/,
  },
  { options: { commandTimeoutMs: -1 }, field: 'commandTimeoutMs', message: /received -1$/ },
  { options: { commandTimeoutMs: NaN }, field: 'commandTimeoutMs', message: /received NaN$/ },
  {
    options: { spareProcesses: -1 },
    field: 'spareProcesses',
    message: /expected an integer of at least 0 for spareProcesses but received -1$/,
  },
  { options: { clientsToServe: 0 }, field: 'clientsToServe', message: /received 0$/ },
  { options: { onEvent: 'log' }, field: 'onEvent', message: /expected a function for onEvent but/ },
  { options: { mode: 'shared', wrapHost: {} }, field: 'wrapHost', message: /a function for wrapHost/ },
  {
    options: { wrapHost: ignore },
    field: 'wrapHost',
    message: /expected nothing where mode is 'processes' for wrapHost but received a function$/,
  },
  { options: { limits: null }, field: 'limits', message: /expected an object for limits but received null$/ },
  { options: { limits: 5 }, field: 'limits', message: /received 5$/ },
  {
    options: { limits: { maxMemory: 5 } },
    field: 'limits.maxMemory',
    message: /unknown option "limits.maxMemory"; did you mean maxMemoryBytes\?$/,
  },
  {
    options: { limits: { maxMemoryBytes: 0 } },
    field: 'limits.maxMemoryBytes',
    message: /expected a number of bytes for limits.maxMemoryBytes but received 0$/,
  },
  {
    options: { limits: { maxRequestBytes: '1' } },
    field: 'limits.maxRequestBytes',
    message: /received "1"$/,
  },
])('$options is refused: $message', async ({ options, field, message }) => {
  await expect(VtestServer.listen(options as VtestServerOptions)).rejects.toMatchObject({
    name: 'VirglError',
    code: 'ERR_VIRGL_ARGUMENT',
    operation: 'VtestServer.listen',
    field,
    message: expect.stringMatching(message) as string,
  });
});

describe('what is not given', () => {
  const { VTEST_SOCKET_NAME } = process.env;
  beforeEach(() => delete process.env.VTEST_SOCKET_NAME);
  afterAll(() => {
    if (VTEST_SOCKET_NAME !== undefined) process.env.VTEST_SOCKET_NAME = VTEST_SOCKET_NAME;
  });

  const DEFAULTS = {
    path: DEFAULT_SOCKET_PATH,
    mode: 'processes',
    host: { flags: ['threadSync', 'externalBlob'], ignoreLostContexts: true },
    limits: { maxRequestBytes: 256 * 1024 * 1024, maxMemoryBytes: 4096 * 1024 * 1024 },
    commandTimeoutMs: 60_000,
    spareProcesses: 2,
  };

  test('has a default', () => {
    const { onEvent, ...checked } = checkServerOptions({});
    expect(checked).toEqual(DEFAULTS);
    expect(onEvent({ event: 'closed', path: '' })).toBeUndefined();
  });

  test('or is undefined, has it too', () => {
    const nothing = Object.fromEntries(
      ['path', 'mode', 'host', 'limits', 'commandTimeoutMs', 'spareProcesses', 'onEvent', 'wrapHost'].map(
        (name) => [name, undefined],
      ),
    );
    const { onEvent, ...checked } = checkServerOptions(nothing);
    expect(checked).toEqual(DEFAULTS);
    expect(typeof onEvent).toBe('function');
  });

  test.each([
    { name: '/run/vtest', path: '/run/vtest' },
    { name: '', path: DEFAULT_SOCKET_PATH },
  ])('is the path of VTEST_SOCKET_NAME: "$name"', ({ name, path }) => {
    process.env.VTEST_SOCKET_NAME = name;
    expect(checkServerOptions({}).path).toBe(path);
    expect(checkServerOptions({ path: '/x' }).path).toBe('/x');
  });
});

test('what is given stays, and init flags are added once', () => {
  const given: VtestServerOptions = {
    path: '/x',
    mode: 'sequential',
    host: { platform: 'surfaceless', flags: ['gles', 'threadSync'] },
    limits: { maxMemoryBytes: 5 },
    maxClients: 1,
    idleTimeoutMs: 2,
    commandTimeoutMs: 3,
    spareProcesses: 0,
    clientsToServe: 4,
    onEvent: ignore,
    wrapHost: (host) => host,
  };
  expect(checkServerOptions(given)).toEqual({
    ...given,
    host: {
      platform: 'surfaceless',
      flags: ['gles', 'threadSync', 'externalBlob'],
      ignoreLostContexts: true,
    },
    limits: { maxRequestBytes: 256 * 1024 * 1024, maxMemoryBytes: 5 },
  });
});
