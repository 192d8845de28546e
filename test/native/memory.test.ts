// Shared memory and file descriptors: who holds what, until when, and what is left afterwards.

import fs from 'node:fs';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { countSharedMemories, FileDescriptor, NativeHost, SharedMemory } from '../../lib/host';
import { runChild } from '../support/children';
import { describeNative } from '../support/native-library';
import { BOX, expectRenders, HEIGHT, texture, WIDTH } from '../support/proof';

const PAGE = 4096;

/** Whether this process has a memory of that name mapped. */
const isMapped = (name: string): boolean =>
  fs.readFileSync('/proc/self/maps', 'utf8').includes(`/memfd:${name} `);

const isOpen = (fd: number): boolean => fs.existsSync(`/proc/self/fd/${fd}`);

const adoptFile = (path = '/dev/null', flags = 'r'): FileDescriptor =>
  FileDescriptor.adopt(fs.openSync(path, flags));

describeNative('shared memory', () => {
  test.each([1, 100, PAGE, PAGE + 1, 1 << 24])('of %d bytes is zeroes that can be written', (sizeBytes) => {
    using memory = SharedMemory.create(sizeBytes);
    expect(memory.sizeBytes).toBe(sizeBytes);
    expect(memory.bytes.every((byte) => byte === 0)).toBe(true);
    memory.bytes[sizeBytes - 1] = 255;
    expect(memory.bytes.at(-1)).toBe(255);
  });

  test('is mapped and counted until it is closed, even if a view on it is kept', () => {
    const before = countSharedMemories();
    const memory = SharedMemory.create(PAGE, { name: 'until-closed' });
    const view = memory.bytes.subarray(8);
    expect([memory.closed, isMapped('until-closed'), countSharedMemories()]).toEqual([
      false,
      true,
      before + 1,
    ]);
    memory.close();
    memory.close();
    expect([memory.closed, isMapped('until-closed'), countSharedMemories()]).toEqual([true, false, before]);
    expect([memory.bytes.length, memory.sizeBytes, view.length, view[0]]).toEqual([0, 0, 0, undefined]);
  });

  test.each([
    { args: [0], field: 'sizeBytes' },
    { args: [-1], field: 'sizeBytes' },
    { args: [1.5], field: 'sizeBytes' },
    { args: ['4096'], field: 'sizeBytes' },
    { args: [2 ** 53], field: 'sizeBytes' },
    { args: [PAGE, { name: 5 }], field: 'name' },
    { args: [PAGE, { name: 'a\0b' }], field: 'name' },
    { args: [PAGE, { name: 'x'.repeat(201) }], field: 'name' },
  ])('create($args) is refused', ({ args, field }) => {
    const create = SharedMemory.create as (...args: unknown[]) => SharedMemory;
    const before = countSharedMemories();
    expect(() => create(...args)).toThrow(
      expect.objectContaining({ code: 'ERR_VIRGL_ARGUMENT', operation: 'SharedMemory.create', field }),
    );
    expect(countSharedMemories()).toBe(before);
  });

  test('more than the system has is refused', () => {
    expect(() => SharedMemory.create(2 ** 52)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^ERR_VIRGL_(ARGUMENT|SYSTEM)$/) as string }),
    );
  });

  test.each([
    { args: [], range: { offsetBytes: 0, lengthBytes: 64 } },
    { args: [16], range: { offsetBytes: 16, lengthBytes: 48 } },
    { args: [16, 8], range: { offsetBytes: 16, lengthBytes: 8 } },
    { args: [64], range: { offsetBytes: 64, lengthBytes: 0 } },
  ])('range($args)', ({ args, range }) => {
    using memory = SharedMemory.create(64);
    expect(memory.range(...args)).toEqual({ memory, ...range });
  });

  test.each([
    { args: [-1], field: 'range.offsetBytes' },
    { args: [65], field: 'range.offsetBytes' },
    { args: [0.5], field: 'range.offsetBytes' },
    { args: [0, 65], field: 'range.lengthBytes' },
    { args: [64, 1], field: 'range.lengthBytes' },
    { args: [0, -1], field: 'range.lengthBytes' },
  ])('range($args) is refused', ({ args, field }) => {
    using memory = SharedMemory.create(64);
    expect(() => memory.range(...args)).toThrow(
      expect.objectContaining({ code: 'ERR_VIRGL_ARGUMENT', field }),
    );
  });

  test.each([
    { what: 'range', use: (memory: SharedMemory) => memory.range() },
    { what: 'duplicateFd', use: (memory: SharedMemory) => memory.duplicateFd() },
  ])('$what of a closed one is refused', ({ use }) => {
    const memory = SharedMemory.create(PAGE);
    memory.close();
    expect(() => use(memory)).toThrow(expect.objectContaining({ code: 'ERR_VIRGL_CLOSED' }));
  });
});

