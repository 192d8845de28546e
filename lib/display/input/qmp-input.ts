// What viewers type and point at, to a guest: QMP's `input-send-event` (qapi/ui.json) in the order it came, one command at a time.

import type { InputSink, Size } from '../source';
import { Keyboard } from './keyboard';
import { Tablet, type TabletEvent } from './tablet';

/** What sends commands to QEMU. */
export interface QmpExecutor {
  execute(command: string, args?: Record<string, unknown>): Promise<unknown>;
}

/** Options of {@link qmpInput}. */
export interface QmpInputOptions {
  qmp: QmpExecutor;
  /** Of the display that is pointed at, now. */
  size(): Size;
  /** Id of the display device that the input is for. Left out: whichever takes input. */
  device?: string;
  /** Number of that device's scanout. */
  head?: number;
  /** Told when QEMU refuses an event, or can't be reached. */
  onError?: (error: unknown) => void;
}

/** An {@link InputSink} that can be waited for. */
export interface QmpInput extends InputSink {
  /** Lets go of every key that is down. */
  releaseAll(): void;
  /** Resolves when QEMU has had everything. */
  idle(): Promise<void>;
}

type Event = TabletEvent | { type: 'key'; data: { down: boolean; key: { type: 'qcode'; data: string } } };

/** A viewer that is faster than QEMU for so long loses what it does next. */
const MAX_WAITING = 1024;

const isMove = (events: readonly Event[]): boolean => events.every(({ type }) => type === 'abs');

/** Sends events one command after the other. Movements that nobody has seen yet give way to later ones. */
class EventQueue {
  readonly #waiting: (readonly Event[])[] = [];
  #sending: Promise<void> | undefined;

  constructor(readonly options: QmpInputOptions) {}

  add(events: readonly Event[]): void {
    const last = this.#waiting.at(-1);
    if (last !== undefined && isMove(last) && events[0]?.type === 'abs') this.#waiting.pop();
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(events);
    this.#sending ??= this.#send();
  }

  async idle(): Promise<void> {
    await this.#sending;
  }

  async #send(): Promise<void> {
    const { qmp, device, head, onError } = this.options;
    // What is done at once, e.g. by a mouse that moves, is there to be merged.
    await Promise.resolve();
    for (let events = this.#waiting.shift(); events !== undefined; events = this.#waiting.shift())
      await qmp.execute('input-send-event', { device, head, events }).catch((error) => onError?.(error));
    this.#sending = undefined;
  }
}

/**
 * Types and points at a guest. QEMU needs a keyboard and a tablet: `-device virtio-keyboard-pci -device virtio-tablet-pci`, or
 * `-device usb-tablet`.
 */
export const qmpInput = (options: QmpInputOptions): QmpInput => {
  const queue = new EventQueue(options);
  const keyboard = new Keyboard();
  const tablet = new Tablet();
  // One command a stroke: a device tells its guest of all events of a command together.
  const type = (strokes: readonly { qcode: string; down: boolean }[]): void => {
    for (const { qcode, down } of strokes)
      queue.add([{ type: 'key', data: { down, key: { type: 'qcode', data: qcode } } }]);
  };
  return {
    key: (input) => type(keyboard.strokes(input)),
    pointer: (input) => queue.add(tablet.events(input, options.size())),
    releaseAll: () => type(keyboard.releaseAll()),
    idle: () => queue.idle(),
  };
};
