// The host over vtest with real servers: virgl_test_server, ours, and a private process.

import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { EXAMPLES } from '../../examples/catalogue';
import type { Example } from '../../examples/example';
import { SharedMemory } from '../../lib/host';
import { decodePng } from '../../lib/image';
import { Bind, Clear, CommandEncoder, Format, TextureTarget, TransferDirection } from '../../lib/protocol';
import type { VirglError } from '../../lib/protocol/error';
import { Renderer, type ResourceDescriptor } from '../../lib/renderer';
import { openPrivateHost } from '../../lib/vtest/host/private-host';
import { VtestHost } from '../../lib/vtest/host/vtest-host';
import { VtestServer } from '../clients/support/server';
import { expectGolden } from '../support/golden';
import { describeNative } from '../support/native-library';
import { BOX, expectRenders, HEIGHT, texture, WIDTH } from '../support/proof';
import { createTriangleResources, triangleCommands } from '../support/triangle';
import { isServerAvailable } from '../support/vtest-servers';

const run = promisify(execFile);
const ROOT = path.join(__dirname, '..', '..');
const GOLDEN = path.join(__dirname, '..', 'examples', 'golden');
const PICTURE = { width: 320, height: 240 };
const BYTES = WIDTH * HEIGHT * 4;

const pattern = (length: number, seed = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (at * 37 * seed + (at >> 8)) & 255);
const firstPixel = (bytes: Uint8Array): number[] => [...bytes.subarray(0, 4)];
const encoder = (): CommandEncoder => new CommandEncoder();

/**
 * One of them is made with ES modules, which jest can't load: it is run in a process of its own. A virtio-gpu needs flags of
 * resources, which vtest does not have.
 */
const NAMES = Object.keys(EXAMPLES).filter((name) => name !== 'gltf' && name !== 'virtio-gpu-2d');

/** The example itself; the catalogue names what its compilation will be called. */
const loadExample = (name: string): Promise<Example> => import(`../../examples/${name}`);