describeNative('a descriptor of shared memory', () => {
  test('shows the same bytes, also to a second mapping, and outlives the first', () => {
    const memory = SharedMemory.create(2 * PAGE, { name: 'shown' });
    using fd = memory.duplicateFd();
    memory.bytes.set([1, 2, 3], 10);
    const bytes = Buffer.alloc(3);
    fs.readSync(fd.value, bytes, 0, 3, 10);
    expect([...bytes]).toEqual([1, 2, 3]);

    using second = SharedMemory.fromFd(fd, { sizeBytes: 2 * PAGE });
    using page = SharedMemory.fromFd(fd, { offsetBytes: PAGE, sizeBytes: 16 });
    second.bytes[PAGE] = 9;
    fs.writeSync(fd.value, Buffer.from([8]), 0, 1, PAGE + 1);
    expect([memory.bytes[PAGE], page.bytes[0], page.bytes[1]]).toEqual([9, 9, 8]);
    memory.close();
    expect(isMapped('shown')).toBe(true);
    expect(second.bytes[10]).toBe(1);
  });

  test('can not shorten the memory under its mapping', () => {
    using memory = SharedMemory.create(PAGE);
    using fd = memory.duplicateFd();
    expect(() => fs.ftruncateSync(fd.value, 0)).toThrow('EPERM');
    memory.bytes[PAGE - 1] = 1;
  });

  test.each([
    { what: 'longer than the file', layout: { sizeBytes: PAGE + 1 }, code: 'ERR_VIRGL_SYSTEM', errno: 6 },
    {
      what: 'beyond its end',
      layout: { offsetBytes: 2 * PAGE, sizeBytes: 1 },
      code: 'ERR_VIRGL_SYSTEM',
      errno: 6,
    },
    {
      what: 'within a page',
      layout: { offsetBytes: 8, sizeBytes: 16 },
      code: 'ERR_VIRGL_SYSTEM',
      errno: 22,
    },
    { what: 'of no bytes', layout: { sizeBytes: 0 }, code: 'ERR_VIRGL_ARGUMENT', errno: undefined },
    {
      what: 'before its start',
      layout: { offsetBytes: -PAGE, sizeBytes: 16 },
      code: 'ERR_VIRGL_ARGUMENT',
      errno: undefined,
    },
  ])('a mapping $what is refused', ({ layout, code, errno }) => {
    using memory = SharedMemory.create(PAGE);
    using fd = memory.duplicateFd();
    const before = countSharedMemories();
    expect(() => SharedMemory.fromFd(fd, layout)).toThrow(expect.objectContaining({ code, errno }));
    expect(countSharedMemories()).toBe(before);
  });

  test.each([
    { what: 'of a device', fd: () => adoptFile(), code: 'ERR_VIRGL_SYSTEM' },
    { what: 'that can only be read', fd: () => adoptFile(__filename), code: 'ERR_VIRGL_SYSTEM' },
    {
      what: 'that is closed',
      fd: () => {
        const fd = adoptFile();
        fd.close();
        return fd;
      },
      code: 'ERR_VIRGL_SYSTEM',
    },
    { what: 'that is none', fd: () => ({}) as FileDescriptor, code: 'ERR_VIRGL_CLOSED' },
  ])('one $what is not mapped', ({ fd, code }) => {
    expect(() => SharedMemory.fromFd(fd(), { sizeBytes: 16 })).toThrow(expect.objectContaining({ code }));
  });
});

