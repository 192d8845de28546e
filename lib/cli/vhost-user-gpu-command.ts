// `virgl vhost-user-gpu`: the GPU of a virtual machine, a drop-in for QEMU's vhost-user-gpu, whose options keep their names.

import type { Command } from 'commander';
import fs from 'node:fs';
import { FileDescriptor } from '../host';
import { recordGuests } from '../guest';
import { nameConnectionFiles, removeConnectionFiles } from '../trace/record/trace-files';
import { type VhostUserGpuEvent, VhostUserGpuServer } from '../vhost-user';
import { reportFailure } from './failure';
import { parseCount, parsePositive } from './numbers';
import { type GuestViewers, openGuestViewers } from './guest-view/guest-viewers';
import { parseInput, QmpConnection } from './guest-view/qmp-connection';
import { keepScreenshots } from './screenshots';
import { parseSize, type Size } from './size';
import { addViewerOptions, type ViewerOptions } from './viewer-options';
import { gpuEventLog } from './vhost-user-gpu-log';

interface Options extends ViewerOptions {
  socketPath?: string;
  fd?: number;
  virgl: boolean;
  renderNode?: string;
  dmabuf: boolean;
  printCapabilities?: true;
  /** A file. */
  record?: string;
  /** A folder. */
  screenshots?: string;
  size?: Size;
  scanouts?: number;
  displayRate?: number;
  strict?: true;
  once?: true;
  maxGuests?: number;
  commandTimeout?: number;
  maxMemory?: number;
  spareProcesses?: number;
  /** Where QEMU's QMP is. */
  input?: string;
}

/** As QEMU's management tools ask for. Facts: QEMU docs/interop/vhost-user.rst, docs/interop/vhost-user.json. */
const CAPABILITIES = { type: 'gpu', features: ['render-node', 'virgl'] };
const VERB = 'vhost-user-gpu';
const MS_PER_S = 1000;
const BYTES_PER_MIB = 1024 * 1024;

const listen = (
  options: Options,
  onEvent: (event: VhostUserGpuEvent) => void,
): Promise<VhostUserGpuServer> => {
  const { commandTimeout, maxMemory, record } = options;
  return VhostUserGpuServer.listen({
    path: options.socketPath,
    fd: options.fd === undefined ? undefined : FileDescriptor.adopt(options.fd),
    host: { renderNode: options.renderNode },
    virgl: options.virgl,
    strict: options.strict,
    scanouts: options.scanouts,
    size: options.size,
    displayRateHz: options.displayRate,
    dmabuf: options.dmabuf,
    clientsToServe: options.once && 1,
    maxClients: options.maxGuests,
    commandTimeoutMs: commandTimeout && Math.ceil(commandTimeout * MS_PER_S),
    maxMemoryBytes: maxMemory && Math.ceil(maxMemory * BYTES_PER_MIB),
    spareProcesses: options.fd === undefined ? options.spareProcesses : 0,
    wrapHostModule: record === undefined ? undefined : recordGuests(record),
    onEvent,
  });
};

/** Viewers of guests, if options ask for any. */
const viewersFor = async (
  options: Options,
  qmp: QmpConnection | undefined,
): Promise<GuestViewers | undefined> => {
  if (options.view === undefined && options.vnc === undefined) return undefined;
  return openGuestViewers({
    verb: VERB,
    displays: options.scanouts ?? 1,
    viewers: options,
    qmp,
    warn: (message) => console.error(`virgl ${VERB}: ${message}`),
  });
};

const serve = async (options: Options): Promise<void> => {
  const { record, screenshots } = options;
  if (record !== undefined) removeConnectionFiles(record);
  if (screenshots !== undefined) fs.mkdirSync(screenshots, { recursive: true });
  const log = gpuEventLog({ json: options.logJson, verbose: options.verbose });
  using qmp = options.input === undefined ? undefined : new QmpConnection(options.input);
  await using viewers = await viewersFor(options, qmp);
  const server = await listen(options, (event) => {
    log(event);
    if (event.event === 'disconnected') viewers?.remove(event.client);
    if (event.event !== 'connected') return;
    const { client } = event;
    // The server knows its screens when it has told of the guest.
    queueMicrotask(() => {
      const screens = server.screens(client);
      viewers?.add(client, screens);
      if (screenshots === undefined) return;
      for (const screen of screens) keepScreenshots(screen, client, screenshots);
    });
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());
  await server.ended;
  if (record === undefined) return;
  for (const { file, frames, calls } of nameConnectionFiles(record))
    console.error(`virgl ${VERB}: ${file}: ${calls} calls, ${frames} frames`);
};

const run = async (options: Options): Promise<void> => {
  if (options.printCapabilities === true) console.log(JSON.stringify(CAPABILITIES));
  else await serve(options);
};

/** Adds the verb. */
export const addVhostUserGpu = (program: Command): void => {
  const verb = program
    .command(VERB)
    .description('be the GPU of virtual machines (QEMU -device vhost-user-gpu-pci)')
    .option('--socket-path <path>', 'where QEMU connects; several may, each with a process of its own')
    .option('--fd <n>', 'serve the connection that is open as this descriptor, then exit', parseCount)
    .option('--virgl', 'offer 3D (the default)')
    .option('--no-virgl', 'offer 2D only')
    .option('--render-node <path>', 'render on this device, e.g. /dev/dri/renderD128')
    .option(
      '--no-dmabuf',
      "send QEMU pixels also where it could show the device's memory; needed for screendump with -display none",
    )
    .option('--print-capabilities', 'say what this backend can do, as JSON, and exit')
    .option('--record <file>', 'keep a trace of each guest: FILE, then FILE.2 and so on')
    .option('--screenshots <folder>', 'keep a picture of each display for every second in which it changes')
    .option('--size <WxH>', 'size of the displays; default: as QEMU says', parseSize)
    .option(
      '--scanouts <n>',
      'displays that a guest may have; default 16, of which QEMU connects max_outputs',
      parseCount,
    )
    .option('--display-rate <Hz>', "updates of QEMU's display in a second, at most; default 60", parseCount)
    .option('--strict', 'refuse command streams with faults instead of warning')
    .option('--once', 'exit when the first QEMU has left')
    .option('--max-guests <n>', 'turn more QEMUs away', parseCount)
    .option(
      '--command-timeout <seconds>',
      'end a guest in one command of which the host is for so long; default 60',
      parsePositive,
    )
    .option('--max-memory <MiB>', 'what the process of one guest may use; default 4096', parsePositive)
    .option('--spare-processes <n>', 'session processes to have ready; default 1', parseCount)
    .option('--log-json', 'write the log as JSON, one object a line')
    .option('--verbose', 'also log connections, displays and what virglrenderer says')
    .option(
      '--input <qmp:path>',
      'what viewers type and point at goes to QEMU -qmp unix:PATH,server=on,wait=off, which needs ' +
        '-device virtio-keyboard-pci -device virtio-tablet-pci',
      parseInput,
    );
  addViewerOptions(verb)
    .addHelpText(
      'after',
      `
Example:
  virgl vhost-user-gpu --socket-path=/tmp/gpu.sock
  qemu-system-x86_64 … -object memory-backend-memfd,id=mem,size=2G,share=on -machine memory-backend=mem \\
      -chardev socket,id=gpu,path=/tmp/gpu.sock -device vhost-user-gpu-pci,chardev=gpu -display none`,
    )
    .action((options: Options) => run(options).catch(reportFailure));
};
