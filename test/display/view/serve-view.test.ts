// The view server as a browser, a stranger, and another page's script meet it.

import http from 'node:http';
import { WebSocket } from 'ws';
import {
  Display,
  PictureSource,
  serveView,
  type ServeViewOptions,
  type ViewEvent,
  type ViewServer,
} from '../../../lib/display';

interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

let server: ViewServer;
let events: ViewEvent[];

const open = async (options: ServeViewOptions = {}): Promise<void> => {
  const source = new PictureSource({ label: 'pattern' });
  source.show({ width: 8, height: 4, data: new Uint8Array(128) });
  const display = new Display(source, { encoderThreads: 0 });
  events = [];
  server = await serveView({ display, port: 0, onEvent: (event) => events.push(event), ...options });
};

afterEach(() => server.close());

const own = (): string => `127.0.0.1:${server.port}`;

const ask = (
  method: string,
  path: string,
  headers: http.OutgoingHttpHeaders = {},
  body?: string,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const request = http.request(
      { host: '127.0.0.1', port: server.port, method, path, headers, agent: false },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(parts).toString(),
          }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });

const login = (credential: object, headers: http.OutgoingHttpHeaders = {}): Promise<Answer> =>
  ask(
    'POST',
    '/login',
    { Origin: `http://${own()}`, 'Content-Type': 'application/json', ...headers },
    JSON.stringify(credential),
  );

const token = (): string => new URL(server.loginUrl()).hash.slice('#token='.length);

const cookie = async (): Promise<string> => {
  const { headers } = await login({ token: token() });
  return headers['set-cookie']?.[0].split(';')[0] ?? '';
};

/** `open`, or the status with which it was refused. */
const connect = (headers: Record<string, string>, path = '/display/0'): Promise<WebSocket | number> =>
  new Promise((resolve) => {
    const socket = new WebSocket(`ws://${own()}${path}`, { headers });
    socket.on('open', () => {
      // Until somebody listens.
      socket.pause();
      resolve(socket);
    });
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
    socket.on('error', () => {});
  });

describe('the page', () => {
  beforeEach(() => open());

  test.each([
    ['/', 'text/html; charset=utf-8'],
    ['/page/page.js', 'text/javascript; charset=utf-8'],
    ['/page/page.css', 'text/css; charset=utf-8'],
    ['/page/icon.svg', 'image/svg+xml'],
    ['/novnc/core/rfb.js', 'text/javascript; charset=utf-8'],
    ['/novnc/vendor/pako/lib/zlib/inflate.js', 'text/javascript; charset=utf-8'],
  ])('%s is there for everybody', async (path, type) => {
    const { status, headers, body } = await ask('GET', path);
    expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type });
    expect(body).not.toBe('');
    const again = await ask('GET', path, { 'If-None-Match': headers.etag });
    expect({ status: again.status, body: again.body }).toEqual({ status: 304, body: '' });
  });

  test.each([
    '/page/index.html',
    '/page/../serve-view.js',
    '/page/%2e%2e/serve-view.js',
    '/novnc/package.json',
    '/novnc/core/../../../ws/package.json',
    '//etc/passwd',
    '/etc/passwd',
    '/novnc/core',
  ])('%s is not', async (path) => {
    expect((await ask('GET', path)).status).toBe(404);
  });

  test('has nothing inline, and says that nothing else may run', async () => {
    const { headers, body } = await ask('GET', '/');
    expect(body).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=/);
    const policy = headers['content-security-policy'];
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
    expect(policy).not.toMatch(/unsafe/);
    expect(headers).toMatchObject({
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
  });

  test('is compressed for who takes that', async () => {
    const [plain, small] = await Promise.all([
      ask('GET', '/novnc/core/rfb.js'),
      ask('GET', '/novnc/core/rfb.js', { 'Accept-Encoding': 'gzip, br' }),
    ]);
    expect(small.headers['content-encoding']).toBe('gzip');
    expect(Number(small.headers['content-length'])).toBeLessThan(Number(plain.headers['content-length']) / 3);
  });

  test('is not there under a name of somebody else', async () => {
    const { status, body } = await ask('GET', '/', { Host: `rebound.example:${server.port}` });
    expect({ status, body }).toMatchObject({
      status: 403,
      body: expect.stringContaining('not known by that name'),
    });
  });

  test('is only for GET', async () => {
    expect((await ask('POST', '/')).status).toBe(405);
    expect((await ask('HEAD', '/')).status).toBe(200);
  });
});

