// Versions, security types and passwords.

import tls from 'node:tls';
import type { Duplex } from 'node:stream';
import { DES } from 'des.js';
import { generate } from 'selfsigned';
import { Display, guardPasswords, type RfbOptions } from 'virgl/display';
import { type Connected, connect } from './support/connect';
import { TestPattern } from './support/test-pattern';
import { TestViewer } from './support/test-viewer';

const display = new Display(new TestPattern(16, 16), { encoderThreads: 0 });
const opened: Connected[] = [];

const begin = (options: Partial<RfbOptions> = {}): Connected => {
  const connected = connect(display, options);
  opened.push(connected);
  return connected;
};

afterEach(async () => {
  for (const { viewer, ended } of opened.splice(0)) {
    viewer.stream.end();
    viewer.stream.resume();
    await ended;
  }
});

/** As viewers have it: a key of mirrored bits. */
const desAnswer = (challenge: Uint8Array, password: string): Buffer => {
  const key = Buffer.alloc(8);
  Buffer.from(password).copy(key);
  const mirrored = key.map((byte) =>
    parseInt(byte.toString(2).padStart(8, '0').split('').reverse().join(''), 2),
  );
  return Buffer.from(DES.create({ type: 'encrypt', key: mirrored, padding: false }).update(challenge));
};

const authenticate = guardPasswords({ password: 'open sesame', viewPassword: 'peep' });

describe('versions', () => {
  test('3.3: the server decides', async () => {
    const { viewer, events } = begin();
    await viewer.bytes.take(12);
    viewer.send(Buffer.from('RFB 003.003\n'));
    expect(await viewer.bytes.u32()).toBe(1);
    await viewer.initialise();
    await viewer.refresh();
    expect(events[0]).toMatchObject({ event: 'ready', version: '3.3', security: 'None' });
  });

  test('3.7: no result for None', async () => {
    const { viewer } = begin();
    await viewer.bytes.take(12);
    viewer.send(Buffer.from('RFB 003.007\n'));
    expect(await viewer.bytes.take(2)).toEqual(Buffer.of(1, 1));
    viewer.send(Buffer.of(1));
    await viewer.initialise();
    await viewer.refresh();
  });

  test.each(['RFB 003.889\n', 'RFB 004.001\n', 'RFB 003.008\n'])('%j is 3.8', async (version) => {
    const { viewer, events } = begin();
    await viewer.bytes.take(12);
    viewer.send(Buffer.from(version));
    await viewer.bytes.take(2);
    viewer.send(Buffer.of(1));
    expect(await viewer.bytes.u32()).toBe(0);
    await viewer.initialise();
    expect(events[0]).toMatchObject({ version: '3.8' });
  });

  test.each(['GET / HTTP/1.1\r\n', 'RFB 3.8\n.....', '\0'.repeat(12)])('%j is no viewer', async (bytes) => {
    const { viewer, ended } = begin();
    viewer.send(Buffer.from(bytes));
    expect(await ended).toMatchObject({ kind: 'protocol', access: undefined });
  });
});

describe('VncAuth', () => {
  const answerWith = async (password: string, connected: Connected): Promise<number> => {
    const { viewer } = connected;
    await viewer.bytes.take(12);
    viewer.send(Buffer.from('RFB 003.008\n'));
    expect(await viewer.bytes.take(2)).toEqual(Buffer.of(1, 2));
    viewer.send(Buffer.of(2));
    viewer.send(desAnswer(await viewer.bytes.take(16), password));
    return viewer.bytes.u32();
  };

  test('the password lets in', async () => {
    const connected = begin({ authenticate: authenticate('a') });
    expect(await answerWith('open sesame', connected)).toBe(0);
    await connected.viewer.initialise();
    expect(connected.events).toMatchObject([{ event: 'ready', security: 'VncAuth', access: 'control' }]);
  });

  test('another lets in to look', async () => {
    const connected = begin({ authenticate: authenticate('b') });
    expect(await answerWith('peep', connected)).toBe(0);
    await connected.viewer.initialise();
    expect(connected.events).toMatchObject([{ access: 'view' }]);
  });

  test('a wrong one does not, and says so', async () => {
    const connected = begin({ authenticate: authenticate('c') });
    expect(await answerWith('guess', connected)).toBe(1);
    const reason = (await connected.viewer.bytes.take(await connected.viewer.bytes.u32())).toString();
    expect(reason).toBe('wrong password');
    expect(connected.events).toEqual([{ event: 'denied', security: 'VncAuth' }]);
    expect(await connected.ended).toMatchObject({ kind: 'refused', reason: 'wrong password (VncAuth)' });
  });

  test('who guesses waits; others do not', async () => {
    const guard = guardPasswords({ password: 'x' });
    const timed = async (address: string, isRight: boolean): Promise<number> => {
      const began = performance.now();
      await guard(address)({ matches: () => isRight });
      return performance.now() - began;
    };
    const waits = await Promise.all([timed('d', false), timed('d', false)]);
    expect(waits[0]).toBeGreaterThan(450);
    expect(waits[1]).toBeGreaterThan(950);
    expect(await timed('e', true)).toBeLessThan(100);
  });

  test('a type that was not offered is refused', async () => {
    const { viewer, ended } = begin({ authenticate: authenticate('f') });
    await viewer.bytes.take(12);
    viewer.send(Buffer.from('RFB 003.008\n'));
    await viewer.bytes.take(2);
    viewer.send(Buffer.of(1));
    expect(await ended).toMatchObject({ kind: 'refused' });
  });
});

