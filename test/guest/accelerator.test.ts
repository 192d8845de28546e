// What guests run on, decided with this machine's own /dev/kvm, or without one.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findGuest, findQemu, type GuestImage, type Qemu } from '../../lib/guest';
import { chooseAccelerator } from '../../lib/guest/qemu/accelerator';
import { describeGuests } from '../support/guests';
import { VirglCommand } from './support/virgl-command';

/** The trial itself takes at most 8 s. */
const LIMIT_MS = 12_000;

describeGuests('the accelerator', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'virgl-kvm-'));
  let qemu: Qemu;
  /** Nothing was tried with it yet. */
  let image: GuestImage;

  beforeAll(async () => {
    qemu = await findQemu();
    image = { ...((await findGuest()) as GuestImage), folder };
  });

  afterAll(() => fs.rmSync(folder, { recursive: true }));

  test('is KVM where a kernel boots on it, and else emulation with one line that says why not', async () => {
    const since = performance.now();
    const use = await chooseAccelerator(qemu, image, 'auto');
    const tookMs = performance.now() - since;
    expect(tookMs).toBeLessThan(LIMIT_MS);
    if (use.accelerator === 'kvm') {
      expect(use.withoutKvm).toBeUndefined();
    } else {
      expect(use.withoutKvm).toMatch(/^[^\n]+$/);
      await expect(chooseAccelerator(qemu, image, 'kvm')).rejects.toMatchObject({
        code: 'ERR_VIRGL_SYSTEM',
        field: 'accelerator',
        message: `guest: KVM does not work here: ${use.withoutKvm}`,
      });
    }
    // Tried once: an outcome is written whenever there is one. Without the device there is none.
    const triedMs = () => fs.statSync(path.join(folder, 'kvm.json'), { throwIfNoEntry: false })?.mtimeMs;
    const firstMs = triedMs();
    expect(await chooseAccelerator(qemu, image, 'auto')).toEqual(use);
    expect(triedMs()).toBe(firstMs);
  });

  test('is emulation without a trial where that is asked for', async () => {
    const untried = { ...image, folder: path.join(folder, 'none') };
    expect(await chooseAccelerator(qemu, untried, 'tcg')).toEqual({ accelerator: 'tcg' });
  });

  test('is told by virgl guest info and by the report of a run', async () => {
    const found = (await findGuest()) as GuestImage;
    const { accelerator, withoutKvm } = await chooseAccelerator(qemu, found, 'auto');
    await using info = new VirglCommand(['guest', 'info']);
    await info.ended;
    expect(info.stdout).toContain(`runs on     ${accelerator.toUpperCase()}\n`);
    if (withoutKvm !== undefined) expect(info.stdout).toContain(`not on KVM  ${withoutKvm}\n`);
    await using run = new VirglCommand(['guest', 'run', '--', 'true']);
    expect(await run.ended).toBe(0);
    const engine = withoutKvm === undefined ? 'KVM' : `TCG, not KVM: ${withoutKvm}`;
    expect(run.stderr).toContain(`(QEMU ${qemu.version}, ${engine})`);
  });
});
