// The clipboard between a viewer and what is displayed: Latin 1 as in RFC 6143, or any text by the extended clipboard of rfbproto.

import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { ByteMaker } from './byte-maker';
import { cutText, extendedCutText } from './server-messages';
import { protocolError } from './stop';

const deflate = promisify(zlib.deflate);
const inflate = promisify(zlib.inflate) as (bytes: Uint8Array, options: zlib.ZlibOptions) => Promise<Buffer>;

const FORMAT_TEXT = 1;
const FORMATS = 0xffff;
const ACTION = {
  caps: 0x01000000,
  request: 0x02000000,
  peek: 0x04000000,
  notify: 0x08000000,
  provide: 0x10000000,
} as const;
const ALL_ACTIONS = Object.values(ACTION).reduce((sum, bit) => sum | bit, 0);
/** A text is preceded by its length, and may end with NUL. */
const LENGTH_BYTES = 4;

const withFlags = (flags: number, ...rest: number[]): Uint8Array =>
  extendedCutText(new ByteMaker().u32(flags, ...rest).done());

/** What a clipboard needs of its connection. */
export interface ClipboardPeer {
  send(message: Uint8Array): void;
  /** A text from the viewer. */
  received(text: string): void;
  /** Whether there is somebody to receive it. */
  readonly isWanted: boolean;
}

/** One viewer's clipboard. */
export class Clipboard {
  readonly #peer: ClipboardPeer;
  readonly #maxBytes: number;
  #isExtended = false;
  /** What the display has on its clipboard, until the viewer asks. */
  #text: string | undefined;

  constructor(peer: ClipboardPeer, maxBytes: number) {
    this.#peer = peer;
    this.#maxBytes = maxBytes;
  }

  /** The viewer knows the extended clipboard. */
  extend(): void {
    if (this.#isExtended) return;
    this.#isExtended = true;
    this.#peer.send(withFlags(ALL_ACTIONS | FORMAT_TEXT, this.#maxBytes));
  }

  /** There is a text for the viewer. */
  offer(text: string): void {
    const bytes = Buffer.from(text);
    if (bytes.length > this.#maxBytes) return;
    this.#text = text;
    if (this.#isExtended) this.#peer.send(withFlags(ACTION.notify | FORMAT_TEXT));
    // What Latin 1 lacks becomes a question mark.
    else this.#peer.send(cutText(Buffer.from(text.replaceAll(/[^\0-\xff]/gu, '?'), 'latin1')));
  }

  /** ClientCutText. */
  plain(bytes: Buffer): void {
    this.#peer.received(bytes.toString('latin1'));
  }

  /**
   * ClientCutText of the extended clipboard.
   * @throws Stop for what can't be
   */
  async extended(bytes: Buffer): Promise<void> {
    if (!this.#isExtended) throw protocolError('it used the extended clipboard without saying so');
    if (bytes.length < LENGTH_BYTES)
      throw protocolError('it sent an extended clipboard message without flags');
    const flags = bytes.readUInt32BE(0);
    const hasText = (flags & FORMATS & FORMAT_TEXT) !== 0;
    // What it can do is no matter: texts are only offered, and only sent when it asks.
    if (flags & ACTION.caps) return;
    if (flags & ACTION.request && hasText) await this.#provide();
    else if (flags & ACTION.peek)
      this.#peer.send(withFlags(ACTION.notify | (this.#text === undefined ? 0 : FORMAT_TEXT)));
    else if (flags & ACTION.notify && hasText && this.#peer.isWanted)
      this.#peer.send(withFlags(ACTION.request | FORMAT_TEXT));
    else if (flags & ACTION.provide && hasText && this.#peer.isWanted)
      await this.#receive(bytes.subarray(LENGTH_BYTES));
  }

  async #provide(): Promise<void> {
    const text = Buffer.from(`${(this.#text ?? '').replaceAll(/\r\n|\r|\n/g, '\r\n')}\0`);
    const length = new ByteMaker().u32(text.length).done();
    const flags = new ByteMaker().u32(ACTION.provide | FORMAT_TEXT).done();
    this.#peer.send(extendedCutText(Buffer.concat([flags, await deflate(Buffer.concat([length, text]))])));
  }

  async #receive(deflated: Uint8Array): Promise<void> {
    const inflated = await inflate(deflated, {
      finishFlush: zlib.constants.Z_SYNC_FLUSH,
      maxOutputLength: this.#maxBytes + LENGTH_BYTES + 1,
    }).catch((error: Error) => {
      // Longer than allowed, or no zlib.
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined;
      throw protocolError(`it sent a text that can't be inflated: ${error.message}`);
    });
    if (inflated === undefined) return;
    if (inflated.length < LENGTH_BYTES) throw protocolError('it sent a text without its length');
    const text = inflated.subarray(LENGTH_BYTES, LENGTH_BYTES + inflated.readUInt32BE(0)).toString();
    this.#peer.received(text.replace(/\0$/, '').replaceAll('\r\n', '\n'));
  }
}
