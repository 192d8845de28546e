// Viewers of guests, as `--view` and `--vnc` ask for them: opened before the guests are there.

import { Display, qmpInput, type QmpExecutor } from '../../display';
import type { GuestScreen } from '../../vhost-user';
import { openViewers, type ViewerOptions } from '../viewer-options';
import { GuestSource } from './guest-source';

/** How viewers of guests are opened. */
export interface GuestViewersOptions {
  /** Of the program, in its log. */
  verb: string;
  /** How many displays of a guest can be seen. */
  displays: number;
  viewers: ViewerOptions;
  /** Takes what viewers type and point at; left out, they can only look. */
  qmp?: QmpExecutor;
  /** Id of the GPU in QEMU, of which the pointer is. Left out: the one that takes input. */
  device?: string;
  /** Told why input does not get to the guest. */
  warn(message: string): void;
}

/** Viewers of guests, one guest at a time. */
export interface GuestViewers extends AsyncDisposable {
  /** A guest has come; shown unless another one is. */
  add(client: number, screens: readonly GuestScreen[]): void;
  /** It has left. */
  remove(client: number): void;
}

/** Of the processors: on two of them about 16 frames/s of 800x600, so that a guest keeps most of its pace. */
export const CPU_SHARE = 0.05;

const sourceOf = (index: number, { qmp, device, warn }: GuestViewersOptions): GuestSource => {
  if (qmp === undefined) return new GuestSource(index);
  let lastComplaint = '';
  const input = qmpInput({
    qmp,
    size: () => source.size,
    device,
    head: device === undefined ? undefined : index,
    // A mouse that moves would say it a hundred times a second.
    onError: (error) => {
      const { message } = error as Error;
      if (message !== lastComplaint) warn(message);
      lastComplaint = message;
    },
  });
  const source = new GuestSource(index, input);
  return source;
};

/** @throws VirglError as {@link openViewers} */
export const openGuestViewers = async (options: GuestViewersOptions): Promise<GuestViewers> => {
  const sources = Array.from({ length: options.displays }, (_, index) => sourceOf(index, options));
  // Whoever asks for so many frames gets them.
  const cpuShare = options.viewers.maxFps === undefined ? CPU_SHARE : undefined;
  const displays = sources.map((source) => new Display(source, { cpuShare }));
  const viewers = await openViewers(options.verb, displays, options.viewers, console.log);
  let shown: number | undefined;
  const others = new Map<number, readonly GuestScreen[]>();
  const show = (client: number, screens: readonly GuestScreen[]): void => {
    shown = client;
    screens.slice(0, sources.length).forEach((screen, index) => sources[index].show(screen));
  };
  return {
    add(client, screens) {
      if (shown === undefined) show(client, screens);
      else others.set(client, screens);
    },
    remove(client) {
      others.delete(client);
      if (client !== shown) return;
      shown = undefined;
      for (const source of sources) source.clear();
      const [next] = others;
      if (next === undefined) return;
      others.delete(next[0]);
      show(...next);
    },
    async [Symbol.asyncDispose]() {
      await viewers.close();
      for (const source of sources) source.close();
      for (const display of displays) display.close();
    },
  };
};
