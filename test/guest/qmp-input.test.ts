// Input as QEMU itself takes it: its keys are those of our table, and what is typed and pointed at arrives.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { qmpInput, type QmpExecutor } from '../../lib/display';
import { KEYS } from '../../lib/display/input/key-table';

const QEMU = process.env['QEMU'] ?? 'qemu-system-x86_64';
const isSkipped = spawnSync(QEMU, ['--version']).status !== 0;
const CONNECT_TIMEOUT_MS = 10_000;

const connect = async (file: string): Promise<net.Socket> => {
  const end = Date.now() + CONNECT_TIMEOUT_MS;
  for (;;) {
    const socket = net.connect(file);
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    if (isOpen) return socket;
    if (Date.now() > end) throw new Error(`QEMU does not listen on ${file}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

/** One command after the other. */
const executorOn = (socket: net.Socket): QmpExecutor => {
  const answers: ((message: { return?: unknown; error?: { desc: string } }) => void)[] = [];
  createInterface({ input: socket }).on('line', (line) => {
    const message = JSON.parse(line) as { return?: unknown; error?: { desc: string } };
    if ('return' in message || 'error' in message) answers.shift()?.(message);
  });
  return {
    execute: (command, args) =>
      new Promise((resolve, reject) => {
        answers.push(({ error, return: result }) =>
          error === undefined ? resolve(result) : reject(new Error(error.desc)),
        );
        socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
      }),
  };
};

if (isSkipped) process.stderr.write(`tests of input are skipped: there is no ${QEMU}\n`);
(isSkipped ? describe.skip : describe)('input to QEMU', () => {
  let folder: string;
  let qemu: ChildProcess;
  let socket: net.Socket;
  let qmp: QmpExecutor;
  let traced = '';

  /** What QEMU did since the last time, as its trace has it; it is written elsewhere than the answers, so it may come later. */
  const takeTraced = async (input: { idle(): Promise<void> }, count: number): Promise<string[]> => {
    await input.idle();
    const end = Date.now() + 5000;
    const lines = (): string[] =>
      (traced.match(/input_event_\w+ .*\n/g) ?? [])
        .map((line) => line.trim())
        .filter((line) => !line.startsWith('input_event_sync'));
    while (lines().length < count && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 2));
    const taken = lines();
    traced = '';
    return taken;
  };

  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'virgl-input-'));
    const file = path.join(folder, 'qmp');
    const args = ['-M', 'pc', '-m', '64', '-display', 'none', '-nodefaults', '-usb', '-device', 'usb-tablet'];
    qemu = spawn(QEMU, [...args, '-qmp', `unix:${file},server=on,wait=off`, '-trace', 'input_event_*'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    qemu.stderr?.on('data', (text: Buffer) => (traced += String(text)));
    socket = await connect(file);
    qmp = executorOn(socket);
    await qmp.execute('qmp_capabilities');
  });
  afterAll(() => {
    socket?.destroy();
    qemu?.kill();
    rmSync(folder, { recursive: true });
  });

  test('every key of the table is what QEMU makes of its scan code', async () => {
    const input = qmpInput({ qmp, size: () => ({ width: 1, height: 1 }) });
    for (const { qcode, scancode } of KEYS) {
      traced = '';
      const key = { type: 'number', data: scancode };
      await qmp.execute('input-send-event', { events: [{ type: 'key', data: { down: true, key } }] });
      await qmp.execute('input-send-event', { events: [{ type: 'key', data: { down: false, key } }] });
      input.key({ keysym: 0, scancode, down: true });
      input.key({ keysym: 0, scancode, down: false });
      expect(await takeTraced(input, 4)).toEqual(
        [1, 0, 1, 0].map((down) => `input_event_key_qcode con -1, key qcode ${qcode}, down ${down}`),
      );
    }
  });

  test('a click is at its place', async () => {
    const input = qmpInput({ qmp, size: () => ({ width: 1024, height: 768 }) });
    input.pointer({ x: 512, y: 767, buttons: 1 });
    expect(await takeTraced(input, 3)).toEqual([
      expect.stringMatching(/^input_event_abs con -1, axis x, value 0x4010$/),
      expect.stringMatching(/^input_event_abs con -1, axis y, value 0x7fea$/),
      expect.stringMatching(/^input_event_btn con -1, button left, down 1$/),
    ]);
  });
});
