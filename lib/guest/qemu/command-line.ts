// A machine as QEMU's options. Facts: qemu(1); vhost-user-gpu needs memory that is shared.

import type { GuestImage } from '../image/cache';
import type { Accelerator } from './accelerator';

/** GPUs that a guest can be given: ours, QEMU's without 3D, and QEMU's on its own virglrenderer. */
export const GUEST_GPUS = ['ours', 'qemu-2d', 'qemu-virgl'] as const;

/** One of {@link GUEST_GPUS}. */
export type GuestGpu = (typeof GUEST_GPUS)[number];

/** Sockets on which somebody listens before QEMU starts; QEMU connects to them. */
export interface MachineSockets {
  qmp: string;
  /** Of {@link GuestPort}s. */
  control: string;
  stdout: string;
  stderr: string;
  /** A vhost-user-gpu backend; only for {@link GuestGpu} `ours`. */
  gpu?: string;
}

/** What a machine is made of. */
export interface Machine {
  image: Pick<GuestImage, 'kernel' | 'initramfs' | 'rootDisk'>;
  accelerator: Accelerator;
  gpu: GuestGpu;
  width: number;
  height: number;
  memoryMib: number;
  processors: number;
  sockets: MachineSockets;
  /** File for what the kernel says. */
  kernelLog: string;
  /** Puts a shell on QEMU's stdin and stdout. */
  shell: boolean;
}

interface GpuRow {
  device: string;
  display: string;
  /** What software rendering in the guest bears: llvmpipe aborts on the newest processor that QEMU emulates. */
  emulatedProcessor: string;
}

const GPUS: Readonly<Record<GuestGpu, GpuRow>> = {
  ours: { device: 'vhost-user-gpu-pci,chardev=gpu', display: 'none', emulatedProcessor: 'max' },
  'qemu-2d': { device: 'virtio-gpu-pci', display: 'none', emulatedProcessor: 'qemu64' },
  'qemu-virgl': { device: 'virtio-gpu-gl-pci', display: 'sdl,gl=on', emulatedProcessor: 'max' },
};

/** Id of the GPU, for `screendump`. */
export const GPU_ID = 'gpu0';

// In QEMU's options a comma is doubled.
const escape = (value: string): string => value.replaceAll(',', ',,');

const client = (id: string, socketPath: string): string[] => [
  '-chardev',
  `socket,id=${id},path=${escape(socketPath)}`,
];

const port = (name: 'control' | 'stdout' | 'stderr', socketPath: string): string[] => [
  ...client(name, socketPath),
  ...['-device', `virtserialport,chardev=${name},name=virgl.${name}`],
];

const processor = ({ accelerator, gpu, processors }: Machine): string[] => [
  ...['-accel', accelerator === 'kvm' ? 'kvm' : 'tcg,thread=multi'],
  ...['-cpu', accelerator === 'kvm' ? 'host' : GPUS[gpu].emulatedProcessor],
  ...['-smp', String(processors)],
];

const memory = ({ memoryMib }: Machine): string[] => [
  ...['-m', `${memoryMib}M`, '-machine', 'q35,memory-backend=mem'],
  ...['-object', `memory-backend-memfd,id=mem,size=${memoryMib}M,share=on`],
];

const gpu = ({ gpu: kind, width, height, sockets }: Machine): string[] => [
  ...(sockets.gpu === undefined ? [] : client('gpu', sockets.gpu)),
  ...['-vga', 'none', '-display', GPUS[kind].display],
  ...['-device', `${GPUS[kind].device},id=${GPU_ID},xres=${width},yres=${height}`],
];

const boot = ({ image }: Machine): string[] => [
  ...['-kernel', image.kernel, '-initrd', image.initramfs, '-append', 'console=ttyS0 quiet panic=-1'],
  ...['-drive', `file=${escape(image.rootDisk)},if=none,id=root,format=raw,readonly=on`],
  ...['-device', 'virtio-blk-pci,drive=root'],
];

const channels = ({ sockets, kernelLog, shell }: Machine): string[] => [
  ...['-chardev', `file,id=kernel,path=${escape(kernelLog)}`, '-serial', 'chardev:kernel'],
  ...['-device', 'virtio-serial-pci'],
  ...port('control', sockets.control),
  ...port('stdout', sockets.stdout),
  ...port('stderr', sockets.stderr),
  ...(shell ? ['-chardev', 'stdio,id=shell,signal=off', '-device', 'virtconsole,chardev=shell'] : []),
  ...client('qmp', sockets.qmp),
  ...['-mon', 'chardev=qmp,mode=control'],
];

const INPUT = ['-device', 'virtio-keyboard-pci', '-device', 'virtio-tablet-pci'];

/** Arguments for QEMU. */
export const commandLine = (machine: Machine): string[] => [
  ...['-nodefaults', '-no-user-config'],
  ...processor(machine),
  ...memory(machine),
  ...gpu(machine),
  ...boot(machine),
  ...channels(machine),
  ...INPUT,
];