describeNative('memory that a resource uses', () => {
  let host: NativeHost;

  beforeAll(async () => {
    host = await NativeHost.open();
  });
  afterAll(async () => {
    await expectRenders(host);
    await host.close();
  });

  const BYTES = WIDTH * HEIGHT * 4;

  test.each<{ how: string; end: () => Promise<void> }>([
    { how: 'is detached', end: () => host.resourceDetachIov({ resourceId: 1 }) },
    { how: 'ends', end: () => host.resourceUnref({ resourceId: 1 }) },
  ])('stays mapped after it was closed, until the resource $how', async ({ end }) => {
    const memory = SharedMemory.create(BYTES, { name: 'lent' });
    memory.bytes.fill(3);
    await host.resourceCreate(texture(1));
    await host.resourceAttachIov({ resourceId: 1, backing: [memory.range()] });
    memory.close();
    expect(isMapped('lent')).toBe(true);
    await host.transferWriteIov({ resourceId: 1, box: BOX });
    const into = new Uint8Array(BYTES);
    await host.transferReadIov({ resourceId: 1, box: BOX, into });
    expect(into.every((byte) => byte === 3)).toBe(true);
    await end();
    expect(isMapped('lent')).toBe(false);
    if (host.counts().resources > 0) await host.resourceUnref({ resourceId: 1 });
  });

  test.each<{
    what: string;
    into: (memory: SharedMemory) => Uint8Array | ReturnType<SharedMemory['range']>[];
  }>([
    { what: 'its bytes', into: (memory) => memory.bytes },
    { what: 'a part of its bytes', into: (memory) => memory.bytes.subarray(0, BYTES) },
    { what: 'a range', into: (memory) => [memory.range()] },
  ])('may be closed while a transfer into $what is queued', async ({ into }) => {
    await host.resourceCreate(texture(1));
    const memory = SharedMemory.create(BYTES, { name: 'in-flight' });
    using fd = memory.duplicateFd();
    await host.transferWriteIov({ resourceId: 1, box: BOX, from: new Uint8Array(BYTES).fill(6) });
    const read = host.transferReadIov({ resourceId: 1, box: BOX, into: into(memory) });
    memory.close();
    await read;
    expect(isMapped('in-flight')).toBe(false);
    const last = Buffer.alloc(1);
    fs.readSync(fd.value, last, 0, 1, BYTES - 1);
    expect(last[0]).toBe(6);
    await host.resourceUnref({ resourceId: 1 });
  });

  test('a transfer into memory that was closed before is refused', async () => {
    await host.resourceCreate(texture(1));
    const memory = SharedMemory.create(BYTES);
    const range = memory.range();
    const { bytes } = memory;
    memory.close();
    const read = (into: Uint8Array | [typeof range]) =>
      host.transferReadIov({ resourceId: 1, box: BOX, into });
    await expect(read([range])).rejects.toMatchObject({ code: 'ERR_VIRGL_CLOSED', field: 'into[0]' });
    await expect(read(bytes)).rejects.toMatchObject({ code: 'ERR_VIRGL_ARGUMENT', field: 'into' });
    await host.resourceUnref({ resourceId: 1 });
  });
});

describeNative('messages', () => {
  // Node.js 20 copies what may not be transferred; later releases refuse it.
  const refusedOrCopied = (send: () => ArrayBuffer | undefined, memory: SharedMemory): void => {
    let copy: ArrayBuffer | undefined;
    try {
      copy = send();
    } catch (error) {
      expect((error as Error).name).toBe('DataCloneError');
    }
    if (copy !== undefined) expect(new Uint8Array(copy)[0]).toBe(4);
    using fd = memory.duplicateFd();
    memory.bytes[1] = 5;
    const bytes = Buffer.alloc(2);
    fs.readSync(fd.value, bytes, 0, 2, 0);
    expect([...bytes]).toEqual([4, 5]);
    if (copy !== undefined) expect(new Uint8Array(copy)[1]).toBe(0);
  };

  const posted = (message: unknown, transfer: ArrayBuffer[]): ArrayBuffer | undefined => {
    const { port1, port2 } = new MessageChannel();
    try {
      port1.postMessage(message, transfer);
      return (receiveMessageOnPort(port2) as { message: ArrayBuffer } | undefined)?.message;
    } finally {
      port1.close();
      port2.close();
    }
  };

  test.each<{ how: string; send: (buffer: ArrayBuffer) => ArrayBuffer | undefined }>([
    { how: 'transferred', send: (buffer) => posted(buffer, [buffer]) },
    { how: 'copied', send: (buffer) => posted(buffer, []) },
    { how: 'cloned', send: (buffer) => structuredClone(buffer) },
    { how: 'cloned and transferred', send: (buffer) => structuredClone(buffer, { transfer: [buffer] }) },
  ])('its buffer can not be taken away by being $how', ({ send }) => {
    using memory = SharedMemory.create(PAGE);
    memory.bytes[0] = 4;
    refusedOrCopied(() => send(memory.bytes.buffer as ArrayBuffer), memory);
  });

  test('bytes that were moved to another buffer are safe to touch after close', () => {
    const memory = SharedMemory.create(PAGE, { name: 'moved' });
    const buffer = memory.bytes.buffer as ArrayBuffer & { transfer?(): ArrayBuffer };
    if (buffer.transfer === undefined) return;
    memory.bytes[0] = 4;
    const moved = new Uint8Array(buffer.transfer());
    expect(memory.closed).toBe(true);
    memory.close();
    moved[1] = 5;
    expect([...moved.subarray(0, 2)]).toEqual([4, 5]);
  });
});

