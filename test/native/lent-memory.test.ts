// Memory that virglrenderer uses: it stays mapped exactly as long as somebody needs it, whatever the script does meanwhile.

import fs from 'node:fs';
import { NativeHost, SharedMemory } from '../../lib/host';
import { runChild } from '../support/children';
import { describeNative } from '../support/native-library';
import { BOX, clearCommands, texture } from '../support/proof';

/** Mappings of this process that carry the name of a memfd. */
const mappings = (name: string): number =>
  fs
    .readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .filter((line) => line.includes(`memfd:${name}`)).length;

const openDescriptors = (): number => fs.readdirSync('/proc/self/fd').length;

test('three thousand memories in one turn of the event loop leave nothing behind', () => {
  const before = openDescriptors();
  for (let i = 0; i < 3000; i += 1) SharedMemory.create(1 << 20, { name: 'many' }).close();
  expect(openDescriptors()).toBe(before);
  expect(mappings('many')).toBe(0);
});

describeNative('memory lent to a host', () => {
  let host: NativeHost;
  beforeAll(async () => {
    host = await NativeHost.open();
    await host.contextCreate({ contextId: 1 });
    await host.resourceCreate(texture(1));
    await host.ctxAttachResource({ contextId: 1, resourceId: 1 });
  });
  afterAll(() => host.close());

  test('stays mapped while a resource uses it, although it was closed', async () => {
    const memory = SharedMemory.create(4096, { name: 'lent' });
    using twin = SharedMemory.fromFd(memory.duplicateFd(), { sizeBytes: 4096 });
    await host.resourceAttachIov({ resourceId: 1, backing: [memory.range()] });
    memory.close();
    expect(mappings('lent')).toBe(2);
    await host.submitCmd({ contextId: 1, commands: clearCommands(1, [0, 1, 0, 1]) });
    await host.transferReadIov({ resourceId: 1, box: BOX });
    expect([...twin.bytes.subarray(0, 4)]).toEqual([0, 255, 0, 255]);
    await host.resourceDetachIov({ resourceId: 1 });
    expect(mappings('lent')).toBe(1);
  });

  test.each(['resourceUnref', 'reset', 'close'] as const)('is unmapped by %s', async (end) => {
    const memory = SharedMemory.create(4096, { name: 'until' });
    await host.resourceCreate({ ...texture(2), backing: [memory.range()] });
    memory.close();
    expect(mappings('until')).toBe(1);
    if (end === 'resourceUnref') await host.resourceUnref({ resourceId: 2 });
    else await host[end]();
    expect(mappings('until')).toBe(0);
    if (end === 'close') host = await NativeHost.open();
    if (end !== 'resourceUnref') await host.resourceCreate(texture(1));
  });

  test('is not lent by a call that is refused', async () => {
    const memory = SharedMemory.create(4096, { name: 'refused' });
    const refused = [
      host.resourceCreate({ ...texture(3), lastLevel: 31, backing: [memory.range()] }),
      host.resourceCreateBlob({ resourceId: 4, blobMem: 1, sizeBytes: 8192, backing: [memory.range()] }),
      host.transferReadIov({ resourceId: 1, box: { ...BOX, w: 999 }, into: [memory.range()] }),
    ];
    memory.close();
    for (const call of refused) await expect(call).rejects.toMatchObject({ code: 'ERR_VIRGL_REFUSED' });
    expect(mappings('refused')).toBe(0);
  });

  test('is given back when the host closes with calls still queued', async () => {
    const before = openDescriptors();
    const memory = SharedMemory.create(4096, { name: 'queued' });
    using fd = memory.duplicateFd();
    const calls = Array.from({ length: 50 }, (_, index) =>
      host.resourceImportBlob({ resourceId: 100 + index, blobMem: 2, fdType: 3, sizeBytes: 4096, fd }),
    );
    const [closed] = [host.close(), memory.close()];
    await Promise.all([closed, ...calls]);
    expect(mappings('queued')).toBe(0);
    fd.close();
    host = await NativeHost.open();
    await host.close();
    expect(openDescriptors()).toBeLessThanOrEqual(before);
    host = await NativeHost.open();
  });
});

describeNative('memory under pressure', () => {
  test.each([
    'arrays in flight',
    'memories closed in flight',
    'backings that nobody holds',
    'buffers transferred in flight',
  ])('%s', async (scene) => {
    expect(await runChild('lent-memory.cjs', [scene], ['--expose-gc'])).toEqual({
      code: 0,
      signal: null,
      stdout: 'ok\n',
      stderr: '',
    });
  });
});
