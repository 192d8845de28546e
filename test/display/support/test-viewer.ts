// A viewer for tests: it speaks RFB with a server and decodes what it gets. Written against RFC 6143 and rfbproto.

import type { Duplex } from 'node:stream';
import { StreamBytes } from './bytes-of';
import { Canvas } from './canvas';
import { RectDecoders } from './rect-decoders';
import { FORMATS, formatBytes, PixelReader, type TestFormat } from './test-format';

/** Numbers of pseudo-encodings. */
export const PSEUDO = {
  desktopSize: -223,
  cursor: -239,
  qemuKeys: -258,
  desktopName: -307,
  extendedDesktopSize: -308,
  fence: -312,
  continuousUpdates: -313,
  cursorWithAlpha: -314,
  mouseButtons: -316,
  vmwareCursor: 0x574d5664,
  clipboard: 0xc0a1e5ce | 0,
} as const;

/** A rectangle that had no pixels. */
export interface PseudoRect {
  encoding: number;
  x: number;
  y: number;
  width: number;
  height: number;
  body: Buffer;
}

/** A message of the server. */
export type ServerMessage =
  | { type: 'update'; rects: number; pseudo: PseudoRect[] }
  | { type: 'colourMap' }
  | { type: 'cutText'; length: number; body: Buffer }
  | { type: 'endOfContinuousUpdates' }
  | { type: 'fence'; flags: number; payload: Buffer };

const u16 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, index) => bytes.writeUInt16BE(value, index * 2));
  return bytes;
};

const s32 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeInt32BE(value | 0, index * 4));
  return bytes;
};

/** Messages of a viewer. */
export const CLIENT = {
  setPixelFormat: (format: TestFormat) => Buffer.concat([Buffer.of(0, 0, 0, 0), formatBytes(format)]),
  setEncodings: (numbers: readonly number[]) =>
    Buffer.concat([Buffer.of(2, 0), u16(numbers.length), s32(...numbers)]),
  request: (isIncremental: boolean, x: number, y: number, width: number, height: number) =>
    Buffer.concat([Buffer.of(3, isIncremental ? 1 : 0), u16(x, y, width, height)]),
  key: (keysym: number, isDown: boolean) => Buffer.concat([Buffer.of(4, isDown ? 1 : 0, 0, 0), s32(keysym)]),
  qemuKey: (keysym: number, code: number, isDown: boolean) =>
    Buffer.concat([Buffer.of(255, 0), u16(isDown ? 1 : 0), s32(keysym, code)]),
  pointer: (x: number, y: number, buttons: number) => Buffer.concat([Buffer.of(5, buttons), u16(x, y)]),
  extendedPointer: (x: number, y: number, buttons: number) =>
    Buffer.concat([Buffer.of(5, (buttons & 0x7f) | 0x80), u16(x, y), Buffer.of(buttons >> 7)]),
  cutText: (text: Buffer) => Buffer.concat([Buffer.of(6, 0, 0, 0), s32(text.length), text]),
  extendedCutText: (body: Buffer) => Buffer.concat([Buffer.of(6, 0, 0, 0), s32(-body.length), body]),
  continuousUpdates: (isOn: boolean, x: number, y: number, width: number, height: number) =>
    Buffer.concat([Buffer.of(150, isOn ? 1 : 0), u16(x, y, width, height)]),
  fence: (flags: number, payload: Buffer) =>
    Buffer.concat([Buffer.of(248, 0, 0, 0), s32(flags), Buffer.of(payload.length), payload]),
  setDesktopSize: (width: number, height: number, screens = [[0, 0, 0, width, height, 0]]) =>
    Buffer.concat([
      Buffer.of(251, 0),
      u16(width, height),
      Buffer.of(screens.length, 0),
      ...screens.map(([id = 0, x = 0, y = 0, w = 0, h = 0, flags = 0]) =>
        Buffer.concat([s32(id), u16(x, y, w, h), s32(flags)]),
      ),
    ]),
};

const FENCE_REQUEST = 0x80000000;

/** A viewer on a stream. */
export class TestViewer {
  readonly canvas = new Canvas();
  readonly decoders = new RectDecoders();
  readonly bytes: StreamBytes;
  name = '';
  reader = new PixelReader(FORMATS.bgrx as TestFormat);
  /** Answers fences by itself, as viewers do. */
  answersFences = true;
  #format = FORMATS.bgrx as TestFormat;

  constructor(readonly stream: Duplex) {
    this.bytes = new StreamBytes(stream);
  }

  send(...messages: Uint8Array[]): void {
    this.stream.write(Buffer.concat(messages));
  }

  /** Version 3.8 without a password. */
  async open(): Promise<this> {
    const version = (await this.bytes.take(12)).toString();
    this.send(Buffer.from(version));
    await this.bytes.take(await this.bytes.u8());
    this.send(Buffer.of(1));
    if ((await this.bytes.u32()) !== 0) throw new Error('not let in');
    await this.initialise();
    return this;
  }

