// What `--vnc` allows: open on loopback and said so, elsewhere with password and TLS.

import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { openVncViewers } from '../../lib/cli/vnc-viewers';
import { Display, PictureSource, type VncServer } from '../../lib/display';

const display = (): Display => new Display(new PictureSource({ label: 'x' }), { encoderThreads: 0 });

describe('VNC', () => {
  let servers: VncServer[];
  let warnings: string[];

  const open = async (host: string, password?: string, count = 1): Promise<void> => {
    servers = await openVncViewers({
      displays: Array.from({ length: count }, display),
      endpoint: { host, port: 0 },
      password,
      tls: undefined,
      viewOnly: false,
      onEvent: () => {},
      warn: (message) => warnings.push(message),
    });
  };

  /** Numbers of the security types that are offered (RFC 6143, 7.1.2). */
  const securityTypes = async (): Promise<number[]> => {
    const socket = net.connect(servers[0].port, '127.0.0.1');
    const received = (length: number): Promise<Buffer> =>
      new Promise((resolve) => {
        const look = (): void => {
          const bytes = socket.read(length) as Buffer | null;
          if (bytes === null) socket.once('readable', look);
          else resolve(bytes);
        };
        look();
      });
    await received(12);
    socket.write('RFB 003.008\n');
    const [count] = await received(1);
    const types = [...(await received(count))];
    socket.destroy();
    return types;
  };

  beforeEach(() => {
    servers = [];
    warnings = [];
  });
  afterEach(() => Promise.all(servers.map((server) => server.close())));

  test('on loopback is open, with a warning', async () => {
    await open('127.0.0.1');
    expect(await securityTypes()).toEqual([1]);
    expect(warnings).toEqual([expect.stringMatching(/every user of this machine can come in by VNC/)]);
  });

  test('on loopback with a password says how weak VncAuth is', async () => {
    await open('127.0.0.1', 'secret');
    expect(await securityTypes()).toEqual([2]);
    expect(warnings).toEqual([expect.stringMatching(/first 8 characters .* encrypts nothing/)]);
  });

  test('elsewhere needs a password', async () => {
    await expect(open('0.0.0.0')).rejects.toThrow(/--vnc: expected --password-file for 0.0.0.0/);
  });

  test('elsewhere is TLS only', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'virgl-vnc-'));
    const before = process.env['XDG_CONFIG_HOME'];
    process.env['XDG_CONFIG_HOME'] = folder;
    try {
      await open('0.0.0.0', 'secret');
      expect(await securityTypes()).toEqual([19]);
      expect(warnings).toEqual([expect.stringMatching(/certificate: SHA-256 [\dA-F:]{95}$/)]);
    } finally {
      if (before === undefined) delete process.env['XDG_CONFIG_HOME'];
      else process.env['XDG_CONFIG_HOME'] = before;
      rmSync(folder, { recursive: true });
    }
  });

  test('has a server for each display', async () => {
    await open('127.0.0.1', undefined, 3);
    expect(new Set(servers.map(({ port }) => port)).size).toBe(3);
  });
});
