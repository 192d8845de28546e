// Ends while a frame is being encoded as JPEG: `close` closes the display and leaves, `exit` just leaves.
const { Buffer } = require('node:buffer');
const { duplexPair } = require('node:stream');
const { setTimeout } = require('node:timers');
const { Display, serveRfbConnection } = require('../../../dist/display');

const [how, delayMs] = process.argv.slice(2);
const [width, height] = [1600, 900];
const noise = new Uint32Array(width * height).map((_, index) => Math.imul(index, 0x9e3779b1));
let listener;
const source = {
  label: 'noise',
  size: { width, height },
  cursor: undefined,
  read: async (rect, into, strideBytes) => {
    for (let row = 0; row < rect.height; row++) {
      const start = (rect.y + row) * width + rect.x;
      into.set(new Uint8Array(noise.buffer, start * 4, rect.width * 4), row * strideBytes);
    }
  },
  subscribe: (told) => {
    listener = told;
    return () => undefined;
  },
};

const display = new Display(source, { encoderThreads: 2 });
const [near, far] = duplexPair();
const ended = serveRfbConnection(near, { display });
far.resume();
far.write(Buffer.from('RFB 003.008\n\x01\x01'));
// Tight with JPEG of quality 8, and continuous updates of everything.
far.write(Buffer.from([2, 0, 0, 3, 0, 0, 0, 7, 255, 255, 255, 232, 255, 255, 254, 199]));
far.write(Buffer.from([150, 1, 0, 0, 0, 0, 255, 255, 255, 255]));
setInterval(() => listener?.damaged({ x: 0, y: 0, width, height }), 5);
setTimeout(
  async () => {
    if (how === 'exit') process.exit(0);
    display.close();
    const { kind, frames } = await ended;
    console.log(kind, frames > 0);
    process.exit(0);
  },
  500 + Number(delayMs),
);
