// The same as dmabuf-display, through a whole session: its loop takes fences and QEMU's answers, and waits for neither.

import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { UnixSocket } from '../../lib/host';
import { FakeDriver } from '../guest/fake-driver/fake-driver';

const SESSION = path.join(__dirname, 'support', 'exporting-session.cjs');
const RECT = { x: 0, y: 0, width: 64, height: 32 };
const OK = { name: 'OK_NODATA' };

const show = async (guest: FakeDriver, resourceId: number): Promise<void> => {
  const { width, height } = RECT;
  const create = await guest.command('RESOURCE_CREATE_2D', { resourceId, format: 2, width, height });
  expect(create).toMatchObject(OK);
  expect(await guest.command('SET_SCANOUT', { rect: RECT, scanoutId: 0, resourceId })).toMatchObject(OK);
  expect(await guest.command('RESOURCE_FLUSH', { rect: RECT, resourceId })).toMatchObject(OK);
};

test('textures are shown while commands go on, whether QEMU answers or not', async () => {
  const [near, far] = UnixSocket.pair('stream');
  const worker = new Worker(SESSION, { workerData: { fd: far.duplicateFd().release() } });
  far.close();
  const [{ inode }] = (await once(worker, 'message')) as [{ inode: number }];
  {
    using guest = await FakeDriver.start(near);
    guest.display.serve();
    await show(guest, 2);
    const scanout = await guest.display.until(({ name }) => name === 'DMABUF_SCANOUT2');
    expect(scanout.words).toEqual([0, 0, 0, 64, 32, 64, 32, 512, 1, 0x34325258, 7, 0]);
    expect(scanout.fd && fs.fstatSync(scanout.fd.value).ino).toBe(inode);
    await guest.display.until(({ name }) => name === 'DMABUF_UPDATE');

    guest.display.answers = false;
    await guest.command('RESOURCE_FLUSH', { rect: RECT, resourceId: 2 });
    await guest.display.until(({ name }) => name === 'DMABUF_UPDATE');
    // QEMU owes an answer from here on.
    for (let resourceId = 3; resourceId < 13; resourceId += 1) await show(guest, resourceId);
    const config = await guest.frontEnd.ask('GET_CONFIG', { offset: 0, flags: 0, bytes: new Uint8Array(16) });
    expect((config as { bytes: Uint8Array }).bytes).toHaveLength(16);
    expect(guest.display.messages).toEqual([]);
    guest.display.answers = true;
    guest.display.answer();
    await guest.display.until(({ name }) => name === 'DMABUF_SCANOUT2');
    await guest.display.until(({ name }) => name === 'DMABUF_UPDATE');

    await guest.command('RESOURCE_UNREF', { resourceId: 12 });
    const off = await guest.display.until(({ name }) => name === 'DMABUF_SCANOUT');
    expect([off.words.slice(1, 5), off.fd]).toEqual([[0, 0, 0, 0], undefined]);
  }
  const [end] = (await once(worker, 'message')) as [object];
  // Only pictures that QEMU could show were exported, and nothing was kept.
  expect(end).toMatchObject({ error: undefined, warnings: [], exported: 2, open: 0 });
});
