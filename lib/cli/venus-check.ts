// What `virgl vtest --venus` needs of this machine. Facts: virglrenderer's render server and its Vulkan loader; a host whose only
// Vulkan is Mesa's lavapipe exports memory as opaque descriptors, which no vtest client can map.

import fs from 'node:fs';
import path from 'node:path';
import type { Finding } from './doctor-finding';

/** Where drivers for Vulkan register themselves. */
const DRIVER_FOLDERS = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];
const SOFTWARE_DRIVERS = ['lvp_'];
/** Drivers for guests; they are clients of Venus, not hosts. */
const CLIENT_DRIVERS = ['virtio_'];
const RENDER_SERVERS = ['/usr/libexec/virgl_render_server', '/usr/lib/virgl_render_server'];
const UDMABUF = '/dev/udmabuf';

const startsWithAny = (name: string, prefixes: readonly string[]): boolean =>
  prefixes.some((prefix) => name.startsWith(prefix));

const listDrivers = (): string[] =>
  DRIVER_FOLDERS.flatMap((folder) => {
    try {
      return fs.readdirSync(folder);
    } catch {
      return [];
    }
  }).filter((name) => name.endsWith('.json') && !startsWithAny(name, CLIENT_DRIVERS));

/** Whether Vulkan clients could be served. */
export const checkVenus = (): Finding => {
  const server = process.env.RENDER_SERVER_EXEC_PATH ?? RENDER_SERVERS.find((file) => fs.existsSync(file));
  if (server === undefined) {
    return {
      state: 'note',
      text: "virglrenderer's render server is not installed: no Venus (Vulkan)",
      advice: 'Only for `virgl vtest --venus`: apt install virgl-server',
    };
  }
  const drivers = listDrivers();
  if (drivers.length === 0) {
    return {
      state: 'note',
      text: 'no Vulkan driver: no Venus',
      advice: 'Only for `virgl vtest --venus`: install a driver, e.g. apt install mesa-vulkan-drivers',
    };
  }
  const names = drivers.map((name) => path.basename(name, '.json')).join(', ');
  const hardware = drivers.some((name) => !startsWithAny(name, SOFTWARE_DRIVERS));
  if (hardware || fs.existsSync(UDMABUF)) return { state: 'ok', text: `${server}; ${names}` };
  return {
    state: 'note',
    text: `${names} in software and no ${UDMABUF}: Venus contexts work, but memory that a client maps can't be shared`,
    advice: 'A GPU driver, or a kernel with udmabuf: modprobe udmabuf',
  };
};