describeNative.each(['reference', 'ours', 'private'] as const)('%s server', (kind) => {
  const isThere = kind === 'private' || isServerAvailable(kind);
  let server: VtestServer | undefined;
  const open = (): Promise<VtestHost> =>
    kind === 'private' ? openPrivateHost() : VtestHost.connect({ path: server?.socketPath });

  beforeAll(async () => {
    if (isThere && kind !== 'private') server = await VtestServer.start({ server: kind });
  });
  afterAll(() => server?.stop());
  const describeHere = isThere ? describe : describe.skip;

  describeHere('examples look as ever', () => {
    test.each(NAMES)('%s', async (name) => {
      const host = await open();
      await using renderer = await Renderer.open({ host });
      const { render } = await loadExample(name);
      const data = await render(renderer as never, PICTURE, () => undefined);
      expectGolden(path.join(GOLDEN, `${name}.png`), { ...PICTURE, data });
      await Promise.all([...renderer.contexts].map((context) => context.destroy()));
      expect(host.counts()).toEqual({ contexts: 0, resources: 0, backings: 0, fences: 0, calls: 0 });
    });
  });

  describeHere('what is written is read', () => {
    const bind = Bind.SAMPLER_VIEW;
    const { TEXTURE_1D_ARRAY, TEXTURE_3D, TEXTURE_CUBE, TEXTURE_2D_ARRAY, BUFFER } = TextureTarget;
    test.each<[string, ResourceDescriptor]>([
      ['2D with levels', { bind, width: 37, height: 19, lastLevel: 4 }],
      ['1D array', { bind, target: TEXTURE_1D_ARRAY, width: 9, arraySize: 5 }],
      [
        'array with levels',
        { bind, target: TEXTURE_2D_ARRAY, width: 8, height: 8, arraySize: 3, lastLevel: 2 },
      ],
      ['cube with levels', { bind, target: TEXTURE_CUBE, width: 8, height: 8, arraySize: 6, lastLevel: 2 }],
      ['3D with levels', { bind, target: TEXTURE_3D, width: 9, height: 7, depth: 6, lastLevel: 2 }],
      ['one byte per texel, odd rows', { bind, format: Format.R8_UNORM, width: 13, height: 7 }],
      ['sixteen bytes per texel', { bind, format: Format.R32G32B32A32_FLOAT, width: 5, height: 3 }],
      ['compressed', { bind, format: Format.RGTC2_UNORM, width: 24, height: 12 }],
      ['a buffer', { bind: Bind.VERTEX_BUFFER, target: BUFFER, width: 1001 }],
      ['a buffer without GL', { bind: Bind.CUSTOM, target: BUFFER, width: 100 }],
    ])('%s', async (_what, descriptor) => {
      await using renderer = await Renderer.open({ host: await open() });
      const context = await renderer.createContext();
      const resource = await context.createResource(descriptor);
      const levels = Array.from({ length: (descriptor.lastLevel ?? 0) + 1 }, (_, level) => level);
      const data = levels.map((level) => pattern(resource.byteSize({ level }), level * 2 + 1));
      // All at once, twice: shared memory that is in use must not be written over.
      await Promise.all([
        ...levels.map((level) => resource.write(pattern(data[level].length, 99), { level })),
        ...levels.map((level) => resource.write(data[level], { level })),
      ]);
      const read = await Promise.all([...levels, ...levels].map((level) => resource.read({ level })));
      for (const level of levels) {
        expect(Buffer.compare(read[level], data[level])).toBe(0);
        expect(Buffer.compare(read[levels.length + level], data[level])).toBe(0);
      }
    });
  });

  describeHere('calls', () => {
    let host: VtestHost;
    beforeEach(async () => {
      host = await open();
    });
    afterEach(() => host.close());

    const read = async (resourceId: number): Promise<Uint8Array> => {
      const into = new Uint8Array(BYTES);
      await host.transferReadIov({ resourceId, box: BOX, into });
      return into;
    };

    test('render', () => expectRenders(host));

    test('draw what a texture held at that time, however many are in flight', async () => {
      const frames = 30;
      await host.contextCreate({ contextId: 1 });
      await host.resourceCreate(texture(1));
      await host.resourceCreate({ ...texture(2), height: frames });
      for (const resourceId of [1, 2]) await host.ctxAttachResource({ contextId: 1, resourceId });
      const done: Promise<unknown>[] = [];
      for (let frame = 0; frame < frames; frame += 1) {
        done.push(host.transferWriteIov({ resourceId: 1, box: BOX, from: pattern(BYTES, frame + 1) }));
        const srcBox = { x: 0, y: 0, z: 0, w: WIDTH, h: 1, d: 1 };
        const copy = encoder().resourceCopyRegion({ dstResource: 2, dstY: frame, srcResource: 1, srcBox });
        done.push(host.submitCmd({ contextId: 1, commands: copy.finish() }));
      }
      await Promise.all(done);
      const rows = new Uint8Array(WIDTH * 4 * frames);
      await host.transferReadIov({ resourceId: 2, box: { ...BOX, h: frames }, into: rows });
      for (let frame = 0; frame < frames; frame += 1) {
        const row = rows.subarray(frame * WIDTH * 4, (frame + 1) * WIDTH * 4);
        expect(Buffer.compare(row, pattern(BYTES, frame + 1).subarray(0, WIDTH * 4))).toBe(0);
      }
    });

    test('keep contexts apart that take turns', async () => {
      const ids = [1, 2, 3];
      for (const id of ids) {
        await host.contextCreate({ contextId: id });
        const names = { target: id * 10, vertices: id * 10 + 1 };
        await createTriangleResources(host, names);
        for (const resourceId of Object.values(names))
          await host.ctxAttachResource({ contextId: id, resourceId });
        // The same handles in each of them.
        await host.submitCmd({ contextId: id, commands: triangleCommands(names) });
      }
      const done: Promise<void>[] = [];
      for (let round = 0; round < 5; round += 1)
        for (const id of ids) {
          const color = [id / 5, round / 5, 0, 1] as const;
          const clear = encoder().clear({ buffers: Clear.COLOR0, color: [...color] });
          done.push(host.submitCmd({ contextId: id, commands: clear.finish() }));
        }
      await Promise.all(done);
      for (const id of ids) {
        const [red, green] = firstPixel(await read(id * 10));
        expect([red, green]).toEqual([Math.round((id / 5) * 255), Math.round((4 / 5) * 255)]);
      }
      await host.contextDestroy({ contextId: 2 });
      await host.submitCmd({
        contextId: 1,
        commands: encoder()
          .clear({ buffers: Clear.COLOR0, color: [1, 1, 1, 1] })
          .finish(),
      });
      expect(firstPixel(await read(10))).toEqual([255, 255, 255, 255]);
      await expectRenders(host);
    });

    test('move data between textures and backings inside of a stream', async () => {
      const memory = SharedMemory.create(4096);
      const staging = SharedMemory.create(4096);
      await host.contextCreate({ contextId: 1 });
      await host.resourceCreate({ ...texture(1), backing: [memory.range(0, BYTES)] });
      await host.resourceCreate({ ...texture(2), backing: [memory.range(1024, BYTES)] });
      const buffer = { resourceId: 3, target: TextureTarget.BUFFER, format: Format.R8_UNORM, width: 4096 };
      await host.resourceCreate({ ...buffer, bind: Bind.STAGING, backing: [staging.range()] });
      for (const resourceId of [1, 2, 3]) await host.ctxAttachResource({ contextId: 1, resourceId });
      memory.bytes.set(pattern(BYTES), 0);
      staging.bytes.set(pattern(64, 9), 100);
      const lower = { x: 0, y: HEIGHT / 2, z: 0, w: WIDTH, h: HEIGHT / 2, d: 1 };
      const commands = encoder()
        .transfer3d({ resource: 1, box: BOX, direction: TransferDirection.TO_HOST })
        .resourceCopyRegion({ dstResource: 2, srcResource: 1, srcBox: BOX })
        .copyTransfer3d({ resource: 2, box: { ...lower, h: 1 }, stagingResource: 3, stagingOffset: 100 })
        .transfer3d({ resource: 2, box: BOX, direction: TransferDirection.FROM_HOST })
        .finish();
      await host.submitCmd({ contextId: 1, commands });
      const expected = pattern(BYTES);
      expected.set(pattern(64, 9), (HEIGHT / 2) * WIDTH * 4);
      expect(Buffer.compare(memory.bytes.subarray(1024, 1024 + BYTES), expected)).toBe(0);
      memory.close();
      staging.close();
    });

    test('refuse what virglrenderer would refuse, and go on', async () => {
      await host.contextCreate({ contextId: 1 });
      await host.contextCreate({ contextId: 2 });
      const tooWide = { ...texture(9), width: 1 << 20 };
      await expect(host.resourceCreate(tooWide)).rejects.toMatchObject({ code: 'ERR_VIRGL_REFUSED' });
      const truncated = Uint32Array.of((12 << 16) | 8, 1);
      await expect(host.submitCmd({ contextId: 1, commands: truncated })).rejects.toMatchObject({
        code: 'ERR_VIRGL_CONTEXT_LOST',
      });
      await host.submitCmd({ contextId: 2, commands: encoder().nop().finish() });
      await expectRenders(host);
    });

    test('say which command of which context the server closed the connection for', async () => {
      await host.contextCreate({ contextId: 1 });
      await host.contextCreate({ contextId: 2 });
      const bad = encoder().nop().finish();
      const drawTooShort = Uint32Array.of(...bad, (3 << 16) | 8, 1, 2, 3);
      const results = await Promise.allSettled([
        host.submitCmd({ contextId: 2, commands: bad }),
        host.submitCmd({ contextId: 1, commands: drawTooShort }),
        host.createFence(),
        host.submitCmd({ contextId: 1, commands: bad }),
      ]);
      const codes = results.map((result) => (result as { reason?: VirglError }).reason?.code);
      expect(codes.slice(1)).toEqual([
        'ERR_VIRGL_CONTEXT_LOST',
        'ERR_VIRGL_CLOSED',
        'ERR_VIRGL_CONTEXT_LOST',
      ]);
      expect((results[1] as PromiseRejectedResult).reason).toMatchObject({
        contextId: 1,
        commandIndex: 1,
        byteOffset: 4,
        message: expect.stringContaining('command 1 (DRAW_VBO, byte offset 4)'),
      });
    });
  });
});

