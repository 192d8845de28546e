// QEMU shows the renderer's own memory: a device on a host that exports textures (here: memfds), against an end of the display socket
// that takes them.

import fs from 'node:fs';
import { type FileDescriptor, SharedMemory, type TextureFd } from '../../lib/host';
import { VirglError } from '../../lib/protocol/error';
import { QemuDisplay } from '../../lib/vhost-user/display/qemu-display';
import { displayListener } from '../../lib/vhost-user/gpu/guest-displays';
import type { Rect } from '../../lib/virtio-gpu';
import { FakeDisplay, type ShownMessage } from '../guest/fake-driver/fake-display';
import { Guest, rect } from '../virtio-gpu/support/guest';

const SIZE = { width: 16, height: 8 };
const INTERVAL_MS = 20;
const XR24 = 0x34325258;
const TILED = 0x0100_0000_0000_0002n;
const MODIFIER_INVALID = 0x00ff_ffff_ffff_ffffn;

const inodeOf = (fd: FileDescriptor): number => fs.fstatSync(fd.value).ino;

/** A guest whose displays QEMU shows. */
class Setup implements AsyncDisposable {
  readonly given: FileDescriptor[] = [];
  readonly warnings: string[] = [];
  readonly reads: number[] = [];
  /** Of every texture. */
  readonly memory = SharedMemory.create(4096);
  modifier = TILED;
  /** Why nothing is exported. */
  refusal: VirglError | undefined;
  /** Lets fences be reached, where they are held. */
  readonly fences: (() => void)[] = [];
  holdsFences = false;
  /** Lets exports go on, where they are held. */
  readonly exports: (() => void)[] = [];
  holdsExports = false;
  nowMs = 0;
  guest!: Guest;
  display!: QemuDisplay;
  qemu!: FakeDisplay;

  static async start({ features = 3n } = {}): Promise<Setup> {
    const setup = new Setup();
    const sinks: QemuDisplay[] = [];
    setup.guest = await Guest.boot(
      { scanouts: 2, listener: displayListener(sinks, () => undefined) },
      {
        resourceGetInfoExt: ({ resourceId: handle }) => ({
          ...{ handle, format: 2, ...SIZE, depth: 1, flags: 1, textureId: handle, stride: 64 },
          ...{ drmFourcc: XR24, fd: null, hasDmabufExport: true, planes: 1, modifiers: setup.modifier },
        }),
        getFdForTexture2: () => setup.#export(),
        createFence: () =>
          setup.holdsFences ? new Promise<void>((resolve) => setup.fences.push(resolve)) : undefined,
      },
    );
    setup.display = new QemuDisplay({
      scanouts: 2,
      rateHz: 1000 / INTERVAL_MS,
      read: async (index, _, into) => {
        setup.reads.push(index);
        into.fill(index + 1);
      },
      buffers: {
        export: (index) => setup.guest.device.exportScanout(index),
        drawn: () => setup.guest.host.createFence(),
      },
      warn: (message) => setup.warnings.push(message),
    });
    sinks.push(setup.display);
    for (const id of [2, 3]) await setup.guest.picture(id, SIZE);
    setup.connect(features);
    return setup;
  }

  connect(features: bigint): void {
    this.qemu?.[Symbol.dispose]();
    this.qemu = new FakeDisplay();
    this.qemu.features = features;
    this.display.connect(this.qemu.theirs.duplicateFd());
    this.qemu.theirs.close();
  }

  async show(
    resourceId: number,
    {
      scanoutId = 0,
      part = rect(0, 0, 16, 8),
      flush,
    }: { scanoutId?: number; part?: Rect; flush?: Rect } = {},
  ): Promise<void> {
    await this.guest.ok('SET_SCANOUT', { rect: part, scanoutId, resourceId });
    if (resourceId !== 0) await this.guest.ok('RESOURCE_FLUSH', { rect: flush ?? part, resourceId });
  }

  /** What QEMU was shown in the next frame. */
  async frame(): Promise<ShownMessage[]> {
    this.nowMs += INTERVAL_MS;
    const messages: ShownMessage[] = [];
    // Answers come back, and are taken in the next turns.
    for (let turn = 0; turn < 4; turn += 1) {
      this.display.turn(this.nowMs);
      await new Promise((resolve) => setImmediate(resolve));
      this.qemu.receive();
      messages.push(...this.qemu.messages.splice(0));
    }
    return messages;
  }

