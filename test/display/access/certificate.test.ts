// A certificate is made once, kept for its user alone, and replaced when it ends.

import { X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ownCertificate, readCertificate } from '../../../lib/display/access/certificate';
import { readPasswordFile } from '../../../lib/display/access/password-file';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'virgl-access-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('made on first use, then the same again', async () => {
  const config = path.join(folder, 'virgl');
  const made = await ownCertificate(config);
  const file = path.join(config, 'view.pem');
  expect(made.madeFile).toBe(file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(config).mode & 0o777).toBe(0o700);
  expect(readdirSync(config)).toEqual(['view.pem']);
  const certificate = new X509Certificate(made.cert);
  expect(certificate.checkHost('localhost')).toBe('localhost');
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(certificate.ca).toBe(false);
  expect(made.fingerprint).toMatch(/^([\dA-F]{2}:){31}[\dA-F]{2}$/);
  expect(await ownCertificate(config)).toEqual({ ...made, madeFile: undefined });
});

test('something else in its place is replaced', async () => {
  writeFileSync(path.join(folder, 'view.pem'), 'nonsense');
  expect((await ownCertificate(folder)).madeFile).toBeDefined();
});

test('given ones are read, and what is none is told by its name', async () => {
  const { cert, key, fingerprint } = await ownCertificate(folder);
  const [certFile, keyFile] = [path.join(folder, 'c.pem'), path.join(folder, 'k.pem')];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
  expect(readCertificate(certFile, keyFile)).toEqual({ cert, key, fingerprint });
  expect(() => readCertificate(keyFile, keyFile)).toThrow(/expected a certificate as PEM in .*k\.pem/);
  expect(() => readCertificate(path.join(folder, 'none'), keyFile)).toThrow(/ENOENT/);
});

describe('the password file', () => {
  const write = (text: string, mode = 0o600): string => {
    const file = path.join(folder, 'password');
    writeFileSync(file, text);
    chmodSync(file, mode);
    return file;
  };

  test.each([
    ['secret', 'secret'],
    ['secret\n', 'secret'],
    ['se cret\r\nmore', 'se cret'],
  ])('%j', (text, password) => {
    expect(readPasswordFile(write(text))).toEqual({ password });
  });

  test('that everybody can read is warned of', () => {
    expect(readPasswordFile(write('secret', 0o644)).warning).toMatch(/everybody on this machine can read/);
  });

  test('without a password, or without a file', () => {
    expect(() => readPasswordFile(write('\nsecret'))).toThrow(/expected a password on the first line/);
    expect(() => readPasswordFile(path.join(folder, 'none'))).toThrow(/ENOENT/);
  });
});
