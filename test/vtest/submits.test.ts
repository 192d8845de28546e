// Streams of commands, the fences behind them, and whether a client's work is done.

import type { NullAnswers, SubmitCmdArgs } from '../../lib/host';
import { VirglError } from '../../lib/protocol/error';
import type { VtestVersion } from '../../lib/vtest';
import { FileDescriptor, SharedMemory } from '../../lib/host';
import { dwords, requests, TestClient } from '../support/vtest-session';

/** A host that keeps copies of what it was to run, and whose fences are reached when the test says so. */
const newHost = (more: NullAnswers = {}) => {
  const streams: number[][] = [];
  const fences: (() => void)[] = [];
  const pending = () => new Promise<void>((resolve) => fences.push(resolve));
  const answers: NullAnswers = {
    submitCmd: ({ commands }: SubmitCmdArgs) => void streams.push([...(commands as Uint32Array)]),
    createFence: pending,
    contextCreateFence: pending,
    ...more,
  };
  return { answers, streams, fences };
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('SUBMIT_CMD', () => {
  test('hands over its dwords, and the next request is not in them', async () => {
    const { answers, streams } = newHost();
    const client = await TestClient.greeted(2, { answers });
    await client.send(requests.submit(1, 2, 3), requests.submit(4));
    expect(streams).toEqual([[1, 2, 3], [4]]);
    expect(client.session.stats).toMatchObject({ commands: 4, submits: 2 });
  });

  test.each([
    { what: 'at once', submitCmd: () => Promise.reject(new VirglError('ERR_VIRGL_REFUSED', 'no')) },
    {
      what: 'later',
      submitCmd: async () => {
        await turn();
        throw new VirglError('ERR_VIRGL_REFUSED', 'no');
      },
    },
  ])('that is refused $what disconnects, at the latest where an answer is due', async ({ submitCmd }) => {
    const client = await TestClient.greeted(2, { answers: newHost({ submitCmd }).answers });
    const sent = client.send(requests.submit(1), requests.busyWait(0, 0), requests.ping);
    await expect(sent).rejects.toMatchObject({ code: 'ERR_VIRGL_REFUSED', message: 'no' });
    expect(client.take()).toEqual([]);
  });

  test('of a context that is lost disconnects', async () => {
    const lost = new VirglError('ERR_VIRGL_CONTEXT_LOST', 'lost', { errno: 22 });
    const client = await TestClient.greeted(2, {
      answers: newHost({ submitCmd: () => Promise.reject(lost) }).answers,
    });
    await expect(client.send(requests.submit(1), requests.ping)).rejects.toBe(lost);
  });

  test('whose fence can not be had disconnects', async () => {
    const client = await TestClient.greeted(2, {
      answers: newHost({ createFence: () => Promise.reject(new Error('no fence')) }).answers,
    });
    await expect(client.send(requests.submit(1), requests.busyWait(0, 1))).rejects.toThrow('no fence');
  });
});

describe('the fence of a submit', () => {
  const callsOf = ({ host }: TestClient): string[] =>
    host.calls.map(({ name }) => name).filter((name) => ['createFence', 'resourceCreate'].includes(name));

  test('is made when nothing more has come, so that replies need not wait for the driver', async () => {
    const client = await TestClient.greeted(2, { answers: newHost().answers });
    await client.send(requests.submit(1), requests.create2(1, 8), requests.submit(2));
    expect(callsOf(client)).toEqual(['resourceCreate', 'createFence']);
    expect(client.session.isDrawing).toBe(true);
  });

  test('is made in any case after eight', async () => {
    const client = await TestClient.greeted(2, { answers: newHost().answers });
    await client.send(...Array.from({ length: 17 }, () => requests.submit(1)));
    expect(callsOf(client)).toEqual(['createFence', 'createFence', 'createFence']);
  });
});

describe('BUSY_WAIT', () => {
  const busy = [1, 7, 1];
  const idle = [1, 7, 0];

  test('without the flag answers at once, about all that was submitted', async () => {
    const { answers, fences } = newHost();
    const client = await TestClient.greeted(2, { answers });
    const ask = async () => {
      await client.send(requests.busyWait(0, 0));
      return client.takeDwords();
    };
    expect(await ask()).toEqual(idle);
    await client.send(requests.submit(1));
    await client.send(requests.submit(2));
    expect(await ask()).toEqual(busy);
    fences[0]();
    await turn();
    expect(await ask()).toEqual(busy);
    fences[1]();
    await turn();
    expect(await ask()).toEqual(idle);
  });

  test('a fence that is told of late does not make a client busy again', async () => {
    const { answers, fences } = newHost();
    const client = await TestClient.greeted(2, { answers });
    await client.send(requests.submit(1));
    await client.send(requests.submit(2));
    for (const reached of fences.reverse()) {
      reached();
      await turn();
    }
    await client.send(requests.busyWait(0, 0));
    expect(client.takeDwords()).toEqual(idle);
  });

  test('looks for fences where the library has to be asked', async () => {
    const { answers, fences } = newHost({ poll: () => fences.forEach((reached) => reached()) });
    const client = await TestClient.greeted(2, { answers });
    await client.send(requests.submit(1), requests.busyWait(0, 0));
    expect(client.host.calls.at(-1)?.name).toBe('poll');
  });

  test('with the flag answers when all is done, and what follows it waits too', async () => {
    const { answers, fences } = newHost();
    const client = await TestClient.greeted(2, { answers });
    await client.send(requests.submit(1));
    const sent = client.send(requests.submit(2), requests.busyWait(0, 1), requests.busyWait(0, 0));
    await turn();
    fences[0]();
    await turn();
    expect(client.take()).toEqual([]);
    fences[1]();
    await sent;
    expect(client.takeDwords()).toEqual([...idle, ...idle]);
  });
});

/** A batch header as servers read it; offsets count from the payload's start. */
interface BatchHeader {
  flags?: number;
  cmd?: [offset: number, dwords: number];
  sync?: [offset: number, count: number];
  ringIdx?: number;
}
const batch = ({ flags = 0, cmd = [0, 0], sync = [0, 0], ringIdx = 0 }: BatchHeader): number[] => [
  flags,
  ...cmd,
  ...sync,
  ringIdx,
];
const whole = (header: BatchHeader): number[] => [...batch(header), 0, 0];

describe('SUBMIT_CMD2', () => {
  const RING_IDX = 1;

  test.each([
    {
      what: 'a header of 8 dwords',
      payload: [1, ...whole({ cmd: [9, 3] }), 11, 12, 13],
      streams: [[11, 12, 13]],
    },
    {
      what: 'a header of 6 dwords, packed',
      payload: [1, ...batch({ cmd: [7, 2] }), 11, 12],
      streams: [[11, 12]],
    },
    {
      what: 'two batches, in their order',
      payload: [2, ...whole({ cmd: [18, 1] }), ...whole({ cmd: [17, 1] }), 11, 12],
      streams: [[12], [11]],
    },
    {
      what: 'two batches, the last header packed',
      payload: [2, ...whole({ cmd: [15, 1] }), ...batch({ cmd: [15, 2] }), 11, 12],
      streams: [[11], [11, 12]],
    },
    { what: 'a batch without commands', payload: [1, ...batch({})], streams: [] },
    { what: 'no batch', payload: [0], streams: [] },
    { what: 'what ends at the end', payload: [1, ...batch({ cmd: [7, 0] })], streams: [] },
  ])('reads $what', async ({ payload, streams: expected }) => {
    const { answers, streams } = newHost();
    const client = await TestClient.greeted(3, { answers });
    await client.send(requests.submit2(...payload));
    expect(streams).toEqual(expected);
    // It makes no fence of its own.
    expect(client.host.calls.map(({ name }) => name)).not.toContain('createFence');
  });

  test.each([
    { what: 'nothing at all', payload: [], field: 'batchCount' },
    { what: 'one batch without a header', payload: [1], field: 'batchCount' },
    { what: 'one batch with a short header', payload: [1, 0, 0, 0, 0, 0], field: 'batchCount' },
    { what: 'two packed headers', payload: [2, ...batch({}), ...batch({})], field: 'batchCount' },
    { what: 'a count that overflows by 6', payload: [0x2aaaaaab, ...whole({})], field: 'batchCount' },
    { what: 'a count that overflows by 8', payload: [0x20000001, ...whole({})], field: 'batchCount' },
    { what: 'the largest count', payload: [0xffffffff, ...whole({})], field: 'batchCount' },
    { what: 'commands past the end', payload: [1, ...batch({ cmd: [7, 1] })], field: 'cmdOffset' },
    { what: 'commands far outside', payload: [1, ...batch({ cmd: [0xffffffff, 2] })], field: 'cmdOffset' },
    { what: 'too many commands', payload: [1, ...batch({ cmd: [1, 0xffffffff] })], field: 'cmdOffset' },
    { what: 'syncs past the end', payload: [1, ...batch({ sync: [7, 1] }), 1, 0], field: 'syncOffset' },
    {
      what: 'a count of syncs that overflows by 3',
      payload: [1, ...batch({ sync: [0, 0x55555556] })],
      field: 'syncOffset',
    },
    { what: 'ring 64', payload: [1, ...batch({ ringIdx: 64 })], field: 'ringIdx' },
    {
      what: 'ring 64 in use',
      payload: [1, ...batch({ flags: RING_IDX, ringIdx: 64 })],
      field: 'ringIdx',
    },
    { what: 'an unknown sync', payload: [1, ...batch({ sync: [7, 1] }), 9, 0, 0], field: 'syncId' },
  ])('refuses $what, and does nothing of it', async ({ payload, field }) => {
    const { answers, streams } = newHost();
    const client = await TestClient.greeted(3, { answers });
    await expect(client.send(requests.submit2(...payload))).rejects.toMatchObject({
      operation: 'SUBMIT_CMD2',
      field,
    });
    expect(streams).toEqual([]);
  });

  test('looks at every batch before it runs one', async () => {
    const { answers, streams } = newHost();
    const client = await TestClient.greeted(3, { answers });
    const payload = [2, ...whole({ cmd: [17, 1] }), ...whole({ ringIdx: 64 }), 11];
    await expect(client.send(requests.submit2(...payload))).rejects.toMatchObject({ field: 'ringIdx' });
    expect(streams).toEqual([]);
  });

  const readSync = async (client: TestClient): Promise<number[]> => {
    client.take();
    await client.send(requests.syncRead(1));
    return client.takeDwords().slice(2);
  };

  test('without a ring signals its syncs at once, with all 64 bits', async () => {
    const { answers, fences } = newHost();
    const client = await TestClient.greeted(3, { answers });
    const payload = [1, ...batch({ cmd: [10, 1], sync: [7, 1], ringIdx: 63 }), 1, 5, 6, 0];
    await client.send(requests.syncCreate(1), requests.submit2(...payload));
    expect(await readSync(client)).toEqual([5, 6]);
    expect(fences).toEqual([]);
  });

  test('on a ring signals them when its fence is reached', async () => {
    const { answers, fences } = newHost();
    const client = await TestClient.greeted(3, { answers });
    const payload = [1, ...batch({ flags: RING_IDX, cmd: [10, 1], sync: [7, 1], ringIdx: 63 }), 1, 5, 0, 0];
    await client.send(requests.syncCreate(1), requests.submit2(...payload));
    expect(client.session.awaitsFences).toBe(true);
    expect(await readSync(client)).toEqual([1, 0]);
    fences[0]();
    await turn();
    expect(client.session.awaitsFences).toBe(false);
    expect(await readSync(client)).toEqual([5, 0]);
    expect(client.host.calls.find(({ name }) => name === 'contextCreateFence')?.args).toEqual({
      contextId: 1,
      ringIndex: 63,
      flags: 1,
      fenceId: 1,
    });
  });

  test('numbers the fences of each ring', async () => {
    const { answers } = newHost();
    const client = await TestClient.greeted(3, { answers });
    for (const ringIdx of [1, 2, 1])
      await client.send(requests.submit2(1, ...batch({ flags: RING_IDX, ringIdx })));
    const ids = client.host.calls.filter(({ name }) => name === 'contextCreateFence');
    expect(ids.map(({ args }) => (args as { fenceId: number }).fenceId)).toEqual([1, 1, 2]);
  });

  test('a fence that can not be had disconnects', async () => {
    const { answers } = newHost({ contextCreateFence: () => Promise.reject(new Error('no ring')) });
    const client = await TestClient.greeted(3, { answers });
    const sent = client.send(requests.submit2(1, ...batch({ flags: RING_IDX, ringIdx: 3 })), requests.ping);
    await expect(sent).rejects.toThrow('no ring');
    expect(client.session.awaitsFences).toBe(false);
  });

  test('that is refused disconnects', async () => {
    const { answers } = newHost({ submitCmd: () => Promise.reject(new Error('no')) });
    const client = await TestClient.greeted(3, { answers });
    await expect(client.send(requests.submit2(1, ...batch({ cmd: [7, 1] }), 0))).rejects.toThrow('no');
  });

  describe('fences as descriptors', () => {
    const [IN_FENCE, OUT_FENCE] = [2, 4];
    const exporting = () => {
      const memory = SharedMemory.create(4096);
      return { memory, answers: newHost({ exportFence: () => memory.duplicateFd() }).answers };
    };

    test('go out in version 4, without a header', async () => {
      const { memory, answers } = exporting();
      const client = await TestClient.greeted(4, { answers });
      await client.send(requests.submit2(1, ...batch({ flags: RING_IDX | OUT_FENCE, ringIdx: 2 })));
      const [fd, ...more] = client.take();
      expect(fd).toBeInstanceOf(FileDescriptor);
      expect(more).toEqual([]);
      (fd as FileDescriptor).close();
      memory.close();
    });

    test('without a ring are refused, because whoever waits for one would wait for ever', async () => {
      const { memory, answers } = exporting();
      const client = await TestClient.greeted(4, { answers });
      await expect(client.send(requests.submit2(1, ...batch({ flags: OUT_FENCE })))).rejects.toMatchObject({
        operation: 'SUBMIT_CMD2',
        field: 'flags',
      });
      memory.close();
    });

    test('are not taken in', async () => {
      const client = await TestClient.greeted(4, { answers: newHost().answers });
      await expect(client.send(requests.submit2(1, ...batch({ flags: IN_FENCE })))).rejects.toMatchObject({
        code: 'ERR_VIRGL_UNSUPPORTED',
        field: 'flags',
      });
    });

    test.each<{ version: VtestVersion }>([{ version: 0 }, { version: 2 }, { version: 3 }])(
      'mean nothing in version $version',
      async ({ version }) => {
        const client = await TestClient.greeted(version, { answers: newHost().answers });
        await client.send(
          requests.submit2(1, ...batch({ flags: IN_FENCE | OUT_FENCE | RING_IDX })),
          requests.ping,
        );
        expect(Buffer.concat(client.take() as Buffer[])).toEqual(dwords(0, 10));
      },
    );
  });
});
