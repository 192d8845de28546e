// What a pump records, beside what a recorder without one does for the same client; and played, it gives the pixels that it had.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Clear, CommandEncoder, Format } from '../../lib/protocol';
import { play, TraceReader, type TraceRecord } from '../../lib/trace';
import { recordSessions } from '../../lib/trace/record/vtest-module';
import type { WrapHostModule } from '../../lib/vtest';
import { replay } from '../clients/support/replay';
import { readSession, SESSIONS } from '../clients/support/sessions';
import { startServer, STORIES, tell } from '../support/client-stories';
import { describeNative } from '../support/native-library';
import { openSessionHost } from '../support/session-traces';
import { Connection, sessionProcesses } from '../support/vtest-connection';
import { clear, RED, submit, target } from '../support/vtest-drawing';
import { requests } from '../support/vtest-session';

const WITHOUT_PUMP = path.join(__dirname, '..', 'support', 'recorded-without-pump.cjs');
/** Frames whose pictures are kept however long they take. */
const SURE_PICTURES = 3;

const STREAMS = 50;
/** A process that records has more than its client's memory. */
const LIMITS = { maxMemoryBytes: 512 * 1024 * 1024, maxRequestBytes: 64 * 1024 * 1024 };
/** Only those that submit a stream leave a trace. */
const SUBMIT_CMD = 6;
const HEADER_BYTES = 8;
const RECORDED_STORIES = Object.entries(STORIES).filter(([, { steps }]) =>
  steps.some((step) => step.length > HEADER_BYTES && step.readUInt32LE(4) === SUBMIT_CMD),
);
/** Every so many sessions, from one of glmark2 on. */
const [FIRST_SESSION, SESSION_STEP] = [4, 8];

/** Made one by one, or shared by several streams; asked for, and reached when the driver says so. */
const isOfFences = (record: TraceRecord): boolean =>
  record.kind === 'fenceReached' ||
  (record.kind === 'call' && (record.name === 'createFence' || record.name === 'poll'));

const clearOf = (encoder: CommandEncoder): CommandEncoder =>
  encoder.clear({ buffers: Clear.COLOR0, color: [0, 1, 0, 1], depth: 1, stencil: 0 });
const clearAgain = (): Buffer => submit(clearOf(new CommandEncoder()).finish());

/** Two surfaces to draw to. */
const surfaces = (): Buffer => {
  const encoder = new CommandEncoder();
  for (const handle of [1, 2])
    encoder.createSurface({ handle, resource: handle, format: Format.R8G8B8A8_UNORM });
  return submit(encoder.finish());
};
/** Clears both in turn: where they are large, for longer than anybody waits. */
const endlessClears = (): Buffer => {
  const encoder = new CommandEncoder();
  for (let count = 0; count < 10_000; count += 1)
    clearOf(encoder.setFramebufferState({ colorBuffers: [1 + (count % 2)], zsurf: 0 }));
  return submit(encoder.finish());
};

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

  test.each(SESSIONS.filter((_, index) => index % SESSION_STEP === FIRST_SESSION))('%s', async (name) => {
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

  test.each(RECORDED_STORIES)('%s', async (name, story) => {
    const pumped = await tell(story, { limits: LIMITS, wrapHostModule: recording(`${name}.pumped`) });
    expect(pumped).toEqual(
      await tell(story, { limits: LIMITS, wrapHostModule: withoutPump(`${name}.plain`) }),
    );
    expect(recordedIn(`${name}.pumped`)).toEqual(recordedIn(`${name}.plain`));
    expect(recordedIn(`${name}.pumped`)).not.toEqual([]);
  });

  test.each([
    ['SIGSEGV', 0],
    ['SIGKILL', 100],
  ] as const)(
    'what a process has submitted that %s ends %d ms later is in the trace',
    async (signal, after) => {
      const wrapHostModule = recordSessions({
        file: path.join(folder, `${signal}.vgtrace`),
        record: { pictures: 'none' },
      });
      await using server = await startServer({ clientsToServe: 1, wrapHostModule });
      using client = await Connection.greeted(server.path);
      const [worker = NaN] = sessionProcesses();
      // Made once, then only cleared: all but the first are the pump's.
      client.send(
        target(1),
        clear(1, RED),
        ...Array.from({ length: STREAMS - 1 }, clearAgain),
        requests.ping,
      );
      await client.read(8);
      await sleep(after);
      process.kill(worker, signal);
      await client.untilClosed();
      await server.end();
      using trace = open(signal) as TraceReader;
      expect(trace.summary.problem).toBeDefined();
      const streams = [...trace.records()].filter(
        (record) => record.kind === 'call' && record.name === 'submitCmd',
      );
      expect(streams).toHaveLength(STREAMS);
    },
  );

  test('a stream that hangs is in the trace, though it never ended', async () => {
    const wrapHostModule = recording('hang');
    await using server = await startServer({ commandTimeoutMs: 1500, clientsToServe: 1, wrapHostModule });
    using client = await Connection.greeted(server.path);
    client.send(target(1, 4096, 4096), target(2, 4096, 4096), surfaces(), requests.ping);
    await client.read(8);
    client.send(endlessClears(), requests.busyWait(1, 1));
    await client.untilClosed();
    expect((await server.end()).signal).toBe('SIGKILL');
    using trace = open('hang') as TraceReader;
    const calls = [...trace.records()].filter((record) => record.kind === 'call');
    expect(calls.filter(({ name }) => name === 'submitCmd')).toHaveLength(2);
  });
});
