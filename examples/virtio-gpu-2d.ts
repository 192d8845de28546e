// A guest without a machine: a driver of five commands draws a pattern on a virtio-gpu device, and its display is the picture.
import { SharedMemory } from 'virgl';
import { decodeResponse, encodeRequest, VirtioGpuDevice } from 'virgl/virtio-gpu';
import type { Render } from './example';

const B8G8R8X8 = 2;
const FRAMEBUFFER = 1;

/** Waves of three colours, as the guest's processor paints them. */
const paint = (pixels: Uint8Array, width: number, height: number): void => {
  for (let at = 0; at < width * height; at += 1) {
    const [x, y] = [(at % width) / width, Math.floor(at / width) / height];
    const wave = (phase: number) => 127 + 120 * Math.sin(12 * (x * y + phase) + 5 * x);
    pixels.set([wave(0), wave(0.2), wave(0.4), 0], at * 4);
  }
};

export const render: Render = async (renderer, { width, height }, log) => {
  // The guest's memory begins at address 0; a machine would say here what lies where.
  using memory = SharedMemory.create(width * height * 4);
  await using device = await VirtioGpuDevice.open({
    host: renderer.host,
    memory: { ranges: (address, lengthBytes) => [memory.range(address, lengthBytes)] },
    width,
    height,
    listener: {
      flush: (display, damage) => log(`display ${display} shows ${damage.width}x${damage.height} new pixels`),
      guestError: ({ command, message }) => log(`${command}: ${message}`),
    },
  });
  const send = (...request: Parameters<typeof encodeRequest>) =>
    new Promise((resolve) =>
      device.control(encodeRequest(...request), (response) => resolve(decodeResponse(response).name)),
    );
  const rect = { x: 0, y: 0, width, height };
  const picture = { resourceId: FRAMEBUFFER };
  await send('RESOURCE_CREATE_2D', { ...picture, format: B8G8R8X8, width, height });
  await send('RESOURCE_ATTACH_BACKING', picture, {}, [{ address: 0, lengthBytes: memory.sizeBytes }]);
  await send('SET_SCANOUT', { ...picture, rect, scanoutId: 0 });
  paint(memory.bytes, width, height);
  await send('TRANSFER_TO_HOST_2D', { ...picture, rect, offset: 0 }, { fenceId: 1n });
  await send('RESOURCE_FLUSH', { ...picture, rect });

  const shown = new Uint8Array(width * height * 4);
  await device.readScanout(0, rect, shown, width * 4);
  for (let at = 0; at < shown.length; at += 4) shown.set([shown[at + 2], shown[at + 1], shown[at], 255], at);
  return shown;
};
