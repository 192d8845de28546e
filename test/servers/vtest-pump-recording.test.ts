// What a pump records, beside what a recorder without one does for the same client; and played, it gives the pixels that it had.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { play, TraceReader, type TraceRecord } from '../../lib/trace';
import { recordSessions } from '../../lib/trace/record/vtest-module';
import type { WrapHostModule } from '../../lib/vtest';
import { replay } from '../clients/support/replay';
import { readSession, SESSIONS } from '../clients/support/sessions';
import { startServer, STORIES, tell } from '../support/client-stories';
import { describeNative } from '../support/native-library';
import { openSessionHost } from '../support/session-traces';

const WITHOUT_PUMP = path.join(__dirname, '..', 'support', 'recorded-without-pump.cjs');
/** Frames whose pictures are kept however long they take. */
const SURE_PICTURES = 3;

/** A process that records has more than its client's memory. */
const LIMITS = { maxMemoryBytes: 512 * 1024 * 1024, maxRequestBytes: 64 * 1024 * 1024 };
/** Every so many sessions. */
const SESSION_STEP = 4;

/** Made one by one, or shared by several streams; asked for, and reached when the driver says so. */
const isOfFences = (record: TraceRecord): boolean =>
  record.kind === 'fenceReached' ||
  (record.kind === 'call' && (record.name === 'createFence' || record.name === 'poll'));

/** What does not depend on time, nor on how many fences there are. */
const timeless = (records: Iterable<TraceRecord>): unknown[] => {
  let frames = 0;
  return [...records].flatMap((record): unknown[] => {
    if (record.kind === 'time' || record.kind === 'log' || isOfFences(record)) return [];
    if (record.kind === 'frame') return [(frames += 1) <= SURE_PICTURES ? record : { kind: 'frame' }];
    if (record.kind === 'readback' || record.kind === 'error' || record.kind === 'answer')
      return [{ ...record, call: undefined }];
    return [structuredClone(record)];
  });
};

describeNative('what pumps record', () => {
  let folder: string;
  beforeAll(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'virgl-pump-recording-'))));
  afterAll(() => fs.rmSync(folder, { recursive: true }));

  const recording = (file: string): WrapHostModule =>
    recordSessions({ file: path.join(folder, `${file}.vgtrace`) });
  const withoutPump = (file: string): WrapHostModule => ({ ...recording(file), module: WITHOUT_PUMP });

  /** What was recorded under a name; nothing where no stream was submitted. */
  const open = (name: string): TraceReader | undefined => {
    const files = fs.readdirSync(folder).filter((file) => file.startsWith(`${name}.client`));
    expect(files.length).toBeLessThan(2);
    return files[0] === undefined ? undefined : TraceReader.open(path.join(folder, files[0]));
  };
  const recordedIn = (name: string): unknown[] => {
    using trace = open(name);
    if (trace === undefined) return [];
    expect(trace.summary.problem).toBeUndefined();
    return timeless(trace.records());
  };

  test.each(SESSIONS.filter((_, index) => index % SESSION_STEP === 0))('%s', async (name) => {
    for (const module of [recording(`${name}.pumped`), withoutPump(`${name}.plain`)]) {
      await using server = await startServer({ clientsToServe: 1, wrapHostModule: module });
      expect((await replay(readSession(name), server.path)).differences).toEqual([]);
      await server.end();
    }
    const pumped = recordedIn(`${name}.pumped`);
    expect(pumped).toEqual(recordedIn(`${name}.plain`));
    expect(pumped).not.toEqual([]);

    using trace = open(`${name}.pumped`) as TraceReader;
    await using host = await openSessionHost();
    const report = await play(trace, host, { verify: true });
    expect(report).toMatchObject({ differences: [], capsetDifferences: [] });
    expect(report.equal).toBe(report.compared);
  });

  test.each(Object.entries(STORIES))('%s', async (name, story) => {
    const pumped = await tell(story, { limits: LIMITS, wrapHostModule: recording(`${name}.pumped`) });
    expect(pumped).toEqual(
      await tell(story, { limits: LIMITS, wrapHostModule: withoutPump(`${name}.plain`) }),
    );
    expect(recordedIn(`${name}.pumped`)).toEqual(recordedIn(`${name}.plain`));
  });
});
