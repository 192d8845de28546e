// The traces that are read: one of many small records, as games leave it, and one of a gigabyte.

import { randomFillSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { NativeHost } from 'virgl';
import { Format, TextureTarget } from 'virgl/protocol';
import { RecordingHost, type TraceMeta, TraceWriter } from 'virgl/trace';
import { recordsOfSession } from '../../test/support/trace-records';

const SESSIONS = ['glmark2-build-vbo', 'glmark2-es2-shading-phong', 'glmark2-es2-desktop-shadow'] as const;
const SMALL_BYTES = 256 * 1024 * 1024;
/** A writer that is given a rest behind so much compresses all of it, as it does when a program draws. */
const REST_BYTES = 1024 * 1024;
const REST_MS = 20;
const SIDE = 1024;
const BYTES_PER_TEXEL = 4;
const SAMPLER_VIEW_BIND = 8;
const RESOURCE = 1;
const CONTEXT = 1;

const metaOf = (source: string): TraceMeta => ({
  writer: 'npm run bench:trace',
  recordedAt: new Date().toISOString(),
  source,
});

/** The streams of recorded programs over and over. */
export const writeManyRecords = async (file: string): Promise<void> => {
  const records = SESSIONS.flatMap((name) => recordsOfSession(name)).filter(
    (record) => record.kind === 'call' || record.kind === 'frame',
  );
  const bytesOf = (record: (typeof records)[number]): number => {
    const args = record.kind === 'call' ? (record.args as { commands?: Uint8Array } | undefined) : undefined;
    return args?.commands?.byteLength ?? 0;
  };
  const writer = TraceWriter.create(file, metaOf(SESSIONS.join(', ')));
  let bytes = 0;
  for (let count = 0; bytes < SMALL_BYTES; count += 1) {
    const record = records[count % records.length];
    if (record === undefined) throw new Error('the sessions have no records');
    writer.append(record);
    const before = bytes;
    bytes += bytesOf(record);
    if (Math.floor(bytes / REST_BYTES) > Math.floor(before / REST_BYTES)) await sleep(REST_MS);
  }
  await writer.close();
};

/** A film of noise, which can't be compressed: each picture is uploaded and read back. It plays on any host. */
export const writeLarge = async (file: string, leastBytes: number): Promise<void> => {
  const frameBytes = SIDE * SIDE * BYTES_PER_TEXEL;
  const writer = TraceWriter.create(file, metaOf(`a film of ${leastBytes} bytes`));
  const host = new RecordingHost(await NativeHost.open(), writer);
  const shape = { width: SIDE, height: SIDE, depth: 1, arraySize: 1 };
  const box = { x: 0, y: 0, z: 0, w: SIDE, h: SIDE, d: 1 };
  const at = { resourceId: RESOURCE, contextId: CONTEXT, box };
  await host.contextCreate({ contextId: CONTEXT, name: 'film' });
  await host.resourceCreate({
    resourceId: RESOURCE,
    target: TextureTarget.TEXTURE_2D,
    format: Format.R8G8B8A8_UNORM,
    bind: SAMPLER_VIEW_BIND,
    ...shape,
  });
  await host.ctxAttachResource({ contextId: CONTEXT, resourceId: RESOURCE });
  const from = new Uint8Array(frameBytes);
  const into = new Uint8Array(frameBytes);
  for (let bytes = 0; bytes < leastBytes; bytes += frameBytes) {
    randomFillSync(from);
    await host.transferWriteIov({ ...at, from });
    await host.transferReadIov({ ...at, into });
    host.markFrame();
  }
  await host.close();
};
