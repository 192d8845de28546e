// What we encode, decoded by noVNC's own decoders.

import './support/novnc-window';
import RawDecoder from '../../node_modules/@novnc/novnc/core/decoders/raw.js';
import TightDecoder from '../../node_modules/@novnc/novnc/core/decoders/tight.js';
import ZlibDecoder from '../../node_modules/@novnc/novnc/core/decoders/zlib.js';
import ZrleDecoder from '../../node_modules/@novnc/novnc/core/decoders/zrle.js';
import type { EncoderConfig } from '../../lib/display/encode/config';
import { FrameEncoder } from '../../lib/display/encode/frame-encoder';
import { laneOf } from '../../lib/display/encode/lanes';
import { BGRX } from '../../lib/display/encode/pixel-format';
import { Canvas } from './support/canvas';
import { PICTURES } from './support/pictures';
import { TestPattern } from './support/test-pattern';

/** What noVNC asks for. */
const RGBX = { ...BGRX, redShift: 0, blueShift: 16 };
const WIDTH = 150;
const HEIGHT = 80;

/** The part of noVNC's `Websock` that its decoders use. */
class FakeSock {
  #at = 0;
  constructor(readonly bytes: Uint8Array) {}

  rQwait(_what: string, count: number): boolean {
    if (this.#at + count > this.bytes.length) throw new Error('noVNC would wait for ever');
    return false;
  }

  rQpeek8(): number {
    return this.bytes[this.#at] as number;
  }

  rQshift8(): number {
    return this.bytes[this.#at++] as number;
  }

  rQshift32(): number {
    return (
      ((this.rQshift8() << 24) | (this.rQshift8() << 16) | (this.rQshift8() << 8) | this.rQshift8()) >>> 0
    );
  }

  rQshift16(): number {
    return (this.rQshift8() << 8) | this.rQshift8();
  }

  rQskipBytes(count: number): void {
    this.#at += count;
  }

  rQlen(): number {
    return this.bytes.length - this.#at;
  }

  rQshiftBytes(count: number): Uint8Array {
    this.#at += count;
    return this.bytes.slice(this.#at - count, this.#at);
  }

  rQshiftTo(target: Uint8Array, count: number): void {
    target.set(this.rQshiftBytes(count));
  }
}

/** The part of noVNC's `Display` that its decoders use. */
const displayOf = (canvas: Canvas) => ({
  fillRect: (x: number, y: number, width: number, height: number, [red = 0, green = 0, blue = 0]: number[]) =>
    canvas.fill(x, y, width, height, (red << 16) | (green << 8) | blue),
  blitImage: (x: number, y: number, width: number, height: number, rgbx: Uint8Array, offset: number) =>
    canvas.put(
      x,
      y,
      width,
      height,
      Array.from({ length: width * height }, (_, index) => {
        const at = offset + index * 4;
        return ((rgbx[at] as number) << 16) | ((rgbx[at + 1] as number) << 8) | (rgbx[at + 2] as number);
      }),
    ),
});

interface NoVncDecoder {
  decodeRect(
    x: number,
    y: number,
    width: number,
    height: number,
    sock: FakeSock,
    display: ReturnType<typeof displayOf>,
    depth: number,
  ): boolean;
}

const DECODERS = { raw: RawDecoder, zlib: ZlibDecoder, zrle: ZrleDecoder, tight: TightDecoder } as const;

test.each(Object.entries(DECODERS))('noVNC decodes %s', async (encoding, Decoder) => {
  const decoder = new Decoder() as NoVncDecoder;
  const encoder = new FrameEncoder(laneOf(0, 1));
  const canvas = new Canvas();
  canvas.resize(WIDTH, HEIGHT);
  const config: EncoderConfig = {
    format: RGBX,
    encoding: encoding as keyof typeof DECODERS,
    compressLevel: 2,
    jpeg: undefined,
  };
  for (const painter of Object.values(PICTURES)) {
    const { pixels } = new TestPattern(WIDTH, HEIGHT, painter);
    const memory = new SharedArrayBuffer(pixels.byteLength);
    new Uint32Array(memory).set(pixels);
    const rect = { x: 0, y: 0, width: WIDTH, height: HEIGHT };
    const { count, parts } = await encoder.encode(
      memory,
      [{ rect, offsetBytes: 0, strideBytes: WIDTH * 4 }],
      config,
    );
    const sock = new FakeSock(Buffer.concat(parts));
    for (let index = 0; index < count; index++) {
      const [x, y, width, height] = [sock.rQshift16(), sock.rQshift16(), sock.rQshift16(), sock.rQshift16()];
      sock.rQskipBytes(4);
      expect(decoder.decodeRect(x, y, width, height, sock, displayOf(canvas), 24)).toBe(true);
    }
    expect(sock.rQlen()).toBe(0);
    expect(canvas.pixels.every((colour, index) => colour === ((pixels[index] as number) & 0xffffff))).toBe(
      true,
    );
  }
  encoder.close();
});
