// One display in the page: its connection, and what the buttons do with it.

import { MeteredRfb } from './metered-rfb.js';

const FIGURES_EVERY_MS = 500;

const socketAddress = (display) => {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  return `${scheme}//${location.host}/display/${display}`;
};

/** A connection to a display, which lasts until it is closed or lost. */
export class View {
  #rfb;
  #timer;

  /**
   * @param stage where the picture goes
   * @param display number of the display
   * @param settings { fit, resize, viewOnly }
   * @param on { connected, disconnected(), figures({framesPerSecond, latencyMs, bitsPerSecond, width, height}), label(text), clipboard(text) }
   */
  constructor(stage, display, settings, on) {
    const rfb = new MeteredRfb(stage, new WebSocket(socketAddress(display)));
    this.#rfb = rfb;
    rfb.viewOnly = settings.viewOnly;
    rfb.background = 'transparent';
    this.set(settings);
    stage.classList.add('own-pointer');
    rfb.addEventListener('pointer', ({ detail }) => stage.classList.toggle('own-pointer', !detail.isThere));
    rfb.addEventListener('connect', () => {
      rfb.focus();
      on.connected();
    });
    rfb.addEventListener('disconnect', () => {
      clearInterval(this.#timer);
      on.disconnected();
    });
    rfb.addEventListener('desktopname', ({ detail }) => on.label(detail.name));
    rfb.addEventListener('clipboard', ({ detail }) => on.clipboard(detail.text));
    this.#timer = setInterval(() => on.figures(this.#figures()), FIGURES_EVERY_MS);
  }

  /** Whether the picture is scaled to the window, and whether the display is asked for the window's size. */
  set({ fit, resize }) {
    this.#rfb.scaleViewport = fit;
    this.#rfb.resizeSession = resize;
  }

  ctrlAltDel() {
    this.#rfb.sendCtrlAltDel();
    this.#rfb.focus();
  }

  paste(text) {
    this.#rfb.clipboardPasteFrom(text);
  }

  focus() {
    this.#rfb.focus();
  }

  /** Lets go of all keys: noVNC does when the window loses the focus. */
  releaseKeys() {
    window.dispatchEvent(new Event('blur'));
  }

  close() {
    this.#rfb.disconnect();
  }

  #figures() {
    const rfb = this.#rfb;
    rfb.measureLatency();
    return {
      framesPerSecond: rfb.frames.rate(),
      latencyMs: rfb.latencyMs,
      bitsPerSecond: rfb.bytes.rate() * 8,
      ...rfb.size,
    };
  }
}
