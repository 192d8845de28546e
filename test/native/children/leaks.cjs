// Does the same thing a thousand times and reports what is left of it: leaks.cjs SCENE ROUNDS, with --expose-gc.

const fs = require('node:fs');
const { setImmediate: nextTurn } = require('node:timers/promises');
const { countSharedMemories, NativeHost, SharedMemory } = require('../../../dist/host');
const { Bind, Clear, CommandEncoder, Format, TextureTarget } = require('../../../dist/protocol');

const { gc } = globalThis;
const SIZE = 64;
const BOX = { x: 0, y: 0, z: 0, w: SIZE, h: SIZE, d: 1 };

const texture = (resourceId) => ({
  resourceId,
  target: TextureTarget.TEXTURE_2D,
  format: Format.R8G8B8A8_UNORM,
  bind: Bind.RENDER_TARGET | Bind.SAMPLER_VIEW,
  width: SIZE,
  height: SIZE,
});

const drawing = new CommandEncoder()
  .createSurface({ handle: 1, resource: 2, format: Format.R8G8B8A8_UNORM })
  .setFramebufferState({ colorBuffers: [1], zsurf: 0 })
  .clear({ buffers: Clear.COLOR0, color: [1, 0, 0, 1], depth: 1, stencil: 0 })
  .finish();

// Longer than an entry of the queue may be (256 KiB).
const long = new CommandEncoder();
while (long.dwords < 100_000) long.clear({ buffers: 0, color: [0, 0, 0, 0], depth: 1, stencil: 0 });
const LONG = long.finish();

const refused = async (call) => {
  try {
    await call;
  } catch (error) {
    if (error.name === 'VirglError') return;
    throw error;
  }
  throw new Error('was not refused');
};

const SCENES = {
  working: async (host) => {
    const memory = SharedMemory.create(SIZE * SIZE * 4);
    await host.contextCreate({ contextId: 2 });
    await host.resourceCreate({ ...texture(2), backing: [memory.range()] });
    await host.ctxAttachResource({ contextId: 2, resourceId: 2 });
    await host.submitCmd({ contextId: 2, commands: drawing });
    await host.transferReadIov({ resourceId: 2, contextId: 2, box: BOX });
    await host.transferReadIov({ resourceId: 2, box: BOX, into: new Uint8Array(SIZE * SIZE * 4) });
    await host.contextCreateFence({ contextId: 2 });
    await host.createFence({});
    await host.fillCaps({ capsetId: 2 });
    (await host.getPollFd())?.close();
    await host.resourceUnref({ resourceId: 2 });
    await host.contextDestroy({ contextId: 2 });
    memory.close();
  },
  failing: async (host) => {
    const memory = SharedMemory.create(4096);
    const fd = memory.duplicateFd();
    await host.contextCreate({ contextId: 2 });
    await Promise.all([
      refused(host.resourceCreate({ ...texture(3), lastLevel: 31, backing: [memory.range()] })),
      refused(
        host.resourceCreateBlob({ resourceId: 4, blobMem: 1, sizeBytes: 8192, backing: [memory.range()] }),
      ),
      refused(host.resourceImportBlob({ resourceId: 5, blobMem: 1, fdType: 3, sizeBytes: 4096, fd })),
      refused(host.transferReadIov({ resourceId: 1, box: { ...BOX, w: 999 }, into: new Uint8Array(64) })),
      refused(host.getCursorData({ resourceId: 99 })),
      refused(host.exportFence({ fenceId: 99 })),
      refused(host.resourceMap({ resourceId: 1 })),
      refused(host.submitCmd({ contextId: 2, commands: Uint32Array.of((8 << 16) | 7) })),
    ]);
    await host.contextDestroy({ contextId: 2 });
    memory.close();
    fd.close();
  },
  'long streams': async (host) => {
    await host.contextCreate({ contextId: 2 });
    await host.submitCmd({ contextId: 2, commands: LONG });
    await refused(host.submitCmd({ contextId: 2, commands: LONG.subarray(0, LONG.length - 1) }));
    await host.contextDestroy({ contextId: 2 });
  },
  'files shared': async (host) => {
    const memory = SharedMemory.create(4096);
    const fd = memory.duplicateFd();
    await host.resourceImportBlob({ resourceId: 2, blobMem: 2, fdType: 1, sizeBytes: 4096, fd });
    (await host.resourceMap({ resourceId: 2 })).bytes[0] = 1;
    await host.resourceUnmap({ resourceId: 2 });
    (await host.resourceExportBlob({ resourceId: 2 })).fd.close();
    await host.resourceUnref({ resourceId: 2 });
    memory.close();
    fd.close();
  },
};

const measure = async (host) => {
  for (let i = 0; i < 4; i += 1) {
    gc();
    await nextTurn();
  }
  return {
    counts: host?.counts(),
    memories: countSharedMemories(),
    descriptors: fs.readdirSync('/proc/self/fd').length,
    threads: fs.readdirSync('/proc/self/task').length,
    residentBytes: process.memoryUsage.rss(),
  };
};

const repeat = async (host, scene, rounds) => {
  for (let round = 0; round < rounds; round += 1) await SCENES[scene](host);
};

const withOneHost = async (scene, rounds) => {
  const host = await NativeHost.open();
  await host.resourceCreate(texture(1));
  await repeat(host, scene, rounds / 4);
  const before = await measure(host);
  await repeat(host, scene, rounds);
  const after = await measure(host);
  await host.close();
  return { before, after };
};

const withManyHosts = async (rounds) => {
  const cycles = async (count) => {
    for (let round = 0; round < count; round += 1) {
      const host = await NativeHost.open();
      await host.resourceCreate(texture(1));
      await host.close();
    }
  };
  await cycles(30);
  const before = await measure();
  await cycles(rounds);
  return { before, after: await measure() };
};

const [scene, rounds] = process.argv.slice(2);
const run =
  scene === 'opening and closing' ? withManyHosts(Number(rounds)) : withOneHost(scene, Number(rounds));
run.then((result) => console.log(JSON.stringify(result)));
