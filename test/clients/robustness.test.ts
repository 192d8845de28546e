// Clients that do what no client should: each is dropped or served as the case says, and nobody else notices.
// VIRGL_ROBUSTNESS=200,1000 plays each recorded session cut at 200 places and with 1000 bytes flipped; the default is a slice.
// VIRGL_ROBUSTNESS_PART=1/4 plays every fourth of these, from the first on: all of them take hours.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../support/stream-mutator';
import { expectServed, RawClient } from './support/raw-client';
import { settled, SERVER, steadyUsage, VtestServer } from './support/server';
import { commandsOf, SESSIONS } from './support/sessions';
import { describeWith } from './support/installed';
import { describeProcesses, processTree, type Usage } from './support/processes';

type Chunk = string | { repeat: string; count: number } | { read: number };

/** A case of fixtures/robustness.json, whose head says how one is run. */
interface Case {
  name: string;
  setup: string;
  setup_reply_bytes: number;
  chunks: Chunk[];
  end: 'keep open' | 'shutdown-write' | 'close';
  expect: string;
  also_accepted?: string;
  reply_ends_with?: string;
}

const { cases } = JSON.parse(readFileSync(path.join(__dirname, 'fixtures', 'robustness.json'), 'utf8')) as {
  cases: Case[];
};

const [CUTS = 0, FLIPS = 0] = (process.env.VIRGL_ROBUSTNESS ?? '2,6').split(',').map(Number);
const [PART = 1, PARTS = 1] = (process.env.VIRGL_ROBUSTNESS_PART ?? '1/1').split('/').map(Number);
/** Plays at the same time. */
const AT_ONCE = 2;
/** A play that is not over by then is left by its client: a flipped count can be a lot of work. */
const PLAY_LIMIT_MS = 20_000;
/** Our server ends what is at work on one command for longer. */
const COMMAND_LIMIT_S = 10;
/** What a client that is gone had must be given back by then. */
const SETTLE_LIMIT_MS = 20_000;
/** How long one looks whether a client that should not be answered is left alone. */
const OBSERVE_MS = 3_000;
/** More than this is not read of a reply. */
const REPLY_LIMIT_BYTES = 64 * 1024 * 1024;
/** What allocators may keep. */
const GROWTH_BYTES = 24 * 1024 * 1024;
/** V8's young generation grows with the load of the machine, by up to 32 MiB a process, and does not shrink for long. */
const SMALL_YOUNG_GENERATION = { NODE_OPTIONS: '--max-semi-space-size=1' };

/** Lines of our log about clients that were dropped: they name the client and say why. */
const LOST_CLIENT = /^.*client \d+ \(pid \d+\) ".*" was disconnected: \S.*$/gm;
const LOG_LIMIT_MS = 20_000;

/** Expects so many such lines since `start`, no more; the reference names nobody. */
const expectLogged = async (
  server: VtestServer,
  start: number,
  line: RegExp,
  count: number,
): Promise<void> => {
  if (SERVER === 'reference') return;
  const lines = () => server.log.slice(start).match(line) ?? [];
  for (const limit = Date.now() + LOG_LIMIT_MS; lines().length < count && Date.now() < limit;)
    await sleep(20);
  expect(lines()).toHaveLength(count);
};

const fromHex = (hex: string): Buffer => Buffer.from(hex, 'hex');

const sendChunk = async (client: RawClient, chunk: Chunk): Promise<void> => {
  if (typeof chunk === 'string') await client.send(fromHex(chunk));
  else if ('repeat' in chunk) await client.send(Buffer.from(chunk.repeat.repeat(chunk.count), 'hex'));
  else {
    const wanted = client.received + chunk.read;
    await client.readUntil(() => client.received >= wanted, PLAY_LIMIT_MS);
  }
};

