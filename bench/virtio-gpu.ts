// `npx tsx bench/virtio-gpu.ts`: what a command of a virtio-gpu device costs beside the host call that does its work, on the
// inline host, as in a session process.

import { NativeHost, SharedMemory } from 'virgl';
import { checkStream, CommandEncoder } from 'virgl/protocol';
import { encodeRequest, VirtioGpuDevice } from 'virgl/virtio-gpu';
import { median } from './median';

const ROUNDS = 9;
const BATCH = 64;
const ITERATIONS = 200 * BATCH;
const STREAM_BYTES = 5000;
const SIDE = 64;
const [PICTURE, CONTEXT] = [1, 1];

const none = (): void => undefined;

/** Microseconds of one call; promises settle after each batch, as behind a virtqueue. */
const measure = async (call: () => unknown): Promise<number> => {
  const samples: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const start = performance.now();
    for (let done = 0; done < ITERATIONS; done += BATCH) {
      for (let i = 0; i < BATCH; i += 1) call();
      await Promise.resolve();
    }
    if (round > 0) samples.push(((performance.now() - start) * 1000) / ITERATIONS);
  }
  return median(samples);
};

/** Constants of a shader, as a frame of an animation sets them again and again. */
const stream = (): Uint32Array => {
  const encoder = new CommandEncoder();
  while (encoder.dwords * 4 < STREAM_BYTES)
    encoder.setConstantBuffer({ stage: 0, index: 0, data: new Uint32Array(SIDE) });
  return encoder.finish();
};

const main = async (): Promise<void> => {
  await using host = await NativeHost.open({ inline: true });
  using memory = SharedMemory.create(SIDE * SIDE * 4);
  await using device = await VirtioGpuDevice.open({
    host,
    memory: { ranges: (address, lengthBytes) => [memory.range(address, lengthBytes)] },
  });
  const send = (...request: Parameters<typeof encodeRequest>): void =>
    device.control(encodeRequest(...request), none);
  const rect = { x: 0, y: 0, width: SIDE, height: SIDE };
  const box = { x: 0, y: 0, z: 0, w: SIDE, h: SIDE, d: 1 };
  const picture = { resourceId: PICTURE };
  send('RESOURCE_CREATE_2D', { ...picture, format: 2, width: SIDE, height: SIDE });
  send('RESOURCE_ATTACH_BACKING', picture, {}, [{ address: 0, lengthBytes: memory.sizeBytes }]);
  send('SET_SCANOUT', { ...picture, rect, scanoutId: 0 });
  send(
    'CTX_CREATE',
    { nameLength: 0, contextInit: 0, debugName: new Uint8Array(64) },
    { contextId: CONTEXT },
  );
  const commands = stream();
  const upload = encodeRequest('TRANSFER_TO_HOST_2D', { ...picture, rect, offset: 0 });
  const flush = encodeRequest('RESOURCE_FLUSH', { ...picture, rect });
  const bytes = new Uint8Array(commands.buffer, commands.byteOffset, commands.byteLength);
  const submit = encodeRequest('SUBMIT_3D', {}, { contextId: CONTEXT }, bytes);
  const into = new Uint8Array(memory.sizeBytes);
  const rows: [string, () => unknown][] = [
    ['transferWriteIov, 64x64', () => host.transferWriteIov({ ...picture, box, offset: 0 })],
    ['TRANSFER_TO_HOST_2D', () => device.control(upload, none)],
    ['RESOURCE_FLUSH', () => device.control(flush, none)],
    [`submitCmd, ${commands.byteLength} bytes`, () => host.submitCmd({ contextId: CONTEXT, commands })],
    ['SUBMIT_3D', () => device.control(submit, none)],
    ['transferReadIov, 64x64', () => host.transferReadIov({ ...picture, box, stride: SIDE * 4, into })],
    ['readScanout', () => device.readScanout(0, rect, into, SIDE * 4)],
    ['checkStream (strict)', () => checkStream(commands, { complete: false })],
  ];
  for (const [name, call] of rows) console.log(`${name.padEnd(28)} ${(await measure(call)).toFixed(2)} us`);
};

void main();
