// Whatever a guest sends: each request is answered once, with a response that exists, and nothing is left at the end.

import { decodeResponse } from '../../lib/virtio-gpu';
import { Guest } from './support/guest';
import { mutatedRequests } from './support/mutated-requests';

const REQUESTS = 20_000;
const SEED = 6;
const TURN = 500;

test(`${REQUESTS} requests, with and without faults`, async () => {
  const guest = await Guest.boot({ scanouts: 2, maxMemoryBytes: 2 ** 24 });
  const answers = new Map<string, number>();
  let asked = 0;
  let answered = 0;
  for (const { queue, bytes } of mutatedRequests(REQUESTS, SEED)) {
    asked += 1;
    let isAnswered = false;
    guest.device[queue](bytes, (response) => {
      if (isAnswered) throw new Error(`request ${asked} was answered twice`);
      isAnswered = true;
      answered += 1;
      const { name } = decodeResponse(response);
      answers.set(name, (answers.get(name) ?? 0) + 1);
    });
    if (asked % TURN === 0) await new Promise(setImmediate);
  }
  await new Promise(setImmediate);
  expect(answered).toBe(REQUESTS);
  expect(guest.device.counts()).toMatchObject({ fences: 0, commands: 0 });
  const { contexts, resources, backings } = guest.device.counts();
  expect(guest.host.counts()).toMatchObject({ contexts, resources, backings });
  // Each response but the one for windows has come, so that the requests were not all alike.
  expect(answers.size).toBe(12);
  await guest.shutDown();
});
