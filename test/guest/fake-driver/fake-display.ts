// QEMU's end of the display socket: keeps what it is shown, and answers what it is asked.

import { type FileDescriptor, UnixSocket } from '../../../lib/host';
import { encodeResponse, type DisplayMode, MAX_SCANOUTS } from '../../../lib/virtio-gpu';
import {
  DISPLAY_HEADER_BYTES,
  DISPLAY_MESSAGES,
  type DisplayMessageName,
} from '../../../lib/vhost-user/display/display-messages';

const REPLY_FLAG = 4;
const NAMES = new Map(
  (Object.keys(DISPLAY_MESSAGES) as DisplayMessageName[]).map((name) => [
    DISPLAY_MESSAGES[name].id as number,
    name,
  ]),
);

/** A message as it came. */
export interface ShownMessage {
  name: DisplayMessageName;
  payload: Uint8Array;
  /** The dwords that it begins with: all that are not pixels. */
  words: number[];
  /** The dma-buf that came with it; closed with the display. */
  fd?: FileDescriptor;
}

/** Modes of which only the first is connected. */
export const oneDisplay = (width: number, height: number): DisplayMode[] =>
  Array.from({ length: MAX_SCANOUTS }, (_, index) => ({
    rect: index === 0 ? { x: 0, y: 0, width, height } : { x: 0, y: 0, width: 0, height: 0 },
    enabled: index === 0,
    flags: 0,
  }));

/** A QEMU that shows displays. */
export class FakeDisplay implements Disposable {
  /** For the backend. */
  readonly theirs: UnixSocket;
  readonly socket: UnixSocket;
  readonly messages: ShownMessage[] = [];
  modes = oneDisplay(640, 480);
  /** Features of the protocol that the backend has accepted. */
  accepted: bigint | undefined;
  /** Whether questions are answered; the others wait for {@link answer}. */
  answers = true;
  /** What it says of itself: EDID and DMABUF2, as QEMU 10. */
  features = 3n;
  #timer: NodeJS.Timeout | undefined;
  #unanswered: DisplayMessageName[] = [];
  #bytes = Buffer.alloc(0);
  readonly #fds: FileDescriptor[] = [];
  readonly #kept: FileDescriptor[] = [];

  constructor() {
    [this.socket, this.theirs] = UnixSocket.pair('stream');
  }

  /** Takes what has come, without waiting. */
  receive(): void {
    const into = new Uint8Array(1 << 20);
    for (;;) {
      const length = this.socket.receiveSync(into, { waitMs: 0 });
      if (length <= 0) break;
      for (let fd = this.socket.takeFd(); fd !== undefined; fd = this.socket.takeFd()) this.#fds.push(fd);
      this.#bytes = Buffer.concat([this.#bytes, into.subarray(0, length)]);
    }
    this.#parse();
  }

  /** Takes messages until one of this kind has come. */
  async until(matches: (message: ShownMessage) => boolean, limitMs = 5000): Promise<ShownMessage> {
    const end = performance.now() + limitMs;
    for (;;) {
      this.receive();
      const index = this.messages.findIndex(matches);
      if (index >= 0) return this.messages.splice(0, index + 1).at(-1) as ShownMessage;
      if (performance.now() > end)
        throw new Error(`the display was not shown it, only ${this.messages.map(({ name }) => name).join()}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** Receives and answers from now on, by itself. */
  serve(): void {
    this.#timer ??= setInterval(() => this.receive(), 5);
  }

  /** Waits until the backend has accepted features of the protocol. */
  async negotiated(): Promise<bigint> {
    while (this.accepted === undefined) {
      this.receive();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return this.accepted;
  }

  /** Answers what waits for it; with a name, only that. */
  answer(only?: DisplayMessageName): void {
    for (const name of this.#unanswered.splice(0)) {
      if (only === undefined || name === only) this.#reply(name);
      else this.#unanswered.push(name);
    }
  }

  /** Descriptors that came with nothing that has one. */
  get strayFds(): number {
    return this.#fds.length;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const fd of [...this.#fds.splice(0), ...this.#kept.splice(0)]) fd.close();
    this.socket.close();
    this.theirs.close();
  }

  #parse(): void {
    while (this.#bytes.length >= DISPLAY_HEADER_BYTES) {
      const sizeBytes = this.#bytes.readUInt32LE(8);
      if (this.#bytes.length < DISPLAY_HEADER_BYTES + sizeBytes) return;
      const name = NAMES.get(this.#bytes.readUInt32LE(0));
      if (name === undefined) throw new Error(`message ${this.#bytes.readUInt32LE(0)} has no name`);
      const payload = new Uint8Array(
        this.#bytes.subarray(DISPLAY_HEADER_BYTES, DISPLAY_HEADER_BYTES + sizeBytes),
      );
      this.#bytes = this.#bytes.subarray(DISPLAY_HEADER_BYTES + sizeBytes);
      const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
      const most = name.startsWith('DMABUF_SCANOUT') ? 12 : 5;
      const words = Array.from({ length: Math.min(most, sizeBytes >> 2) }, (_, index) =>
        view.getUint32(index * 4, true),
      );
      if (name === 'SET_PROTOCOL_FEATURES') this.accepted = view.getBigUint64(0, true);
      else if (name === 'GET_PROTOCOL_FEATURES' || name === 'GET_DISPLAY_INFO') this.#asked(name);
      else this.messages.push({ name, payload, words, ...this.#fdOf(name, words) });
      if (name === 'DMABUF_UPDATE') this.#asked(name);
    }
  }

  /** The descriptor of a message that shows a dma-buf. */
  #fdOf(name: DisplayMessageName, words: readonly number[]): { fd?: FileDescriptor } {
    const isShown = name.startsWith('DMABUF_SCANOUT') && words[3] > 0;
    const fd = isShown ? this.#fds.shift() : undefined;
    if (fd === undefined) return {};
    this.#kept.push(fd);
    return { fd };
  }

  #asked(name: DisplayMessageName): void {
    if (this.answers) this.#reply(name);
    else this.#unanswered.push(name);
  }

  #reply(name: DisplayMessageName): void {
    const payload = this.#answerTo(name);
    const header = new Uint8Array(DISPLAY_HEADER_BYTES);
    const view = new DataView(header.buffer);
    view.setUint32(0, DISPLAY_MESSAGES[name].id, true);
    view.setUint32(4, REPLY_FLAG, true);
    view.setUint32(8, payload.byteLength, true);
    this.socket.sendSync([header, payload]);
  }

  #answerTo(name: DisplayMessageName): Uint8Array {
    if (name === 'GET_DISPLAY_INFO') return encodeResponse('OK_DISPLAY_INFO', { modes: this.modes } as never);
    if (name === 'DMABUF_UPDATE') return new Uint8Array(0);
    return new Uint8Array(BigUint64Array.of(this.features).buffer);
  }
}