const observe = async (client: RawClient, one: Case): Promise<string> => {
  const { reply_ends_with: ending, end, expect: expected } = one;
  if (end === 'close') return 'closed by the client';
  if (end === 'shutdown-write') client.shutdownWrite();
  const wanted = ending === undefined ? undefined : fromHex(ending);
  const isAnswered = () => wanted !== undefined && client.tail.subarray(-wanted.length).equals(wanted);
  const isOver = () => isAnswered() || client.received > REPLY_LIMIT_BYTES;
  const isSilent = wanted === undefined && expected.startsWith('continue');
  await client.readUntil(isOver, isSilent ? OBSERVE_MS : PLAY_LIMIT_MS);
  if (client.isClosed) return 'disconnect';
  return wanted === undefined || isAnswered() || client.received > REPLY_LIMIT_BYTES ? 'continue' : 'silent';
};

const play = async (socketPath: string, one: Case): Promise<string> => {
  using client = await RawClient.connect(socketPath);
  await client.send(fromHex(one.setup));
  await client.readUntil(() => client.received >= one.setup_reply_bytes, PLAY_LIMIT_MS);
  expect(client.received).toBe(one.setup_reply_bytes);
  for (const chunk of one.chunks) await sendChunk(client, chunk);
  const observation = await observe(client, one);
  // The others, while this one is still there.
  await expectServed(socketPath);
  return observation;
};

const verbsOf = ({ end, expect: expected, also_accepted: also }: Case): string[] =>
  end === 'close'
    ? ['closed by the client']
    : [expected, also ?? expected].map((text) => text.split(' ')[0] ?? '');

const expectUnchanged = async (server: VtestServer, before: Usage): Promise<void> => {
  const now = await settled(server, before, SETTLE_LIMIT_MS);
  expect({ isAlive: server.isAlive, processes: now.processes }).toEqual({
    isAlive: true,
    processes: before.processes,
  });
  // Processes that are started ahead open some with their first client.
  expect(now.descriptors).toBeLessThanOrEqual(before.descriptors);
};

describeWith([], `bad input (${SERVER})`, () => {
  let server: VtestServer;
  let before: Usage;

  beforeAll(async () => {
    server = await VtestServer.start();
    await expectServed(server.socketPath);
    before = await steadyUsage(server);
  });
  afterAll(() => server.stop());

  test.each(cases)('$name', async (one) => {
    const logged = server.log.length;
    expect(verbsOf(one)).toContain(await play(server.socketPath, one));
    await expectUnchanged(server, before);
    if (one.expect.startsWith('disconnect') && one.also_accepted === undefined)
      await expectLogged(server, logged, LOST_CLIENT, 1);
  });

  test('clients that stop reading, send nothing or a byte at a time cost others nothing', async () => {
    const seconds = async () => {
      const start = Date.now();
      for (let i = 0; i < 5; i += 1) await expectServed(server.socketPath);
      return (Date.now() - start) / 1000;
    };
    // What else the machine does is nobody's cost.
    const quickest = async () => Math.min(await seconds(), await seconds(), await seconds());
    const alone = await quickest();
    const odd = await Promise.all([1, 2, 3].map(() => RawClient.connect(server.socketPath)));
    const [mute, silent, slow] = odd;
    const hello = fromHex('0500000008000000736c6f7700');
    // Answers of 5 MB that nobody reads.
    await mute?.send(Buffer.concat([hello, Buffer.alloc(8 * 4000, fromHex('0000000009000000'))]), 500);
    await silent?.send(hello);
    let at = 0;
    const trickle = setInterval(() => void slow?.send(hello.subarray(at, ++at)), 100);
    const among = await quickest();
    clearInterval(trickle);
    for (const client of odd) client[Symbol.dispose]();
    expect(among).toBeLessThan(2 * alone + 1);
    await expectUnchanged(server, before);
  });

  test('session processes that crash take only their clients with them', async () => {
    // Ours has started those ahead that will serve them.
    const [, ...ahead] = await processTree(server.pid);
    const clients = await Promise.all([1, 2].map(() => RawClient.connect(server.socketPath)));
    for (const client of clients) {
      await client.send(fromHex('05000000080000006372617368000000000a000000'));
      await client.readUntil(() => client.received > 0, PLAY_LIMIT_MS);
    }
    const logged = server.log.length;
    const [, ...now] = await processTree(server.pid);
    for (const pid of ahead.length > 0 ? ahead : now) process.kill(pid, 'SIGSEGV');
    for (const client of clients) {
      await client.readUntil(() => false, PLAY_LIMIT_MS);
      expect(client.isClosed).toBe(true);
      client[Symbol.dispose]();
    }
    await expectServed(server.socketPath);
    await expectUnchanged(server, before);
    await expectLogged(server, logged, /client \d+ .*"crash".*SIGSEGV/g, 2);
  });
});

