// Transfers and mappings while the garbage collector runs: gc-pressure.cjs WHAT, with --expose-gc.

const { setTimeout: sleep } = require('node:timers/promises');
const fs = require('node:fs');
const { FileDescriptor, NativeHost, SharedMemory } = require('../../../dist/host');
const { Bind, Format, TextureTarget } = require('../../../dist/protocol');

const SIZE = 256;
const BYTES = SIZE * SIZE * 4;
const BOX = { x: 0, y: 0, z: 0, w: SIZE, h: SIZE, d: 1 };
const { gc, structuredClone } = globalThis;

const texture = (resourceId) => ({
  resourceId,
  target: TextureTarget.TEXTURE_2D,
  format: Format.R8G8B8A8_UNORM,
  bind: Bind.RENDER_TARGET,
  width: SIZE,
  height: SIZE,
});

const openReady = async () => {
  const host = await NativeHost.open();
  await host.resourceCreate(texture(1));
  return host;
};

/** Collects until finalizers have run, which takes turns of the event loop. */
const collect = async () => {
  for (let i = 0; i < 5; i += 1) {
    gc();
    await sleep(5);
  }
};

const isMapped = (name) => fs.readFileSync('/proc/self/maps', 'utf8').includes(`/memfd:${name} `);
const openFds = () => fs.readdirSync('/proc/self/fd').length;

const WHAT = {
  // Nobody but the host holds the arrays.
  arrays: async () => {
    const host = await openReady();
    const bad = [];
    for (let round = 0; round < 40; round += 1) {
      void host.transferWriteIov({ resourceId: 1, box: BOX, from: new Uint8Array(BYTES).fill(round + 1) });
      void host.transferReadIov({ resourceId: 1, box: BOX, into: new Uint8Array(BYTES) });
      gc();
      const into = new Uint8Array(BYTES);
      const read = host.transferReadIov({ resourceId: 1, box: BOX, into });
      gc();
      await read;
      if (into.some((byte) => byte !== round + 1)) bad.push(round);
    }
    await host.close();
    return { bad };
  },
  // Nobody but the resource holds the memory.
  backing: async () => {
    const host = await openReady();
    await (async () => {
      const memory = SharedMemory.create(BYTES, { name: 'gc-backing' });
      memory.bytes.fill(7);
      await host.resourceAttachIov({ resourceId: 1, backing: [memory.range()] });
    })();
    await collect();
    const attached = isMapped('gc-backing');
    await host.transferWriteIov({ resourceId: 1, box: BOX });
    const into = new Uint8Array(BYTES);
    await host.transferReadIov({ resourceId: 1, box: BOX, into });
    await host.close();
    return { attached, bytes: [...new Set(into)] };
  },
  // A view keeps the mapping, and nothing else does.
  view: async () => {
    const kept = await (async () => SharedMemory.create(4096, { name: 'gc-view' }).bytes.subarray(10))();
    await collect();
    kept[0] = 5;
    return { held: isMapped('gc-view'), byte: kept[0] };
  },
  'descriptors dropped': async () => {
    const before = openFds();
    await (async () => {
      for (let i = 0; i < 50; i += 1) {
        FileDescriptor.adopt(fs.openSync('/dev/null', 'r'));
        FileDescriptor.adopt(fs.openSync('/dev/null', 'r')).duplicate();
      }
    })();
    await collect();
    return { leaked: openFds() - before };
  },
  // Bytes whose buffer a script tries to give away while the render thread uses them.
  'given away': async () => {
    const host = await openReady();
    const from = new Uint8Array(BYTES).fill(9);
    await host.transferWriteIov({ resourceId: 1, box: BOX, from });
    const lengths = new Set();
    for (let round = 0; round < 20; round += 1) {
      const into = new Uint8Array(BYTES);
      const read = host.transferReadIov({ resourceId: 1, box: BOX, into });
      try {
        structuredClone(into.buffer, { transfer: [into.buffer] });
      } catch (error) {
        if (error.name !== 'DataCloneError') throw error;
      }
      lengths.add(into.byteLength);
      gc();
      await read;
      if (into.some((byte) => byte !== 9)) lengths.add('overwritten');
    }
    await host.close();
    return { lengths: [...lengths] };
  },
};

const what = process.argv[2];
WHAT[what]().then((outcome) => console.log(JSON.stringify(outcome)));
