// What a guest shows for the comparison with QEMU's VNC server: by its own framebuffer, without 3D, so that every GPU can.

import fs from 'node:fs';
import { PICTURES } from '../../test/display/support/pictures';

export const SCREEN = { width: 800, height: 600 } as const;
const FRAME_BYTES = SCREEN.width * SCREEN.height * 4;
const FRAMES = 8;
/** By how much the photograph moves from frame to frame. */
const STEP = 16;
const SHOWN_PHOTOGRAPHS = 300;
const PRINTED_LINES = 6000;

/** A disk with frames as the framebuffer has them: a photograph that moves. */
export const writeFrames = (file: string): void => {
  const photograph = PICTURES.photograph as (x: number, y: number) => number;
  const frame = new Uint32Array(SCREEN.width * SCREEN.height);
  const disk = fs.openSync(file, 'w');
  for (let shift = 0; shift < FRAMES * STEP; shift += STEP) {
    frame.forEach((_, index) => {
      frame[index] = photograph((index % SCREEN.width) + shift, Math.floor(index / SCREEN.width));
    });
    fs.writeSync(disk, new Uint8Array(frame.buffer));
  }
  fs.closeSync(disk);
};

/** What is shown, and the script that shows it. */
export const CONTENTS: Readonly<Record<string, string>> = {
  [`${SCREEN.width}x${SCREEN.height} of photograph`]: `
    n=0
    while [ $n -lt ${SHOWN_PHOTOGRAPHS} ]; do
      dd if=/dev/vdb of=/dev/fb0 bs=${FRAME_BYTES} count=1 skip=$((n % ${FRAMES})) 2>/dev/null
      n=$((n + 1))
    done`,
  'text that scrolls': `seq 1 ${PRINTED_LINES} >/dev/tty1`,
};
