// Files of command streams: raw dwords, or submissions with their lengths before them; gzip is unpacked.

import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { VirglError } from '../protocol';

/** Help for the argument of a file. */
export const FILE_HELP = 'a file, also gzipped, or - for standard input';
/** Help for the option of several submissions. */
export const FRAMED_HELP = 'several submissions, each with its length in dwords before it';

const GZIP_MAGIC = [0x1f, 0x8b];

const systemError = (file: string, error: unknown): VirglError => {
  const { message } = error as NodeJS.ErrnoException;
  return new VirglError('ERR_VIRGL_SYSTEM', `${file}: ${message}`, { operation: 'read', cause: error });
};

/**
 * Reads a file, unpacked.
 * @param file its name, `-` for standard input
 * @throws VirglError ERR_VIRGL_SYSTEM if it can't be read
 */
export const readBytes = async (file: string): Promise<Uint8Array> => {
  try {
    const bytes = file === '-' ? await buffer(process.stdin) : await readFile(file);
    const isGzip = GZIP_MAGIC.every((byte, index) => bytes[index] === byte);
    // A copy begins at a multiple of four, as dwords must.
    return new Uint8Array(isGzip ? gunzipSync(bytes) : bytes);
  } catch (error) {
    throw systemError(file, error);
  }
};

/**
 * Takes submissions apart: each a little-endian number of dwords, then those dwords.
 * @throws VirglError ERR_VIRGL_DECODE with the byte at which a length or its dwords are missing
 */
export const splitSubmissions = (bytes: Uint8Array): Uint8Array[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const submissions: Uint8Array[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const end = offset + 4 <= bytes.length ? offset + 4 + view.getUint32(offset, true) * 4 : Infinity;
    if (end > bytes.length) {
      const message = `submission ${submissions.length} at byte ${offset}: its length or its dwords run past the end; is this a file of submissions?`;
      throw new VirglError('ERR_VIRGL_DECODE', message, { operation: 'read', byteOffset: offset });
    }
    submissions.push(bytes.slice(offset + 4, end));
    offset = end;
  }
  return submissions;
};

/** Puts submissions together; the inverse of {@link splitSubmissions}. */
export const joinSubmissions = (submissions: readonly Uint32Array[]): Uint32Array =>
  Uint32Array.from(submissions.flatMap((dwords) => [dwords.length, ...dwords]));

/** Lets `virgl … | head` end quietly when the reader has seen enough. */
export const endWithReader = (): void => {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(process.exitCode ?? 0);
  });
};
