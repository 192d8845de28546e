// The parts of the test guest that need no packages: kernel modules, the cache, screens of Xvfb.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findGuest } from '../../lib/guest';
import { IMAGE_FILES, imageFolder, removeOldImages } from '../../lib/guest/image/cache';
import { moduleFiles } from '../../lib/guest/image/kernel-modules';
import { unpackKernel } from '../../lib/guest/image/kernel';
import { decodeXwd } from '../../lib/guest/screen/xwd';
import { runTool } from '../../lib/guest/tool';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'guest-image-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

test('kernel modules come after those they use, each once; built-in ones are left out', async () => {
  // As depmod writes it: what is used nearest comes first.
  const lines = [
    'k/gpu.ko: k/helper.ko k/drm.ko',
    'k/helper.ko: k/drm.ko',
    'k/drm.ko:',
    'k/virtio-x.ko: k/drm.ko',
  ];
  fs.writeFileSync(path.join(folder, 'modules.dep'), `${lines.join('\n')}\n`);
  expect(await moduleFiles(folder, ['gpu', 'built_in', 'virtio_x'])).toEqual([
    'k/drm.ko',
    'k/helper.ko',
    'k/gpu.ko',
    'k/virtio-x.ko',
  ]);
});

describe('the cache', () => {
  const versions = (version: string) => [
    { name: 'kmscube', version, fileName: 'k.deb', sizeBytes: 1, digest: 'SHA256:1' },
  ];
  const make = (image: string, age = 0): void => {
    fs.mkdirSync(image, { recursive: true });
    fs.writeFileSync(path.join(image, IMAGE_FILES.packages), '[]');
    const then = Date.now() / 1000 - age;
    fs.utimesSync(image, then, then);
  };

  test('has the newest image of the recipe, and forgets what it replaces', async () => {
    const cache = path.join(folder, 'cache');
    expect(await findGuest(cache)).toBeUndefined();
    const [old, fresh] = [imageFolder(cache, versions('1')), imageFolder(cache, versions('2'))];
    const others = path.join(path.dirname(old), 'another-recipe');
    const forgotten = path.join(path.dirname(old), 'forgotten-recipe');
    make(old, 60);
    make(fresh);
    make(others, 3600);
    make(forgotten, 30 * 24 * 3600);
    expect((await findGuest(cache))?.folder).toBe(fresh);
    await removeOldImages(cache, fresh);
    expect([old, fresh, others, forgotten].map((image) => fs.existsSync(image))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  test('does not take a folder without a list of packages for an image', async () => {
    const cache = path.join(folder, 'half');
    fs.mkdirSync(imageFolder(cache, versions('1')), { recursive: true });
    expect(await findGuest(cache)).toBeUndefined();
  });
});

test('a kernel that is not compressed with xz is used as it is', async () => {
  const bzImage = Buffer.alloc(0x1000, 7);
  bzImage.writeUInt32LE(0, 0x248);
  bzImage.writeUInt32LE(0x100, 0x24c);
  fs.writeFileSync(path.join(folder, 'bzImage'), bzImage);
  await unpackKernel(path.join(folder, 'bzImage'), path.join(folder, 'vmlinux'));
  expect(fs.readFileSync(path.join(folder, 'vmlinux')).equals(bzImage)).toBe(true);
});

test('a screen of Xvfb is decoded, whatever its colour map and padding', () => {
  const header = { 0: 104, 16: 2, 20: 2, 44: 32, 48: 12, 76: 1 };
  const file = Buffer.alloc(104 + 12 + 24);
  for (const [offset, value] of Object.entries(header)) file.writeUInt32BE(value, Number(offset));
  [1, 2, 3, 0, 4, 5, 6, 0].forEach((value, index) => (file[116 + index] = value));
  [7, 8, 9, 0, 10, 11, 12, 0].forEach((value, index) => (file[128 + index] = value));
  const { width, height, data } = decodeXwd(file);
  expect({ width, height }).toEqual({ width: 2, height: 2 });
  expect([...data]).toEqual([3, 2, 1, 255, 6, 5, 4, 255, 9, 8, 7, 255, 12, 11, 10, 255]);
  file.writeUInt32BE(16, 44);
  expect(() => decodeXwd(file)).toThrow(/32 bits/);
});

describe('programs of the system', () => {
  test('that are missing are named with their package', async () => {
    await expect(runTool('guest build', 'mksquashfs', [], { cwd: '/nowhere' })).rejects.toThrow(
      /squashfs-tools/,
    );
  });

  test('that fail are quoted', async () => {
    const failing = runTool('guest build', 'sh', ['-c', 'echo one; echo why >&2; exit 3']);
    await expect(failing).rejects.toMatchObject({
      code: 'ERR_VIRGL_SYSTEM',
      message: 'guest build: sh failed (3): why',
    });
  });

  test('read what they are given', async () => {
    expect(String(await runTool('guest build', 'cat', [], { input: 'text' }))).toBe('text');
  });
});
