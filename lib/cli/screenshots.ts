// Pictures of what guests show: a file for every second in which something has changed.

import fs from 'node:fs';
import path from 'node:path';
import { encodePng } from '../image';
import type { GuestScreen, ScreenPicture } from '../vhost-user';

const INTERVAL_MS = 1000;
const PIXEL_BYTES = 4;
const OPAQUE = 0xff;

/** BGRX to what a PNG has. */
const toPng = ({ width, height, pixels }: ScreenPicture): Uint8Array => {
  const data = new Uint8Array(pixels.byteLength);
  for (let at = 0; at < pixels.byteLength; at += PIXEL_BYTES) {
    data[at] = pixels[at + 2];
    data[at + 1] = pixels[at + 1];
    data[at + 2] = pixels[at];
    data[at + 3] = OPAQUE;
  }
  return encodePng({ width, height, data });
};

/** Writes `guest1-display0-0001.png` and so on into a folder, until the guest is gone. */
export const keepScreenshots = (screen: GuestScreen, client: number, folder: string): void => {
  let count = 0;
  let latest: ScreenPicture | undefined;
  let timer: NodeJS.Timeout | undefined;
  const write = (): void => {
    timer = undefined;
    if (latest === undefined) return;
    count += 1;
    const name = `guest${client}-display${screen.index}-${String(count).padStart(4, '0')}.png`;
    fs.writeFileSync(path.join(folder, name), toPng(latest));
    latest = undefined;
  };
  const stop = screen.subscribe({
    damaged: () => {
      latest = screen.copy();
      timer ??= setTimeout(write, count === 0 ? 0 : INTERVAL_MS);
    },
    closed: () => {
      clearTimeout(timer);
      write();
      stop();
    },
  });
};
