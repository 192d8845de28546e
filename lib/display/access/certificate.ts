// The certificate of TLS: somebody's own, or one that is made on first use and kept where only its user can read it.

import { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir, hostname, networkInterfaces } from 'node:os';
import path from 'node:path';
import { isIP } from 'node:net';
import { VirglError } from '../../protocol/error';
import { newSecret } from './secrets';

/** What TLS needs, as PEM. */
export interface Certificate {
  cert: string;
  key: string;
  /** SHA-256, as browsers show it. */
  fingerprint: string;
  /** The file that was made, if one was made now. */
  madeFile?: string;
}

const OPERATION = 'certificate';
const FILE_NAME = 'view.pem';
const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
const DAY_MS = 24 * 60 * 60 * 1000;
const LIFETIME_DAYS = 365;
/** One that ends so soon is replaced. */
const LEAST_DAYS = 14;
const KEY_PATTERN = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+-----END [A-Z ]*PRIVATE KEY-----/;

/** `$XDG_CONFIG_HOME/virgl`. */
export const configFolder = (): string => {
  const base = process.env['XDG_CONFIG_HOME'];
  return path.join(base === undefined || base === '' ? path.join(homedir(), '.config') : base, 'virgl');
};

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new VirglError('ERR_VIRGL_SYSTEM', `${OPERATION}: ${(error as Error).message}`, {
      operation: OPERATION,
      cause: error,
    });
  }
};

const parse = (cert: string, file: string): X509Certificate => {
  try {
    return new X509Certificate(cert);
  } catch (error) {
    const message = `${OPERATION}: expected a certificate as PEM in ${file} but received something else`;
    throw new VirglError('ERR_VIRGL_ARGUMENT', message, { operation: OPERATION, field: file, cause: error });
  }
};

/**
 * Reads a certificate and its key.
 * @throws VirglError `ERR_VIRGL_SYSTEM` if a file can't be read, `ERR_VIRGL_ARGUMENT` if it holds something else
 */
export const readCertificate = (certFile: string, keyFile: string): Certificate => {
  const [cert, key] = [read(certFile), read(keyFile)];
  return { cert, key, fingerprint: parse(cert, certFile).fingerprint256 };
};

const ownNames = (): string[] => {
  const addresses = Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).filter(({ scopeid }) => !scopeid).map(({ address }) => address),
  );
  return [...new Set(['localhost', hostname(), '127.0.0.1', '::1', ...addresses])];
};

const make = async (): Promise<string> => {
  // Only now: it is large, and hardly ever needed.
  const { generate } = await import('selfsigned');
  const altNames = ownNames().map((name) =>
    isIP(name) === 0 ? ({ type: 2, value: name } as const) : ({ type: 7, ip: name } as const),
  );
  const { cert, private: key } = await generate([{ name: 'commonName', value: hostname() }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + LIFETIME_DAYS * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames },
    ],
  });
  return `${cert.trim()}\n${key.trim()}\n`;
};

/** What was kept, if it is still good for a while. */
const kept = (file: string): Certificate | undefined => {
  try {
    const pem = readFileSync(file, 'utf8');
    const key = KEY_PATTERN.exec(pem)?.[0];
    const certificate = new X509Certificate(pem);
    if (key === undefined || Date.parse(certificate.validTo) < Date.now() + LEAST_DAYS * DAY_MS)
      return undefined;
    return { cert: certificate.toString(), key, fingerprint: certificate.fingerprint256 };
  } catch {
    return undefined;
  }
};

/**
 * The certificate of this user, made if there is none or it ends soon.
 * @param folder default `$XDG_CONFIG_HOME/virgl`
 * @throws VirglError `ERR_VIRGL_SYSTEM` if it can't be kept
 */
export const ownCertificate = async (folder = configFolder()): Promise<Certificate> => {
  const file = path.join(folder, FILE_NAME);
  const old = kept(file);
  if (old !== undefined) return old;
  const pem = await make();
  try {
    mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
    const draft = `${file}.${newSecret().slice(0, 8)}`;
    writeFileSync(draft, pem, { mode: PRIVATE_FILE, flag: 'wx' });
    // Whoever looks at the same time sees the old one or the new one.
    renameSync(draft, file);
  } catch (error) {
    const message = `${OPERATION}: can't keep ${file}: ${(error as Error).message}`;
    throw new VirglError('ERR_VIRGL_SYSTEM', message, { operation: OPERATION, cause: error });
  }
  const made = kept(file);
  if (made === undefined)
    throw new VirglError('ERR_VIRGL_SYSTEM', `${OPERATION}: ${file} can't be read back`, {
      operation: OPERATION,
    });
  return { ...made, madeFile: file };
};
