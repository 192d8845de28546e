// The viewer of the benchmark, a process of its own: it takes the rectangles of Tight apart without drawing them, counts them, and
// clicks from time to time. Tells its parent when it is asked.

import net from 'node:net';
import { StreamBytes } from '../../test/display/support/bytes-of';
import { CLIENT, PSEUDO } from '../../test/display/support/test-viewer';
import { CLICK_COLOURS } from './moving-picture';

const TIGHT = 7;
const QUALITY_0 = -32;
const COMPRESS_0 = -256;
const FENCE_REQUEST = 0x80000000;
const TPIXEL = 3;

/** What a viewer has seen since it was asked last. */
export interface ViewerReport {
  frames: number;
  bytes: number;
  /** From a click to the first update that shows it. */
  latenciesMs: number[];
}

const [, , port, quality, user] = process.argv;
const socket = net.connect({ host: '127.0.0.1', port: Number(port), noDelay: true });
const bytes = new StreamBytes(socket);
const report: ViewerReport = { frames: 0, bytes: 0, latenciesMs: [] };
let bytesBefore = 0;
let clickedAt: number | undefined;
let shown = 0;

const tightLength = async (): Promise<number> => {
  const first = await bytes.u8();
  if (first < 0x80) return first;
  const second = await bytes.u8();
  if (second < 0x80) return (first & 0x7f) | (second << 7);
  return (first & 0x7f) | ((second & 0x7f) << 7) | ((await bytes.u8()) << 14);
};

/** Passes over a rectangle; its colour if it has one. */
const tightRect = async (width: number, height: number): Promise<number | undefined> => {
  const kind = (await bytes.u8()) >> 4;
  if (kind === 8) return (await bytes.take(TPIXEL)).readUIntBE(0, 3);
  if (kind === 9) await bytes.take(await tightLength());
  else {
    const filter = kind & 4 ? await bytes.u8() : 0;
    const colours = filter === 1 ? (await bytes.u8()) + 1 : 0;
    await bytes.take(colours * TPIXEL);
    const rowBytes = colours === 0 ? width * TPIXEL : colours === 2 ? Math.ceil(width / 8) : width;
    const length = rowBytes * height;
    await bytes.take(length < 12 ? length : await tightLength());
  }
  return undefined;
};

const update = async (): Promise<void> => {
  await bytes.take(1);
  const count = await bytes.u16();
  for (let index = 0; index < count; index++) {
    const header = await bytes.take(12);
    const encoding = header.readInt32BE(8);
    const [width, height] = [header.readUInt16BE(4), header.readUInt16BE(6)];
    if (encoding !== TIGHT) throw new Error(`encoding ${encoding}`);
    const colour = await tightRect(width, height);
    const found = CLICK_COLOURS.indexOf(colour as (typeof CLICK_COLOURS)[number]);
    if (found < 0 || found === shown) continue;
    shown = found;
    if (clickedAt !== undefined) report.latenciesMs.push(performance.now() - clickedAt);
    clickedAt = undefined;
  }
  report.frames += 1;
};

const main = async (): Promise<void> => {
  const version = await bytes.take(12);
  socket.write(version);
  await bytes.take(2);
  socket.write(Buffer.of(1));
  await bytes.take(4);
  socket.write(Buffer.of(1));
  const [width, height] = [await bytes.u16(), await bytes.u16()];
  await bytes.take(16);
  await bytes.take(await bytes.u32());
  socket.write(
    CLIENT.setEncodings([
      TIGHT,
      QUALITY_0 + Number(quality),
      COMPRESS_0 + 1,
      PSEUDO.fence,
      PSEUDO.continuousUpdates,
    ]),
  );
  socket.write(CLIENT.request(false, 0, 0, width, height));
  let isContinuous = false;
  for (;;) {
    const type = await bytes.u8();
    if (type === 0) {
      await update();
      if (!isContinuous) socket.write(CLIENT.request(true, 0, 0, width, height));
    } else if (type === 150) {
      // The server can do it; QEMU's can't, and is asked for each update.
      isContinuous = true;
      socket.write(CLIENT.continuousUpdates(true, 0, 0, width, height));
    } else if (type === 248) {
      await bytes.take(3);
      const flags = await bytes.u32();
      const payload = await bytes.take(await bytes.u8());
      if (flags & FENCE_REQUEST) socket.write(CLIENT.fence(flags & 3, payload));
    } else throw new Error(`message ${type}`);
  }
};

const click = (): void => {
  if (clickedAt === undefined) {
    clickedAt = performance.now();
    socket.write(Buffer.concat([CLIENT.pointer(5, 5, 1), CLIENT.pointer(5, 5, 0)]));
  }
  // Not in step with anything.
  setTimeout(click, 60 + Math.random() * 80);
};

process.on('message', () => {
  process.send?.({ ...report, bytes: bytes.received - bytesBefore });
  Object.assign(report, { frames: 0, latenciesMs: [] });
  bytesBefore = bytes.received;
});
if (user === 'clicks') setTimeout(click, 300);
void main().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