interface Mutation {
  what: string;
  bytes: Buffer;
}

// Half of the flips hit what commands begin with; most of the bytes of a session are vertices and texels.
const HEAD_BYTES = 64;

const mutationsOf = (name: string, index: number): Mutation[] => {
  const commands = commandsOf(name);
  const whole = Buffer.concat(commands);
  const random = seededRandom(index);
  const starts: number[] = [];
  let start = 0;
  for (const command of commands) {
    starts.push(start);
    start += command.length;
  }
  const cuts = Array.from({ length: CUTS }, () => {
    const at = random(whole.length);
    return { what: `cut at ${at}`, bytes: whole.subarray(0, at) };
  });
  const flips = Array.from({ length: FLIPS }, (_, i) => {
    const head = (starts[random(starts.length)] ?? 0) + random(HEAD_BYTES);
    const at = i % 2 === 0 ? random(whole.length) : Math.min(head, whole.length - 1);
    const mask = 1 + random(255);
    const bytes = Buffer.from(whole);
    bytes.writeUInt8(bytes.readUInt8(at) ^ mask, at);
    return { what: `byte ${at} flipped by ${mask}`, bytes };
  });
  return [...cuts, ...flips].filter((_, i) => i % PARTS === PART - 1);
};

/** Sends all, then nothing more, and reads until the server has closed. Resolves to what the server was at if it has not. */
const playBytes = async (server: VtestServer, bytes: Buffer): Promise<string | undefined> => {
  using client = await RawClient.connect(server.socketPath);
  const sent = client.send(bytes, PLAY_LIMIT_MS);
  void sent.then(() => client.shutdownWrite());
  await client.readUntil(() => false, PLAY_LIMIT_MS);
  return client.isClosed ? undefined : describeProcesses(server.pid);
};

describeWith([], `recorded sessions, cut and with flipped bytes (${SERVER})`, () => {
  let server: VtestServer;
  let before: Usage;

  beforeAll(async () => {
    server = await VtestServer.start({
      args: SERVER === 'ours' ? [`--command-timeout=${COMMAND_LIMIT_S}`] : [],
      env: SMALL_YOUNG_GENERATION,
    });
    await expectServed(server.socketPath);
    before = await steadyUsage(server);
  });
  afterAll(() => server.stop());

  test.each(SESSIONS.map((name, index) => ({ name, index })))(
    '$name',
    async ({ name, index }) => {
      const waiting = mutationsOf(name, index);
      const left: string[] = [];
      const worker = async () => {
        for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
          const state = await playBytes(server, next.bytes);
          if (state !== undefined) left.push(`${next.what} (${state})`);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      if (left.length > 0) console.warn(`${name}: not over after ${PLAY_LIMIT_MS} ms: ${left.join(', ')}`);
      await expectServed(server.socketPath);
      await expectUnchanged(server, before);
    },
    24 * 60 * 60_000,
  );

  test('memory is where it was', async () => {
    await settled(server, before, SETTLE_LIMIT_MS);
    const { ownBytes } = await steadyUsage(server);
    expect(ownBytes - before.ownBytes).toBeLessThan(GROWTH_BYTES);
  });
});
