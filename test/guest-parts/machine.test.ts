// Machines as QEMU's options, and what may be asked for.

import { commandLine, type Machine, quoteWord } from '../../lib/guest';
import { checkGuestOptions } from '../../lib/guest/machine/options';

const MACHINE: Machine = {
  image: { kernel: '/i/vmlinux', initramfs: '/i/initramfs.gz', rootDisk: '/i/a,b.squashfs' },
  accelerator: 'tcg',
  gpu: 'ours',
  width: 1024,
  height: 768,
  memoryMib: 384,
  processors: 3,
  sockets: { qmp: '/s/qmp', control: '/s/c', stdout: '/s/o', stderr: '/s/e', gpu: '/s/gpu' },
  kernelLog: '/s/kernel.log',
  shell: false,
};

const after = (args: readonly string[], option: string): string[] =>
  args.flatMap((arg, index) => (arg === option ? [args[index + 1] ?? ''] : []));

test('our GPU is a vhost-user device on shared memory, without a display of QEMU', () => {
  const args = commandLine(MACHINE);
  expect(after(args, '-device')).toContain('vhost-user-gpu-pci,chardev=gpu,id=gpu0,xres=1024,yres=768');
  expect(after(args, '-chardev')).toContain('socket,id=gpu,path=/s/gpu');
  expect(after(args, '-object')).toEqual(['memory-backend-memfd,id=mem,size=384M,share=on']);
  expect(after(args, '-display')).toEqual(['none']);
  expect(after(args, '-smp')).toEqual(['3']);
});

test("QEMU's own GPUs have no backend; its virgl draws in a window", () => {
  const sockets = { ...MACHINE.sockets, gpu: undefined };
  const virgl = commandLine({ ...MACHINE, sockets, gpu: 'qemu-virgl' });
  expect(after(virgl, '-display')).toEqual(['sdl,gl=on']);
  expect(after(virgl, '-device')).toContain('virtio-gpu-gl-pci,id=gpu0,xres=1024,yres=768');
  // llvmpipe in the guest aborts on the newest processor that QEMU emulates.
  expect(after(commandLine({ ...MACHINE, sockets, gpu: 'qemu-2d' }), '-cpu')).toEqual(['qemu64']);
  expect(after(commandLine({ ...MACHINE, accelerator: 'kvm' }), '-cpu')).toEqual(['host']);
});

test('commas in paths are doubled', () => {
  expect(after(commandLine(MACHINE), '-drive')[0]).toMatch(/^file=\/i\/a,,b\.squashfs,/);
});

test('words are quoted for the shell of the guest', () => {
  expect(['plain', 'a b', "it's", '$x `y`', ''].map(quoteWord)).toEqual([
    "'plain'",
    "'a b'",
    "'it'\\''s'",
    "'$x `y`'",
    "''",
  ]);
});

test.each([
  [{ width: 8 }, /whole number from 32 to 8192 for width but received 8/],
  [{ memoryMib: 191 }, /memoryMib/],
  [{ gpu: 'nvidia' }, /one of ours, qemu-2d, qemu-virgl for gpu but received "nvidia"/],
  [{ accelerator: 'hvf' }, /one of auto, kvm, tcg/],
  [{ widht: 800 }, /width/],
  [{}, /the path of a backend for gpuSocketPath/],
])('refuses %j', (options, message) => {
  expect(() => checkGuestOptions(options as never)).toThrow(message);
});

test("QEMU's own GPUs need no backend", () => {
  expect(() => checkGuestOptions({ gpu: 'qemu-2d' })).not.toThrow();
});
