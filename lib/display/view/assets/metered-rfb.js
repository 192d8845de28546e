// noVNC's connection, with what it has no events for: frames, the time to the server and back, and whether there is a pointer.
// The methods that are replaced here are noVNC's own; the package names the version that they are of.

import RFB from '/novnc/core/rfb.js';
import { Meter } from './meter.js';

// Bits of the flags of a fence (the RFB protocol's community version, "Fence").
const REQUEST = 0x80000000;
const BLOCK_BEFORE = 1;
// What stands before the payload: three bytes, the flags, a length.
const FENCE_HEADER_BYTES = 8;
const FLAGS_AT = 3;

/** An RFB connection that measures itself. */
export class MeteredRfb extends RFB {
  frames = new Meter();
  bytes = new Meter();
  /** Milliseconds to the server and back, behind everything that was on its way; undefined while not known. */
  latencyMs = undefined;
  #fenceSentAt = undefined;
  #hasPixels = false;

  constructor(target, socket) {
    super(target, socket);
    socket.addEventListener('message', ({ data }) => this.bytes.add(data.byteLength));
  }

  get size() {
    return { width: this._fbWidth, height: this._fbHeight };
  }

  /** Asks the server for an answer, from which `latencyMs` comes. */
  measureLatency() {
    if (!this._supportsFence || this.#fenceSentAt !== undefined) return;
    this.#fenceSentAt = performance.now();
    RFB.messages.clientFence(this._sock, REQUEST | BLOCK_BEFORE, 'page');
  }

  _handleDataRect() {
    const isDone = super._handleDataRect();
    this.#hasPixels ||= isDone;
    return isDone;
  }

  _framebufferUpdate() {
    const isDone = super._framebufferUpdate();
    if (isDone && this.#hasPixels) {
      this.frames.add(1);
      this.#hasPixels = false;
      this.dispatchEvent(new CustomEvent('frame'));
    }
    return isDone;
  }

  // noVNC takes every answer for a mistake, as it asks for none.
  _handleServerFenceMsg() {
    if (this._sock.rQwait('fence', FENCE_HEADER_BYTES, 1)) return false;
    const header = this._sock.rQpeekBytes(FENCE_HEADER_BYTES);
    const isRequest = (header[FLAGS_AT] & 0x80) !== 0;
    if (isRequest) return super._handleServerFenceMsg();
    const length = header[FENCE_HEADER_BYTES - 1];
    if (this._sock.rQwait('fence', FENCE_HEADER_BYTES + length, 1)) return false;
    this._sock.rQskipBytes(FENCE_HEADER_BYTES + length);
    if (this.#fenceSentAt !== undefined) this.latencyMs = performance.now() - this.#fenceSentAt;
    this.#fenceSentAt = undefined;
    return true;
  }

  _updateCursor(rgba, hotX, hotY, width, height) {
    super._updateCursor(rgba, hotX, hotY, width, height);
    this.dispatchEvent(new CustomEvent('pointer', { detail: { isThere: width > 0 && height > 0 } }));
  }
}