describeNative('--host', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'virgl-vtest-host-'));
  });
  afterAll(() => fs.rm(folder, { recursive: true, force: true }));

  const EXAMPLE = [path.join(ROOT, 'node_modules', 'tsx', 'dist', 'cli.mjs'), 'examples/run.ts', 'gltf'];
  const RENDER = [path.join(ROOT, 'dist', 'cli', 'main.js'), 'render', 'triangle'];
  test.each([
    ['npm run example', 'reference', EXAMPLE],
    ['npm run example', 'ours', EXAMPLE],
    ['virgl render', 'ours', RENDER],
  ] as const)('%s renders on the %s server', async (_what, kind, command) => {
    if (!isServerAvailable(kind)) return;
    await using server = await VtestServer.start({ server: kind });
    const name = `${command.at(-1)}.png`;
    const file = path.join(folder, name);
    const args = [...command, '--size', '320x240', '--out', file];
    await run(process.execPath, [...args, '--host', `vtest:${server.socketPath}`], { cwd: ROOT });
    expectGolden(path.join(GOLDEN, name), decodePng(await fs.readFile(file)));
    const wrong = run(process.execPath, [...args, '--host', server.socketPath], { cwd: ROOT });
    await expect(wrong).rejects.toThrow('Expected vtest:PATH');
  });

  test('says where nobody listens', async () => {
    const nobody = run(process.execPath, [...RENDER, '--host', 'vtest:/nowhere/socket']);
    await expect(nobody).rejects.toMatchObject({ stderr: expect.stringContaining('/nowhere/socket') });
  });
});
