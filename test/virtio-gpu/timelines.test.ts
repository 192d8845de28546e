// Fences: answers of a timeline in order, whatever the host finishes first, and also for what is wrong.

import { setImmediate as turn } from 'node:timers/promises';
import { encodeRequest, decodeResponse, type MessageHeader } from '../../lib/virtio-gpu';
import { fakeHost, Guest } from './support/guest';

interface Gate {
  open(error?: Error): void;
  args: unknown;
}

/** A guest whose host makes fences that retire when they are told to. */
const guestWithGates = async () => {
  const gates: Gate[] = [];
  const gated = (args: unknown) =>
    new Promise<void>((resolve, reject) =>
      gates.push({ args, open: (error) => (error === undefined ? resolve() : reject(error)) }),
    );
  const host = fakeHost({
    createFence: () => gated(undefined),
    contextCreateFence: gated,
    // As a library with venus has it.
    fillCaps: ({ capsetId }) => new Uint8Array(32).fill(capsetId),
  });
  const guest = await Guest.boot({ host });
  await guest.context(1, 'gl');
  await guest.context(2, 'vulkan', 4);
  const answers: string[] = [];
  const submit = (header: MessageHeader) =>
    guest.device.control(encodeRequest('SUBMIT_3D', {}, header, new Uint8Array(4)), (bytes) => {
      const { name, header: answered } = decodeResponse(bytes);
      const ring = answered.ringIndex === undefined ? '' : ` ring ${answered.ringIndex}`;
      answers.push(`${name} ${answered.contextId}/${answered.fenceId}${ring}`);
    });
  return { guest, gates, answers, submit };
};

test('a fence waits for the host, and one of the host does for all that came together', async () => {
  const { guest, gates, answers, submit } = await guestWithGates();
  submit({ contextId: 1, fenceId: 1n });
  submit({ contextId: 1, fenceId: 2n });
  await turn();
  expect(gates).toHaveLength(1);
  submit({ contextId: 1, fenceId: 3n });
  await turn();
  expect(gates).toHaveLength(2);
  expect(guest.device.counts()).toMatchObject({ fences: 3, commands: 3 });
  gates[1].open();
  await turn();
  expect(answers).toEqual([]);
  gates[0].open();
  await turn();
  expect(answers).toEqual(['OK_NODATA 1/1', 'OK_NODATA 1/2', 'OK_NODATA 1/3']);
  await guest.shutDown();
});

test('what leaves no work, and what is wrong, is answered after what came before', async () => {
  const { guest, gates, answers, submit } = await guestWithGates();
  submit({ contextId: 1, fenceId: 1n });
  submit({ contextId: 9, fenceId: 2n });
  const create = encodeRequest(
    'RESOURCE_CREATE_2D',
    { resourceId: 2, format: 2, width: 4, height: 4 },
    { fenceId: 3n },
  );
  guest.device.control(create, (bytes) => answers.push(decodeResponse(bytes).name));
  await turn();
  expect(answers).toEqual([]);
  expect(gates).toHaveLength(1);
  gates[0].open();
  await turn();
  expect(answers).toEqual(['OK_NODATA 1/1', 'ERR_INVALID_CONTEXT_ID 9/2', 'OK_NODATA']);
  await guest.shutDown();
});

test('what has no fence is answered out of order', async () => {
  const { guest, gates, answers, submit } = await guestWithGates();
  submit({ contextId: 1, fenceId: 1n });
  submit({ contextId: 1 });
  await turn();
  expect(answers).toEqual(['OK_NODATA 0/undefined']);
  gates[0].open();
  await turn();
  await guest.shutDown();
});

test('rings are timelines of their own, on the host too unless it is GL', async () => {
  const { guest, gates, answers, submit } = await guestWithGates();
  submit({ contextId: 2, fenceId: 1n, ringIndex: 0 });
  submit({ contextId: 2, fenceId: 1n, ringIndex: 5 });
  submit({ contextId: 1, fenceId: 1n, ringIndex: 0 });
  submit({ contextId: 1, fenceId: 1n });
  await turn();
  expect(gates.map(({ args }) => args)).toEqual([
    undefined,
    { contextId: 2, ringIndex: 0 },
    { contextId: 2, ringIndex: 5 },
    undefined,
  ]);
  for (const gate of gates.toReversed()) {
    gate.open();
    await turn();
  }
  expect(answers).toEqual([
    'OK_NODATA 1/1 ring 0',
    'OK_NODATA 2/1 ring 5',
    'OK_NODATA 2/1 ring 0',
    'OK_NODATA 1/1',
  ]);
  await guest.shutDown();
});

test('a ring that does not exist is a fault', async () => {
  const { guest, answers, submit } = await guestWithGates();
  submit({ contextId: 1, fenceId: 1n, ringIndex: 64 });
  await turn();
  expect(answers).toEqual(['ERR_INVALID_PARAMETER 1/1 ring 64']);
  expect(guest.errors()).toMatchObject([
    { command: 'SUBMIT_3D', field: 'ring_idx', value: 64, contextName: 'gl' },
  ]);
  await guest.shutDown();
});

test('a ring without CONTEXT_INIT is the timeline of all', async () => {
  const { guest, gates, submit } = await guestWithGates();
  guest.device.acceptFeatures(1n);
  submit({ contextId: 2, fenceId: 1n, ringIndex: 7 });
  await turn();
  expect(gates).toMatchObject([{ args: undefined }]);
  gates[0].open();
  await turn();
  await guest.shutDown();
});

test('fences that are due are made before their context ends', async () => {
  const { guest, gates, answers, submit } = await guestWithGates();
  submit({ contextId: 2, fenceId: 1n, ringIndex: 1 });
  const destroyed = guest.ok('CTX_DESTROY', {}, { contextId: 2 });
  expect(gates).toHaveLength(1);
  await destroyed;
  gates[0].open(new Error('the context is gone'));
  await turn();
  expect(answers).toEqual(['OK_NODATA 2/1 ring 1']);
  await guest.shutDown();
});

test('ids of 64 bits come back as they are', async () => {
  const { guest, gates, answers, submit } = await guestWithGates();
  submit({ contextId: 1, fenceId: 0xfedc_ba98_7654_3210n });
  await turn();
  gates[0].open();
  await turn();
  expect(answers).toEqual([`OK_NODATA 1/${0xfedc_ba98_7654_3210n}`]);
  await guest.shutDown();
});

test('after a reset nobody is answered', async () => {
  const { guest, gates, answers, submit } = await guestWithGates();
  submit({ contextId: 1, fenceId: 1n });
  await turn();
  submit({ contextId: 1, fenceId: 2n });
  submit({ contextId: 2, fenceId: 2n, ringIndex: 3 });
  guest.device.control(encodeRequest('CTX_DESTROY', {}, { contextId: 2 }), () => answers.push('destroyed'));
  const reset = guest.device.reset();
  expect(guest.device.counts()).toEqual({ contexts: 0, resources: 0, backings: 0, fences: 0, commands: 0 });
  for (const gate of gates) gate.open();
  await reset;
  await turn();
  expect(answers).toEqual([]);
  // Fences of the next life are none of the old one.
  await guest.context(1, 'again');
  submit({ contextId: 1, fenceId: 1n });
  await turn();
  gates.at(-1)?.open();
  await turn();
  expect(answers).toEqual(['OK_NODATA 1/1']);
  await guest.shutDown();
});
