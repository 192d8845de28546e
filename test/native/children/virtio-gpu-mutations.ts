// Sends mutated requests to a device on the real library and reports what came of it: virtio-gpu-mutations.ts COUNT

import { NativeHost } from '../../../lib/host';
import { VirtioGpuDevice } from '../../../lib/virtio-gpu';
import { FlatMemory } from '../../virtio-gpu/support/guest';
import { mutatedRequests } from '../../virtio-gpu/support/mutated-requests';

const SEED = 11;
const TURN = 200;
const MAX_MEMORY_BYTES = 2 ** 24;

const main = async (count: number): Promise<void> => {
  const host = await NativeHost.open({ inline: true });
  const device = await VirtioGpuDevice.open({
    host,
    memory: new FlatMemory(),
    scanouts: 2,
    maxMemoryBytes: MAX_MEMORY_BYTES,
  });
  let asked = 0;
  let answered = 0;
  for (const { queue, bytes } of mutatedRequests(count, SEED)) {
    asked += 1;
    device[queue](bytes, () => void (answered += 1));
    if (asked % TURN === 0) await new Promise(setImmediate);
  }
  while (device.counts().commands > 0) await new Promise(setImmediate);
  await device.close();
  console.log(JSON.stringify({ answered, left: device.counts(), host: host.counts() }));
  await host.close();
};

void main(Number(process.argv[2]));