  /** The same in words. */
  async words(): Promise<string[]> {
    return (await this.frame()).map(({ name, words }) => `${name} ${words.join()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.display[Symbol.dispose]();
    this.qemu[Symbol.dispose]();
    for (const resolve of [...this.fences, ...this.exports]) resolve();
    await new Promise((resolve) => setImmediate(resolve));
    // Nobody may have kept one on our side.
    expect(this.given.filter(({ closed }) => !closed)).toHaveLength(0);
    this.memory.close();
  }

  async #export(): Promise<TextureFd> {
    if (this.holdsExports) await new Promise<void>((resolve) => this.exports.push(resolve));
    if (this.refusal !== undefined) throw this.refusal;
    const fd = this.memory.duplicateFd();
    this.given.push(fd);
    return { fd, stride: 128, offset: 0 };
  }
}

const LOW = Number(TILED & 0xffff_ffffn);
const HIGH = Number(TILED >> 32n);

test('the descriptor of a texture arrives, with its layout, and then each flush', async () => {
  await using setup = await Setup.start();
  await setup.show(2);
  const [scanout, update] = await setup.frame();
  expect(scanout).toMatchObject({
    name: 'DMABUF_SCANOUT2',
    words: [0, 0, 0, 16, 8, 16, 8, 128, 1, XR24, LOW, HIGH],
  });
  expect(inodeOf(scanout.fd as FileDescriptor)).toBe(inodeOf(setup.memory.duplicateFd()));
  expect(setup.given.map(({ closed }) => closed)).toEqual([true]);
  expect(update).toMatchObject({ name: 'DMABUF_UPDATE', words: [0, 0, 0, 16, 8] });
  expect(setup.qemu.accepted).toBe(2n);
  await setup.guest.ok('RESOURCE_FLUSH', { rect: rect(2, 3, 4, 5), resourceId: 2 });
  expect(await setup.words()).toEqual(['DMABUF_UPDATE 0,2,3,4,5']);
  expect(setup.reads).toEqual([]);
});

test('a modifier that nobody knows is not told', async () => {
  await using setup = await Setup.start();
  setup.modifier = MODIFIER_INVALID;
  await setup.show(2);
  expect(await setup.words()).toEqual([
    `DMABUF_SCANOUT 0,0,0,16,8,16,8,128,1,${XR24}`,
    'DMABUF_UPDATE 0,0,0,16,8',
  ]);
});

test('another picture has another descriptor, and is new as a whole', async () => {
  await using setup = await Setup.start();
  await setup.show(2);
  await setup.frame();
  await setup.show(3, { flush: rect(1, 1, 2, 2) });
  await setup.show(2, { flush: rect(1, 1, 2, 2) });
  const [scanout, update, ...more] = await setup.frame();
  expect([scanout.name, update.words, more]).toEqual(['DMABUF_SCANOUT2', [0, 0, 0, 16, 8], []]);
  // Two flips in one frame are one to QEMU.
  expect(setup.given).toHaveLength(2);
});

test('a smaller part of a texture is told as such', async () => {
  await using setup = await Setup.start();
  await setup.show(2);
  await setup.frame();
  await setup.show(2, { part: rect(0, 0, 8, 4) });
  const [scanout, update] = await setup.frame();
  expect(scanout.words.slice(0, 7)).toEqual([0, 0, 0, 8, 4, 16, 8]);
  expect(update.words).toEqual([0, 0, 0, 8, 4]);
});

test('a display that goes dark gives the memory back at once, also while QEMU owes an answer', async () => {
  await using setup = await Setup.start();
  await setup.frame();
  setup.qemu.answers = false;
  await setup.show(2);
  await setup.frame();
  await setup.show(0);
  expect(await setup.words()).toEqual(['DMABUF_SCANOUT 0,0,0,0,0,0,0,0,0,0', 'SCANOUT 0,0,0']);
  setup.qemu.answer();
  expect(await setup.words()).toEqual([]);
  setup.qemu.answers = true;
  await setup.show(3);
  expect((await setup.frame()).map(({ name }) => name)).toEqual(['DMABUF_SCANOUT2', 'DMABUF_UPDATE']);
});

test('a resource that the guest destroys is not shown any more', async () => {
  await using setup = await Setup.start();
  await setup.show(2);
  await setup.frame();
  await setup.guest.ok('RESOURCE_UNREF', { resourceId: 2 });
  expect((await setup.words())[0]).toMatch(/^DMABUF_SCANOUT 0,0,0,0,0/);
});

test('nothing is told before QEMU has answered the last update, and then all that changed meanwhile', async () => {
  await using setup = await Setup.start();
  await setup.frame();
  setup.qemu.answers = false;
  await setup.show(2);
  await setup.frame();
  for (const x of [1, 2, 3])
    await setup.guest.ok('RESOURCE_FLUSH', { rect: rect(x, 0, 2, 2), resourceId: 2 });
  await setup.show(3, { scanoutId: 1 });
  expect(await setup.words()).toEqual([]);
  expect(setup.display.nextMs()).toBe(Infinity);
  // A pointer does not wait.
  setup.display.cursorChanged(0, {
    ...{ resourceId: 9, width: 64, height: 64, pixels: new Uint8Array(64 * 64 * 4) },
    ...{ hotX: 0, hotY: 0, x: 5, y: 6, visible: true },
  });
  expect(await setup.words()).toEqual(['CURSOR_UPDATE 0,5,6,0,0']);
  setup.qemu.answer();
  expect(await setup.words()).toEqual(['DMABUF_UPDATE 0,1,0,4,2']);
  setup.qemu.answer();
  expect((await setup.words()).map((line) => line.slice(0, 18))).toEqual([
    'DMABUF_SCANOUT2 1,',
    'DMABUF_UPDATE 1,0,',
  ]);
});

test('questions are answered while an update is not', async () => {
  await using setup = await Setup.start();
  await setup.frame();
  setup.qemu.answers = false;
  await setup.show(2);
  await setup.frame();
  const modes = setup.display.modes();
  await setup.frame();
  setup.qemu.answer('GET_DISPLAY_INFO');
  await setup.frame();
  expect((await modes)?.[0]).toMatchObject({ enabled: true });
  setup.qemu.answer();
  await setup.guest.ok('RESOURCE_FLUSH', { rect: rect(0, 0, 1, 1), resourceId: 2 });
  expect(await setup.words()).toEqual(['DMABUF_UPDATE 0,0,0,1,1']);
});

test('an update is told when what it shows is drawn, which is looked for', async () => {
  await using setup = await Setup.start();
  setup.holdsFences = true;
  await setup.show(2);
  expect((await setup.frame()).map(({ name }) => name)).toEqual(['DMABUF_SCANOUT2']);
  expect(setup.display.nextMs()).toBeLessThan(performance.now() + 100);
  setup.fences.shift()?.();
  expect(await setup.words()).toEqual(['DMABUF_UPDATE 0,0,0,16,8']);
  expect(setup.display.nextMs()).toBe(Infinity);
});

test('a picture that is replaced while it is exported or drawn is not told', async () => {
  await using setup = await Setup.start();
  setup.holdsExports = true;
  await setup.show(2);
  expect(await setup.words()).toEqual([]);
  await setup.guest.ok('SET_SCANOUT', { rect: rect(0, 0, 16, 8), scanoutId: 0, resourceId: 3 });
  setup.holdsExports = false;
  setup.exports.shift()?.();
  expect(await setup.words()).toEqual([]);
  expect(setup.given.map(({ closed }) => closed)).toEqual([true]);
  setup.holdsFences = true;
  await setup.guest.ok('RESOURCE_FLUSH', { rect: rect(0, 0, 1, 1), resourceId: 3 });
  expect((await setup.frame()).map(({ name }) => name)).toEqual(['DMABUF_SCANOUT2']);
  await setup.guest.ok('SET_SCANOUT', { rect: rect(0, 0, 16, 8), scanoutId: 0, resourceId: 2 });
  setup.fences.shift()?.();
  expect(await setup.words()).toEqual([]);
});

describe('pixels instead', () => {
  test('where QEMU takes no dma-bufs', async () => {
    await using setup = await Setup.start({ features: 1n });
    await setup.show(2);
    expect(await setup.words()).toEqual(['SCANOUT 0,16,8', 'UPDATE 0,0,0,16,8']);
    expect([setup.qemu.accepted, setup.given, setup.warnings]).toEqual([0n, [], []]);
  });

  test('for good, where the host exports nothing; said once', async () => {
    await using setup = await Setup.start();
    await setup.show(3, { scanoutId: 1 });
    await setup.frame();
    setup.refusal = new VirglError('ERR_VIRGL_REFUSED', 'getFdForTexture2: no memory');
    await setup.show(2);
    expect(await setup.words()).toEqual([
      'DMABUF_SCANOUT 1,0,0,0,0,0,0,0,0,0',
      'SCANOUT 0,16,8',
      'SCANOUT 1,16,8',
      'UPDATE 1,0,0,16,8',
    ]);
    expect(await setup.words()).toEqual(['UPDATE 0,0,0,16,8']);
    setup.refusal = undefined;
    await setup.show(3);
    expect(await setup.words()).toEqual(['UPDATE 0,0,0,16,8', 'UPDATE 1,0,0,16,8']);
    expect(setup.warnings).toEqual(['display 0 goes to QEMU as pixels: getFdForTexture2: no memory']);
  });

  test('for one picture, where only that can not be had; the next one is tried', async () => {
    await using setup = await Setup.start();
    await setup.show(2);
    await setup.frame();
    await setup.show(2, { part: rect(8, 0, 8, 8) });
    expect(await setup.words()).toEqual(['DMABUF_SCANOUT 0,0,0,0,0,0,0,0,0,0', 'SCANOUT 0,8,8']);
    expect(await setup.words()).toEqual(['UPDATE 0,0,0,8,8']);
    await setup.guest.ok('RESOURCE_FLUSH', { rect: rect(9, 1, 2, 2), resourceId: 2 });
    expect(await setup.words()).toEqual(['UPDATE 0,1,1,2,2']);
    await setup.show(3);
    expect((await setup.frame()).map(({ name }) => name)).toEqual(['DMABUF_SCANOUT2', 'DMABUF_UPDATE']);
    await setup.show(2, { part: rect(8, 0, 8, 8) });
    await setup.frame();
    expect(setup.warnings).toEqual([
      'display 0 goes to QEMU as pixels: dma-buf of a display: expected a part at 0,0 of its buffer, because QEMUs do not look ' +
        'where it begins, for rect but found 8,0',
    ]);
  });
});

describe('connections', () => {
  test('nothing is told before QEMU has said what it takes', async () => {
    await using setup = await Setup.start();
    setup.qemu.answers = false;
    await setup.show(2);
    expect(await setup.words()).toEqual([]);
    expect(setup.display.nextMs()).toBe(Infinity);
    setup.qemu.answer();
    setup.qemu.answers = true;
    expect((await setup.frame()).map(({ name }) => name)).toEqual(['DMABUF_SCANOUT2', 'DMABUF_UPDATE']);
  });

  test('a new one is given everything anew, also when the old one owed an answer', async () => {
    await using setup = await Setup.start();
    await setup.frame();
    setup.qemu.answers = false;
    await setup.show(2);
    await setup.frame();
    setup.connect(3n);
    expect((await setup.frame()).map(({ name }) => name)).toEqual(['DMABUF_SCANOUT2', 'DMABUF_UPDATE']);
  });

  test('one that ends while a picture is on its way costs no descriptor', async () => {
    await using setup = await Setup.start();
    await setup.frame();
    setup.holdsExports = true;
    await setup.show(2);
    await setup.frame();
    setup.display[Symbol.dispose]();
    setup.exports.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(setup.given).toHaveLength(1);
  });

  test('a QEMU that does not read is not waited for, and gets the descriptor when it does', async () => {
    await using setup = await Setup.start({ features: 3n });
    await setup.frame();
    // Pictures of pointers fill the socket.
    const pixels = new Uint8Array(64 * 64 * 4);
    for (let count = 0; setup.display.writeFds().length === 0; count += 1) {
      setup.display.cursorChanged(0, {
        ...{ resourceId: 9, width: 64, height: 64, pixels, hotX: 0, hotY: 0, x: count, y: 0, visible: true },
      });
      setup.display.turn(0);
    }
    await setup.show(2);
    setup.display.turn(1000);
    expect(setup.given).toEqual([]);
    let messages: ShownMessage[] = [];
    for (let tries = 0; tries < 20; tries += 1) messages = [...messages, ...(await setup.frame())];
    expect(messages.at(-2)?.fd).toBeDefined();
    expect(messages.at(-1)?.name).toBe('DMABUF_UPDATE');
    expect(setup.qemu.strayFds).toBe(0);
  });
});
