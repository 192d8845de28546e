// Starts QEMU for a guest and waits until the guest takes orders.

import path from 'node:path';
import { VirglError } from '../../protocol/error';
import { findGuest, type GuestImage } from '../image/cache';
import { chooseAccelerator } from '../qemu/accelerator';
import { commandLine, type Machine } from '../qemu/command-line';
import { findQemu, type Qemu } from '../qemu/find';
import { QmpClient } from '../qemu/qmp';
import { QemuWindow } from '../screen/qemu-window';
import { GuestAgent } from './agent';
import { checkGuestOptions, type GuestOptions } from './options';
import { QemuProcess } from './qemu-process';
import { ChannelSockets } from './sockets';

/** What a running guest consists of. */
export interface RunningMachine {
  machine: Machine;
  qemu: Qemu;
  process: QemuProcess;
  sockets: ChannelSockets;
  agent: GuestAgent;
  qmp: QmpClient;
  /** QEMU's window, if it has one. */
  window?: QemuWindow;
  /** From QEMU's start until the guest took orders. */
  bootMs: number;
  kernelRelease: string;
  /** Why it does not run on KVM, where that was to be tried. */
  withoutKvm?: string;
}

type Started = Pick<RunningMachine, 'process' | 'sockets' | 'window'>;

const OPERATION = 'guest';

/** What is not told. */
export const GUEST_DEFAULTS = {
  gpu: 'ours',
  width: 800,
  height: 600,
  memoryMib: 512,
  processors: 2,
  accelerator: 'auto',
  bootTimeoutMs: 60_000,
  shell: false,
} as const satisfies GuestOptions;

const imageOf = async (image: GuestImage | undefined): Promise<GuestImage> => {
  const found = image ?? (await findGuest());
  if (found !== undefined) return found;
  throw new VirglError(
    'ERR_VIRGL_SYSTEM',
    `${OPERATION}: there is no test guest yet: run virgl guest build`,
    {
      operation: OPERATION,
    },
  );
};

const planMachine = async (
  options: GuestOptions,
  sockets: ChannelSockets,
): Promise<Pick<RunningMachine, 'machine' | 'qemu' | 'withoutKvm'>> => {
  const image = await imageOf(options.image);
  const qemu = await findQemu(options.qemu);
  const wanted = { ...GUEST_DEFAULTS, ...options };
  const { accelerator, withoutKvm } = await chooseAccelerator(qemu, image, wanted.accelerator);
  const machine: Machine = {
    image,
    accelerator,
    gpu: wanted.gpu,
    width: wanted.width,
    height: wanted.height,
    memoryMib: wanted.memoryMib,
    processors: wanted.processors,
    sockets: { ...sockets.paths, gpu: wanted.gpu === 'ours' ? wanted.gpuSocketPath : undefined },
    kernelLog: path.join(sockets.folder, 'kernel.log'),
    shell: wanted.shell,
  };
  return { machine, qemu, withoutKvm };
};

const startQemu = ({ program }: Qemu, machine: Machine, window: QemuWindow | undefined): QemuProcess => {
  const env = { ...process.env, ...window?.environment };
  const { kernelLog, shell } = machine;
  return new QemuProcess({ program, args: commandLine(machine), env, kernelLog, inherit: shell });
};

/** Rejects when the process ends or time is up. */
const within = async <T>(process: QemuProcess, timeoutMs: number, wait: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const words = process.lastWords();
      const said = words === '' ? 'neither QEMU nor the kernel said anything' : words;
      const message = `${OPERATION}: the guest did not start within ${timeoutMs / 1000} s: ${said}`;
      reject(new VirglError('ERR_VIRGL_SYSTEM', message, { operation: OPERATION }));
    }, timeoutMs);
  });
  try {
    return await Promise.race([wait, late, process.failure('the guest started')]);
  } finally {
    clearTimeout(timer);
  }
};

/** Ends the process when somebody wants that. */
const endOnAbort = (process: QemuProcess, signal: AbortSignal | undefined): void => {
  const end = (): void => process.terminate();
  signal?.addEventListener('abort', end);
  void process.ended.then(() => signal?.removeEventListener('abort', end));
};

const connect = async (
  sockets: ChannelSockets,
): Promise<Pick<RunningMachine, 'agent' | 'qmp' | 'kernelRelease'>> => {
  const [qmpSocket, control, stdout, stderr] = await Promise.all(
    (['qmp', 'control', 'stdout', 'stderr'] as const).map((name) => sockets.connection(name)),
  );
  if (!qmpSocket || !control || !stdout || !stderr) throw new Error('a channel has no connection');
  const agent = new GuestAgent({ control, stdout, stderr });
  const qmp = await QmpClient.open(qmpSocket);
  return { agent, qmp, kernelRelease: await agent.ready };
};

/** Ends what was started. */
export const endMachine = async ({ process, sockets, window }: Started): Promise<void> => {
  process.kill();
  await process.ended;
  await window?.[Symbol.asyncDispose]();
  await sockets.close();
};

/**
 * Boots a guest.
 * @throws VirglError `ERR_VIRGL_ARGUMENT` for an option; `ERR_VIRGL_SYSTEM` that says what to install or build, or what the guest
 * said when it did not start in time; `ERR_VIRGL_CRASHED` when QEMU ended; the reason of `signal`
 */
export const bootMachine = async (options: GuestOptions): Promise<RunningMachine> => {
  checkGuestOptions(options);
  const sockets = await ChannelSockets.open();
  let started: Started | undefined;
  try {
    const plan = await planMachine(options, sockets);
    const { machine, qemu } = plan;
    options.signal?.throwIfAborted();
    const { gpu, width, height } = machine;
    const window = gpu === 'qemu-virgl' ? await QemuWindow.open(width, height) : undefined;
    const since = performance.now();
    const process = startQemu(qemu, machine, window);
    started = { process, sockets, window };
    endOnAbort(process, options.signal);
    const timeoutMs = options.bootTimeoutMs ?? GUEST_DEFAULTS.bootTimeoutMs;
    const connected = await within(process, timeoutMs, connect(sockets));
    return { ...plan, ...started, process, ...connected, bootMs: performance.now() - since };
  } catch (error) {
    await (started === undefined ? sockets.close() : endMachine(started));
    options.signal?.throwIfAborted();
    throw error;
  }
};