describe('being let in', () => {
  beforeEach(() => open({ password: 'right one' }));

  test('needs a token, once', async () => {
    const good = token();
    expect((await ask('GET', '/displays')).status).toBe(401);
    const { status, headers } = await login({ token: good });
    expect(status).toBe(204);
    const [set] = headers['set-cookie'] ?? [];
    expect(set).toMatch(
      new RegExp(`^virgl-view-${server.port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200$`),
    );
    const { body } = await ask('GET', '/displays', { Cookie: `other=1; ${set.split(';')[0]}` });
    expect(JSON.parse(body)).toEqual({
      displays: [{ label: 'pattern', width: 8, height: 4, canResize: false, hasClipboard: false }],
      viewOnly: false,
    });
    expect((await login({ token: good })).status).toBe(401);
  });

  test('or the password, again and again', async () => {
    expect((await login({ password: 'right one' })).status).toBe(204);
    expect((await login({ password: 'right one' })).status).toBe(204);
  });

  test('is slow for who guesses, and right answers have to wait too', async () => {
    const statuses: number[] = [];
    for (let count = 0; count < 5; count += 1) statuses.push((await login({ password: `${count}` })).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    const { status, headers } = await login({ password: 'right one' });
    expect({ status, wait: headers['retry-after'] }).toEqual({ status: 429, wait: '1' });
    // Who guesses keeps nobody out who has a token.
    expect((await login({ token: token() })).status).toBe(204);
  });

  test.each([
    ['from another page', { Origin: 'http://evil.example' }, 403],
    ['from no page', { Origin: '' }, 403],
    ['as a form', { 'Content-Type': 'application/x-www-form-urlencoded' }, 415],
    ['as text', { 'Content-Type': 'text/plain' }, 415],
  ])('%s is refused', async (_, headers, expected) => {
    expect((await login({ password: 'right one' }, headers)).status).toBe(expected);
  });

  test.each([
    ['nothing', {}, 400],
    ['numbers', { token: 5 }, 400],
    ['too much', { password: 'x'.repeat(10_000) }, 413],
  ])('with %s is refused', async (_, credential, expected) => {
    expect((await login(credential)).status).toBe(expected);
  });

  test('leaves no secret in the events', async () => {
    const secret = token();
    await login({ token: secret });
    await login({ password: 'right one' });
    await login({ password: 'wrong one' });
    const text = JSON.stringify(events);
    expect(text).not.toMatch(/right one|wrong one/);
    expect(text).not.toContain(secret);
    expect(events.map(({ event }) => event)).toEqual(['listening', 'login', 'login', 'refused']);
  });
});

describe('WebSockets', () => {
  beforeEach(() => open({ limits: { maxViewers: 2 } }));

  test('are for our page, of who was let in', async () => {
    const [Cookie, Origin] = [await cookie(), `http://${own()}`];
    expect(await connect({ Origin })).toBe(401);
    expect(await connect({ Origin, Cookie: `${Cookie.slice(0, -1)}-` })).toBe(401);
    expect(await connect({ Cookie })).toBe(403);
    expect(await connect({ Cookie, Origin: 'http://evil.example' })).toBe(403);
    expect(await connect({ Cookie, Origin: 'http://evil.example', Host: 'evil.example' })).toBe(403);
    expect(await connect({ Cookie, Origin }, '/display/1')).toBe(404);
    expect(await connect({ Cookie, Origin }, '/')).toBe(404);
    expect(await connect({ Cookie, Origin })).toBeInstanceOf(WebSocket);
  });

  test('are limited in number', async () => {
    const headers = { Cookie: await cookie(), Origin: `http://${own()}` };
    const sockets = [await connect(headers), await connect(headers)];
    expect(server.viewers).toBe(2);
    expect(await connect(headers)).toBe(503);
    for (const socket of sockets) (socket as WebSocket).terminate();
    while (server.viewers > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await connect(headers)).toBeInstanceOf(WebSocket);
  });

  test('speak RFB, and end with the server', async () => {
    const socket = (await connect({ Cookie: await cookie(), Origin: `http://${own()}` })) as WebSocket;
    const greeting = new Promise((resolve) => socket.once('message', (data) => resolve(String(data))));
    socket.resume();
    expect(await greeting).toBe('RFB 003.008\n');
    const ended = new Promise((resolve) => socket.once('close', resolve));
    await server.close();
    await ended;
    expect(events.map(({ event }) => event)).toEqual([
      'listening',
      'login',
      'connected',
      'disconnected',
      'closed',
    ]);
  });

  test('end at a message that is too long', async () => {
    const socket = (await connect({ Cookie: await cookie(), Origin: `http://${own()}` })) as WebSocket;
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    socket.send(Buffer.alloc(2 * 1024 * 1024));
    await ended;
  });
});

describe('options', () => {
  test.each<[string, object, RegExp]>([
    ['no display', { display: undefined }, /expected at least one Display for displays/],
    ['a name as host', { host: 'example.org' }, /expected an address .* for host but received "example.org"/],
    ['a port', { port: 70_000 }, /expected a whole number from 0 to 65535 for port/],
    ['an empty password', { password: '' }, /expected text that is not empty for password/],
    ['an unknown one', { prot: 1 }, /unknown option "prot"; did you mean port\?/],
    [
      'an unknown limit',
      { limits: { maxViewer: 1 } },
      /unknown option "limits.maxViewer"; did you mean maxViewers\?/,
    ],
    ['a limit', { limits: { maxViewers: 0 } }, /expected a whole number from 1 for limits.maxViewers/],
  ])('%s', async (_, options, message) => {
    await open();
    const display = new Display(new PictureSource({ label: 'x' }), { encoderThreads: 0 });
    await expect(serveView({ display, ...options })).rejects.toThrow(message);
  });

  test('a port that is taken', async () => {
    await open();
    const display = new Display(new PictureSource({ label: 'x' }), { encoderThreads: 0 });
    await expect(serveView({ display, port: server.port })).rejects.toThrow(
      /something listens on 127.0.0.1:\d+ already; name another port/,
    );
  });
});
