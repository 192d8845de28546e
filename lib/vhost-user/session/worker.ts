// A session process of a vhost-user-gpu server: serves the QEMU that it is handed, and ends with it.

import { UnixSocket } from '../../host';
import { runWorker } from '../../vtest/process';
import { FramePublisher } from '../scanout/frame-publisher';
import { type GpuSessionConfig, serveGpu } from './gpu-session';

runWorker<GpuSessionConfig>(async ({ fds, host, native, watcher, control, warn }, config) => {
  const [socket, frames] = fds.map((fd) => UnixSocket.adopt(fd));
  const { scanouts, displayRateHz: rateHz } = config;
  using fenceFd = await native.getPollFd();
  const end = await serveGpu({
    ...config,
    socket,
    host,
    fenceFd,
    watcher,
    endWith: control,
    warn,
    // Not in software: such memory is nobody else's.
    exportsTextures: config.dmabuf && native.info.renderNode !== undefined && host.features.getFdForTexture2,
    viewer: (read) => new FramePublisher({ socket: frames, scanouts, rateHz, read, warn }),
  });
  return { commands: end.commands, submits: 0, receivedBytes: 0, reason: end.error?.message };
});