describe('VeNCrypt', () => {
  let pems: { private: string; cert: string };
  beforeAll(async () => {
    pems = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048 });
  });
  const secureContext = (): tls.SecureContext =>
    tls.createSecureContext({ key: pems.private, cert: pems.cert });

  const upgrade = async (
    options: Partial<RfbOptions>,
    subtype: number,
  ): Promise<{ connected: Connected; viewer: TestViewer }> => {
    const connected = begin({ tls: secureContext(), requireTls: true, ...options });
    const { viewer: plain } = connected;
    await plain.bytes.take(12);
    plain.send(Buffer.from('RFB 003.008\n'));
    expect(await plain.bytes.take(2)).toEqual(Buffer.of(1, 19));
    plain.send(Buffer.of(19));
    expect(await plain.bytes.take(2)).toEqual(Buffer.of(0, 2));
    plain.send(Buffer.of(0, 2));
    expect(await plain.bytes.u8()).toBe(0);
    const count = await plain.bytes.u8();
    const offered = await plain.bytes.take(count * 4);
    expect(Array.from({ length: count }, (_, index) => offered.readUInt32BE(index * 4))).toContain(subtype);
    plain.send(Buffer.of(0, 0, subtype >> 8, subtype & 0xff));
    expect(await plain.bytes.u8()).toBe(1);
    const socket = tls.connect({ socket: plain.stream, ca: pems.cert, servername: 'localhost' });
    return { connected, viewer: new TestViewer(socket as Duplex) };
  };

  test('X509None', async () => {
    const { connected, viewer } = await upgrade({}, 260);
    expect(await viewer.bytes.u32()).toBe(0);
    await viewer.initialise();
    await viewer.refresh();
    expect(connected.events[0]).toMatchObject({ security: 'X509None' });
  });

  test('X509Vnc', async () => {
    const { viewer } = await upgrade({ authenticate: authenticate('g') }, 261);
    viewer.send(desAnswer(await viewer.bytes.take(16), 'open sesame'));
    expect(await viewer.bytes.u32()).toBe(0);
    await viewer.initialise();
    await viewer.refresh();
  });

  test.each([
    ['open sesame', 0],
    ['open ses', 1],
  ])('X509Plain with %j', async (password, result) => {
    const { viewer } = await upgrade({ authenticate: authenticate(`h${result}`) }, 262);
    viewer.send(Buffer.of(0, 0, 0, 4, 0, 0, 0, password.length), Buffer.from(`user${password}`));
    expect(await viewer.bytes.u32()).toBe(result);
  });

  test('3.3 has no TLS', async () => {
    const { viewer, ended } = begin({ tls: secureContext(), requireTls: true });
    await viewer.bytes.take(12);
    viewer.send(Buffer.from('RFB 003.003\n'));
    expect(await viewer.bytes.u32()).toBe(0);
    expect(await ended).toMatchObject({ kind: 'refused', reason: expect.stringContaining('3.3') });
  });

  test('a viewer that breaks TLS off is refused', async () => {
    const { viewer, ended } = begin({ tls: secureContext() });
    await viewer.bytes.take(12);
    viewer.send(Buffer.from('RFB 003.008\n'), Buffer.of(19, 0, 2, 0, 0, 1, 4));
    viewer.send(Buffer.from('this is no TLS at all, not a bit of it'));
    expect(await ended).toMatchObject({ kind: 'refused' });
  });
});

test('a handshake that takes too long ends', async () => {
  const { ended } = begin({ limits: { handshakeTimeoutMs: 30 } });
  expect(await ended).toMatchObject({ kind: 'timeout' });
});

test('the caller may end a connection', async () => {
  const abort = new AbortController();
  const { viewer, ended } = begin({ signal: abort.signal });
  await viewer.open();
  abort.abort();
  expect(await ended).toMatchObject({ kind: 'closed' });
});

test.each([
  [{ access: 'all' }, 'access'],
  [{ requireTls: true }, 'tls'],
  [{ limits: { maxFramesPerSecond: 0 } }, 'limits.maxFramesPerSecond'],
  [{ limits: { frames: 1 } }, 'limits.frames'],
  [{ colour: 1 }, 'colour'],
  [{ display: {} }, 'display'],
])('options %j are refused', async (options, field) => {
  const { ended } = connect(display, options as Partial<RfbOptions>);
  await expect(ended).rejects.toMatchObject({ code: 'ERR_VIRGL_ARGUMENT', field });
});