describeNative('a file descriptor', () => {
  test('that was adopted is closed once, and close-on-exec', () => {
    const number = fs.openSync('/dev/null', 'r');
    const fd = FileDescriptor.adopt(number);
    expect([fd.value, fd.closed]).toEqual([number, false]);
    const info = fs.readFileSync(`/proc/self/fdinfo/${number}`, 'utf8');
    expect(Number.parseInt(/^flags:\s*(\d+)/m.exec(info)?.[1] ?? '', 8) & 0o2000000).not.toBe(0);
    fd.close();
    expect([fd.closed, isOpen(number)]).toEqual([true, false]);
    // Somebody else gets the number.
    const other = fs.openSync('/dev/null', 'r');
    fd.close();
    expect(isOpen(other)).toBe(true);
    fs.closeSync(other);
  });

  test('that was released belongs to its new owner', () => {
    const fd = adoptFile();
    const number = fd.release();
    expect(fd.closed).toBe(true);
    fd.close();
    expect(isOpen(number)).toBe(true);
    fs.closeSync(number);
  });

  test('that was duplicated is another one of the same file', () => {
    using memory = SharedMemory.create(PAGE);
    const fd = memory.duplicateFd();
    const copy = fd.duplicate();
    expect(copy.value).not.toBe(fd.value);
    expect(fs.fstatSync(copy.value).ino).toBe(fs.fstatSync(fd.value).ino);
    fd.close();
    expect(isOpen(copy.value)).toBe(true);
    copy.close();
  });

  test('is closed by `using`', () => {
    let number: number;
    {
      using fd = adoptFile();
      number = fd.value;
    }
    expect(isOpen(number)).toBe(false);
  });

  test.each([-1, 1.5, 2 ** 31, 2 ** 32, '0', null, 1_000_000])('%p is none', (value) => {
    expect(() => FileDescriptor.adopt(value as number)).toThrow(
      expect.objectContaining({ code: 'ERR_VIRGL_ARGUMENT', operation: 'FileDescriptor.adopt', value }),
    );
  });

  test.each<{ what: string; use: (fd: FileDescriptor) => unknown }>([
    { what: 'value', use: (fd) => fd.value },
    { what: 'release', use: (fd) => fd.release() },
    { what: 'duplicate', use: (fd) => fd.duplicate() },
  ])('that is closed has no $what', ({ use }) => {
    const fd = adoptFile();
    fd.close();
    expect(() => use(fd)).toThrow(expect.objectContaining({ code: 'ERR_VIRGL_CLOSED' }));
  });
});

describeNative('under pressure of the garbage collector', () => {
  test.each([
    { what: 'arrays', outcome: { bad: [] } },
    { what: 'backing', outcome: { attached: true, bytes: [7] } },
    { what: 'view', outcome: { held: true, byte: 5 } },
    { what: 'descriptors dropped', outcome: { leaked: 0 } },
    { what: 'given away', outcome: { lengths: [256 * 256 * 4] } },
  ])('$what', async ({ what, outcome }) => {
    const { code, signal, stdout, stderr } = await runChild('gc-pressure.cjs', [what], ['--expose-gc']);
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    expect(JSON.parse(stdout)).toEqual(outcome);
  });
});