  /** ClientInit and ServerInit. */
  async initialise(): Promise<void> {
    this.send(Buffer.of(1));
    this.canvas.resize(await this.bytes.u16(), await this.bytes.u16());
    await this.bytes.take(16);
    this.name = (await this.bytes.take(await this.bytes.u32())).toString();
  }

  setFormat(format: TestFormat): void {
    this.#format = format;
    this.reader = new PixelReader(format);
    this.send(CLIENT.setPixelFormat(format));
  }

  /** Asks for all of the picture, and waits for it. */
  async refresh(isIncremental = false): Promise<ServerMessage & { type: 'update' }> {
    this.send(CLIENT.request(isIncremental, 0, 0, this.canvas.width, this.canvas.height));
    return this.update();
  }

  /** The next update; other messages before it are passed over. */
  async update(): Promise<ServerMessage & { type: 'update' }> {
    return this.next('update');
  }

  /** The next message of a kind. */
  async next<Type extends ServerMessage['type']>(type: Type): Promise<ServerMessage & { type: Type }> {
    for (;;) {
      const message = await this.message();
      if (message.type === type) return message as ServerMessage & { type: Type };
    }
  }

  async message(): Promise<ServerMessage> {
    const type = await this.bytes.u8();
    switch (type) {
      case 0:
        return this.#update();
      case 1:
        return this.#colourMap();
      case 3: {
        await this.bytes.take(3);
        const length = await this.bytes.s32();
        return { type: 'cutText', length, body: await this.bytes.take(Math.abs(length)) };
      }
      case 150:
        return { type: 'endOfContinuousUpdates' };
      case 248:
        return this.#fence();
      default:
        throw new Error(`the server sent a message of type ${type}`);
    }
  }

  async #fence(): Promise<ServerMessage> {
    await this.bytes.take(3);
    const flags = await this.bytes.u32();
    const payload = Buffer.from(await this.bytes.take(await this.bytes.u8()));
    if (this.answersFences && flags & FENCE_REQUEST) this.send(CLIENT.fence(flags & 3, payload));
    return { type: 'fence', flags, payload };
  }

  async #colourMap(): Promise<ServerMessage> {
    await this.bytes.take(1);
    const first = await this.bytes.u16();
    const count = await this.bytes.u16();
    const map: number[] = [];
    for (let index = first; index < first + count; index++) {
      const colour = await this.bytes.take(6);
      map[index] = ((colour[0] as number) << 16) | ((colour[2] as number) << 8) | (colour[4] as number);
    }
    this.reader = new PixelReader(this.#format, map);
    return { type: 'colourMap' };
  }

  async #update(): Promise<ServerMessage> {
    await this.bytes.take(1);
    const rects = await this.bytes.u16();
    const pseudo: PseudoRect[] = [];
    for (let index = 0; index < rects; index++) {
      const [x, y, width, height] = [
        await this.bytes.u16(),
        await this.bytes.u16(),
        await this.bytes.u16(),
        await this.bytes.u16(),
      ];
      const encoding = await this.bytes.s32();
      const decode = this.decoders.byNumber[encoding];
      const { bytes, canvas, reader } = this;
      if (decode !== undefined) await decode({ x, y, width, height, bytes, canvas, reader });
      else pseudo.push(await this.#pseudo(encoding, x, y, width, height));
    }
    return { type: 'update', rects, pseudo };
  }

  async #pseudo(encoding: number, x: number, y: number, width: number, height: number): Promise<PseudoRect> {
    const body = async (): Promise<Buffer> => {
      switch (encoding) {
        case PSEUDO.desktopSize:
          this.canvas.resize(width, height);
          return Buffer.alloc(0);
        case PSEUDO.extendedDesktopSize: {
          if (x !== 1 || y === 0) this.canvas.resize(width, height);
          const head = Buffer.from(await this.bytes.take(4));
          return Buffer.concat([head, await this.bytes.take(head.readUInt8(0) * 16)]);
        }
        case PSEUDO.cursor:
          return this.bytes.take(width * height * this.reader.bytesPerPixel + Math.ceil(width / 8) * height);
        case PSEUDO.cursorWithAlpha:
          return this.bytes.take(4 + width * height * 4);
        case PSEUDO.vmwareCursor:
          return this.bytes.take(2 + width * height * 4);
        case PSEUDO.desktopName:
          return this.bytes.take(await this.bytes.u32());
        case PSEUDO.qemuKeys:
        case PSEUDO.mouseButtons:
          return Buffer.alloc(0);
        default:
          throw new Error(`the server sent a rectangle of encoding ${encoding}`);
      }
    };
    return { encoding, x, y, width, height, body: Buffer.from(await body()) };
  }
}
