// A thread that serves one guest on a host whose textures can be exported: as memfds, because no test has a GPU. Its fences take a while.
// workerData: { fd, inode }: the connection; is told the inode of what it exports.

const fs = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');
const { parentPort, workerData } = require('node:worker_threads');
const { FileDescriptor, NullHost, SharedMemory, UnixSocket } = require('../../../dist/host');
const { serveGpu } = require('../../../dist/vhost-user/session/gpu-session');

const FENCE_MS = 5;
const memory = SharedMemory.create(4096);
const given = [];
const exported = () => {
  const fd = memory.duplicateFd();
  given.push(fd);
  return fd;
};

const host = new NullHost({
  getCapSet: () => ({ maxVersion: 0, maxSizeBytes: 0 }),
  resourceGetInfoExt: ({ resourceId: handle }) => ({
    ...{
      handle,
      format: 2,
      width: 64,
      height: 32,
      depth: 1,
      flags: 1,
      textureId: handle,
      stride: 256,
      fd: null,
    },
    ...{ drmFourcc: 0x34325258, hasDmabufExport: true, planes: 1, modifiers: 7n },
  }),
  getFdForTexture2: () => ({ fd: exported(), stride: 512, offset: 0 }),
  createFence: () => sleep(FENCE_MS),
});

const socket = UnixSocket.adopt(FileDescriptor.adopt(workerData.fd));
const probe = memory.duplicateFd();
parentPort.postMessage({ inode: fs.fstatSync(probe.value).ino });
probe.close();
const warnings = [];
const session = { scanouts: 1, virgl: true, strict: false, displayRateHz: 1000, dmabuf: true };
serveGpu({ ...session, socket, host, exportsTextures: true, warn: (message) => warnings.push(message) }).then(
  ({ commands, error }) => {
    socket.close();
    const open = given.filter(({ closed }) => !closed).length;
    parentPort.postMessage({ commands, error: error?.message, warnings, exported: given.length, open });
  },
);
