// Reads the recorded streams of fixtures/: see the README there.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const FOLDER = join(__dirname, 'fixtures');

/** Names of the recorded streams. */
export const fixtureNames = (): string[] => readdirSync(FOLDER).filter((name) => name.endsWith('.gz'));

/** The command buffers of a recorded stream, in order. */
export const fixtureBuffers = (name: string): Uint8Array[] => {
  const bytes = gunzipSync(readFileSync(join(FOLDER, name)));
  const buffers: Uint8Array[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const end = offset + 4 + bytes.readUInt32LE(offset) * 4;
    buffers.push(new Uint8Array(bytes.subarray(offset + 4, end)));
    offset = end;
  }
  return buffers;
};
