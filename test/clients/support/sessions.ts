// The recorded connections in fixtures/sessions; README.md there has the layout.

import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Who sent the bytes of a record, and where they lie. */
export const RecordKind = { CLIENT: 0, REPLY: 1, CLIENT_MEMORY: 2, SERVER_MEMORY: 3 } as const;

/** Requests that a player of sessions must know. */
export const Request = { RESOURCE_UNREF: 3, RESOURCE_BUSY_WAIT: 7, RESOURCE_CREATE2: 12 } as const;

/** One step of a connection. */
export interface SessionRecord {
  kind: number;
  data: Buffer;
}

const FOLDER = path.join(__dirname, '..', 'fixtures', 'sessions');
const ENDING = '.vtrace.gz';
const MAGIC = 'VTTRACE1';
const HEADER_BYTES = 16;

/** Names of the recorded sessions. */
export const SESSIONS: readonly string[] = fs
  .readdirSync(FOLDER)
  .filter((file) => file.endsWith(ENDING))
  .map((file) => file.slice(0, -ENDING.length));

/** The steps of a session. */
export const readSession = (name: string): SessionRecord[] => {
  const bytes = gunzipSync(fs.readFileSync(path.join(FOLDER, name + ENDING)));
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) throw new Error(`${name} is no recorded session`);
  const records: SessionRecord[] = [];
  for (let at = MAGIC.length; at < bytes.length;) {
    const start = at + HEADER_BYTES;
    const end = start + bytes.readUInt32LE(at + 4);
    records.push({ kind: bytes.readUInt8(at), data: bytes.subarray(start, end) });
    at = end;
  }
  return records;
};

/** What the client of a session sent, a command each. */
export const commandsOf = (name: string): Buffer[] =>
  readSession(name)
    .filter(({ kind }) => kind === RecordKind.CLIENT)
    .map(({ data }) => data);
