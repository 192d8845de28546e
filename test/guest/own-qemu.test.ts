// `virgl vhost-user-gpu` with viewers and `--input`, beside a QEMU that the user has started by hand: what is typed arrives and is seen.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findGuest, type GuestImage } from '../../lib/guest/image/cache';
import { findQemu } from '../../lib/guest/qemu/find';
import type { Image } from '../../lib/image';
import { describeGuests } from '../support/guests';
import { meanDifference } from '../support/viewer-page';
import { OwnQemu } from './support/own-qemu';
import { changedArea, keepPicture } from './support/pictures';
import { until, VirglCommand } from './support/virgl-command';
import { VncTypist } from './support/vnc-typist';

/** Of the console's font. */
const CHARACTER = { width: 8, height: 16 };
const BOOT_LIMIT_MS = 90_000;

describeGuests('virgl vhost-user-gpu --view --vnc --input', () => {
  let folder: string;
  let serial: string;
  let command: VirglCommand;
  let qemu: OwnQemu;
  let startQemu: () => void;
  let typist: VncTypist;

  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'virgl-own-'));
    serial = path.join(folder, 'serial');
    const gpuSocket = path.join(folder, 'gpu.sock');
    const qmpSocket = path.join(folder, 'qmp.sock');
    // As in its documentation; the usual ports may be somebody's.
    command = new VirglCommand([
      ...['vhost-user-gpu', `--socket-path=${gpuSocket}`],
      ...['--view', '127.0.0.1:0', '--vnc', '127.0.0.1:0', '--input', `qmp:${qmpSocket}`],
    ]);
    const [, port] = await command.says(/VNC on 127\.0\.0\.1 port (\d+)/);
    await until('a socket for QEMU', () => fs.existsSync(gpuSocket));
    // describeGuests has seen that there is one.
    const image = (await findGuest()) as GuestImage;
    const { program } = await findQemu();
    startQemu = () => {
      qemu = new OwnQemu(program, { image, gpuSocket, qmpSocket, serial });
    };
    startQemu();
    typist = await VncTypist.connect(Number(port));
  });

  afterAll(async () => {
    typist?.[Symbol.dispose]();
    await qemu?.[Symbol.asyncDispose]();
    await command?.[Symbol.asyncDispose]();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  /** What the guest has written to its serial port. */
  const said = (): string => fs.readFileSync(serial, 'utf8');

  /** Types a command until the guest has done it once: before its shell reads, what is typed is nobody's. */
  const shellIsThere = async (): Promise<void> => {
    await until(
      () => `a shell: ${qemu.stderr}${command.stderr}`,
      async () => {
        await typist.type('echo ready >/dev/ttyS0\n');
        await new Promise((resolve) => setTimeout(resolve, 1000));
        return said().includes('ready');
      },
      BOOT_LIMIT_MS,
    );
  };

  const stillPicture = async (): Promise<Image> => {
    let shown = typist.picture;
    let since = Date.now();
    await until('a still picture', () => {
      const now = typist.picture;
      if (meanDifference(now.data, shown.data) > 0) since = Date.now();
      shown = now;
      return Date.now() - since > 1000;
    });
    return shown;
  };

  test('what is typed reaches the shell, with Shift where its layout needs it', async () => {
    await shellIsThere();
    await typist.type('echo "What: $((6*7))?" >/dev/ttyS0\n');
    await until('an answer', () => said().includes('What: 42?'));
  });

  test('its echo is seen', async () => {
    await typist.type('echo 0 >/sys/class/graphics/fbcon/cursor_blink; clear; echo cleared >/dev/ttyS0\n');
    await until('an empty screen', () => said().includes('cleared'));
    const before = await stillPicture();
    await typist.type('hhhhh');
    const echoed = await stillPicture();
    keepPicture('own-qemu', echoed);
    // The cursor is one character further.
    const { width, height } = changedArea(before, echoed) ?? { width: 0, height: 0 };
    expect(width).toBeGreaterThan(4 * CHARACTER.width);
    expect(width).toBeLessThanOrEqual(6 * CHARACTER.width);
    expect(height).toBeLessThanOrEqual(CHARACTER.height);
  });

  test('the shell ends, and the guest with it; viewers stay for the next one', async () => {
    await typist.type('\nexit\n');
    expect(await qemu.ended).toBe(0);
    expect(qemu.stderr).toBe('');
    startQemu();
    await until('another guest', () => fs.readFileSync(serial, 'utf8') === '');
    await shellIsThere();
  });

  test('a signal ends the GPU while a guest runs', async () => {
    command.child.kill('SIGTERM');
    expect(await command.ended).toBe(0);
    expect(command.remains).toEqual([]);
  });
});
