// Memory under pressure, with --expose-gc: lent-memory.cjs SCENE. Prints "ok".

const { setImmediate: nextTurn } = require('node:timers/promises');
const { MessageChannel } = require('node:worker_threads');
const { gc, structuredClone } = globalThis;
const { NativeHost, SharedMemory } = require('../../../dist/host');
const { Bind, Format, TextureTarget } = require('../../../dist/protocol');

const SIZE = 512;
const BYTES = SIZE * SIZE * 4;
const BOX = { x: 0, y: 0, z: 0, w: SIZE, h: SIZE, d: 1 };
const TEXTURE = {
  resourceId: 1,
  target: TextureTarget.TEXTURE_2D,
  format: Format.R8G8B8A8_UNORM,
  bind: Bind.RENDER_TARGET | Bind.SAMPLER_VIEW,
  width: SIZE,
  height: SIZE,
};

const fill = async (host, value) => {
  await host.transferWriteIov({ resourceId: 1, box: BOX, from: new Uint8Array(BYTES).fill(value) });
};

const check = (bytes, value) => {
  for (const byte of [bytes[0], bytes[BYTES / 2], bytes[BYTES - 1]])
    if (byte !== value) throw new Error(`found ${byte} instead of ${value}`);
};

// Reads into an array that only the host holds.
const readUnheld = (host, value) => {
  const into = new Uint8Array(BYTES);
  const weak = new WeakRef(into);
  return host.transferReadIov({ resourceId: 1, box: BOX, into }).then(() => {
    const bytes = weak.deref();
    if (bytes !== undefined) check(bytes, value);
  });
};

const SCENES = {
  // Nobody holds the arrays but the host; garbage is collected while they are written to.
  'arrays in flight': async (host) => {
    for (let round = 1; round <= 20; round += 1) {
      await fill(host, round);
      const reads = Array.from({ length: 20 }, () => readUnheld(host, round));
      gc();
      await Promise.all(reads);
    }
  },
  'memories closed in flight': async (host) => {
    for (let round = 1; round <= 100; round += 1) {
      const memory = SharedMemory.create(BYTES);
      const calls = [
        host.transferReadIov({ resourceId: 1, box: BOX, into: [memory.range()] }),
        host.transferWriteIov({ resourceId: 1, box: BOX, from: memory.bytes }),
      ];
      memory.close();
      await Promise.all(calls);
    }
  },
  'backings that nobody holds': async (host) => {
    for (let round = 1; round <= 50; round += 1) {
      await fill(host, round);
      await host.resourceAttachIov({ resourceId: 1, backing: [SharedMemory.create(BYTES).range()] });
      gc();
      await nextTurn();
      gc();
      await host.transferReadIov({ resourceId: 1, box: BOX });
      await host.resourceDetachIov({ resourceId: 1 });
    }
  },
  // A transfer takes an ArrayBuffer's memory away; it must not take it from under the render thread.
  'buffers transferred in flight': async (host) => {
    const { port1, port2 } = new MessageChannel();
    for (let round = 1; round <= 50; round += 1) {
      await fill(host, round);
      const into = new Uint8Array(BYTES);
      const read = host.transferReadIov({ resourceId: 1, box: BOX, into });
      for (const take of [
        () => port1.postMessage(0, [into.buffer]),
        () => structuredClone(0, { transfer: [into.buffer] }),
      ]) {
        try {
          take();
        } catch {
          // Newer releases of Node.js refuse aloud.
        }
      }
      gc();
      await read;
      check(into, round);
    }
    port1.close();
    port2.close();
  },
};

const main = async () => {
  const host = await NativeHost.open();
  await host.resourceCreate(TEXTURE);
  await SCENES[process.argv[2]](host);
  await host.close();
  console.log('ok');
};

main();
