// A virtio-gpu without a transport: requests in, answers out. Facts: virtio 1.2, section 5.7.

import { invalidArgument, VirglError } from '../protocol/error';
import { AnswerSender, type Respond } from './answers';
import { BLOB_HANDLERS } from './blob-handlers';
import { type OfferedCapset, readCapsets } from './capsets';
import { CommandRunner, type GuestLife } from './command-runner';
import { ConfigSpace } from './config-space';
import { CONTEXT_HANDLERS, endContext } from './context-handlers';
import { isVirgl } from './contexts';
import { CURSOR_HANDLERS } from './cursor-handlers';
import { Cursors } from './cursors';
import { type DeviceState, GuestObjects } from './device-state';
import { type DisplayOptions, displayOf } from './displays';
import { acceptedFeatures, featureMask, featuresIn, offeredFeatures } from './features';
import type { GuestMemory } from './guest-memory';
import { INFO_HANDLERS } from './info-handlers';
import { tellerOf } from './listener';
import { type CheckedOptions, checkOptions, type VirtioGpuDeviceOptions } from './options';
import { readScanout } from './read-scanout';
import { endResource, RESOURCE_HANDLERS } from './resource-handlers';
import { SCANOUT_HANDLERS } from './scanout-handlers';
import { exportScanout, type ScanoutBuffer } from './scanout-buffer';
import { Scanouts } from './scanouts';
import { THREE_D_HANDLERS } from './three-d-handlers';
import { Timelines } from './timelines';
import { TWO_D_HANDLERS } from './two-d-handlers';
import type { Rect } from './wire-types';

/** What a device has alive. */
export interface DeviceCounts {
  contexts: number;
  resources: number;
  /** Resources with guest memory. */
  backings: number;
  /** Fences that the guest waits for. */
  fences: number;
  /** Commands that were not answered. */
  commands: number;
}

const CONTROL_HANDLERS = {
  ...INFO_HANDLERS,
  ...TWO_D_HANDLERS,
  ...RESOURCE_HANDLERS,
  ...SCANOUT_HANDLERS,
  ...CONTEXT_HANDLERS,
  ...THREE_D_HANDLERS,
  ...BLOB_HANDLERS,
};

/** A virtio-gpu device. Whoever has a transport brings it requests and takes its answers to the guest. */
export class VirtioGpuDevice implements AsyncDisposable {
  /** What the device offers, as a mask of feature bits. */
  readonly features: bigint;
  readonly #state: DeviceState;
  readonly #config: ConfigSpace;
  readonly #control: CommandRunner;
  readonly #cursor: CommandRunner;
  readonly #maxMemoryBytes: number;
  #life: GuestLife;
  #closed = false;

  private constructor(options: CheckedOptions, capsets: readonly OfferedCapset[]) {
    const { host, memory, displays, strict, hostVisible, maxMemoryBytes } = options;
    const tell = tellerOf(options.listener);
    const offered = offeredFeatures(
      host.features,
      capsets.some(({ id }) => isVirgl(id)),
      options.features,
    );
    this.features = featureMask(offered);
    this.#maxMemoryBytes = maxMemoryBytes;
    this.#state = {
      host,
      capsets,
      displays,
      scanouts: new Scanouts(displays.length, tell),
      cursors: new Cursors(displays.length, tell),
      window: hostVisible,
      strict,
      tell,
      memory,
      accepted: offered,
      guest: new GuestObjects(maxMemoryBytes),
      makeDueFences: () => this.#life.timelines.makeDue(),
    };
    this.#config = new ConfigSpace(displays.length, offered.has('VIRGL') ? capsets.length : 0);
    const sender = new AnswerSender();
    this.#control = new CommandRunner(this.#state, CONTROL_HANDLERS, sender);
    this.#cursor = new CommandRunner(this.#state, CURSOR_HANDLERS, sender);
    this.#life = this.#newLife();
  }

  /**
   * Makes a device on a host.
   * @throws VirglError `ERR_VIRGL_ARGUMENT`, and what the host says when it is asked for its capability sets
   */
  static async open(options: VirtioGpuDeviceOptions): Promise<VirtioGpuDevice> {
    const checked = checkOptions(options);
    return new VirtioGpuDevice(checked, await readCapsets(checked.host));
  }

  /** The guest's memory. To be replaced when its layout changes. */
  get memory(): GuestMemory | undefined {
    return this.#state.memory;
  }

  set memory(memory: GuestMemory | undefined) {
    this.#state.memory = memory;
  }

  /**
   * The features that the guest's driver has accepted. Until it is called, and after a reset, that is all that were offered.
   * @throws VirglError `ERR_VIRGL_ARGUMENT` for what was not offered; bits of the transport are not the device's
   */
  acceptFeatures(features: bigint): void {
    this.#state.accepted = acceptedFeatures(this.features, features);
  }

  /** Reads from the configuration space. */
  readConfig(offset: number, length: number): Uint8Array {
    return this.#config.read(offset, length);
  }

  /** Writes to the configuration space. */
  writeConfig(offset: number, bytes: Uint8Array): void {
    this.#config.write(offset, bytes);
  }

  /**
   * A request of the control queue.
   * @param request private to the device: nobody else may change it before it is answered
   * @param respond called once, maybe before this returns, maybe after others; not called any more after a reset. The bytes
   * are only good during the call
   */
  control(request: Uint8Array, respond: Respond): void {
    this.#control.run(request, respond, this.#openLife('control'));
  }

  /** A request of the cursor queue; as {@link control}. Linux leaves no room for the answer, which may be dropped. */
  cursor(request: Uint8Array, respond: Respond): void {
    this.#cursor.run(request, respond, this.#openLife('cursor'));
  }

  /**
   * Reads what a display shows: B, G, R and one byte more for each pixel, rows from top to bottom.
   * @param rect in pixels of the display
   * @param into where the first row begins; not to be read before the promise settles
   * @throws VirglError `ERR_VIRGL_ARGUMENT` for what is not there, `ERR_VIRGL_UNSUPPORTED` for a format without colours
   */
  async readScanout(index: number, rect: Rect, into: Uint8Array, strideBytes: number): Promise<void> {
    const active = this.#state.scanouts.at(index);
    if (active === undefined)
      throw invalidArgument('readScanout', 'index', 'a display that shows something', index);
    const { host, memory } = this.#state;
    await readScanout({ host, memory, ...active }, rect, { bytes: into, strideBytes });
  }

  /**
   * What a display shows as a dma-buf, for whoever can show it without a copy. It is of this moment: another picture has another one.
   * What was drawn is in it when a fence of the host has been reached.
   * @throws VirglError `ERR_VIRGL_UNSUPPORTED` for a picture that can't be had that way, which says nothing of others; what the host
   * says when it can't export any; `ERR_VIRGL_ARGUMENT` where nothing is shown
   */
  exportScanout(index: number): Promise<ScanoutBuffer> {
    return exportScanout(this.#state.host, this.#state.scanouts.at(index), index);
  }

  /**
   * Changes the size of a display, connects or disconnects it; the guest is told by a configuration interrupt and follows.
   * @throws VirglError `ERR_VIRGL_ARGUMENT`
   */
  setDisplay(index: number, display: DisplayOptions): void {
    const { displays, tell } = this.#state;
    if (!Number.isInteger(index) || index < 0 || index >= displays.length)
      throw invalidArgument('setDisplay', 'index', `an integer from 0 to ${displays.length - 1}`, index);
    displays[index] = displayOf('setDisplay', display);
    this.#config.raiseDisplayEvent();
    tell('configChanged');
  }

  /**
   * Forgets all of the guest. Commands that were not answered never will be; displays go dark. New commands may come at once;
   * the promise settles when the host has ended what there was.
   */
  async reset(): Promise<void> {
    const state = this.#state;
    const { guest } = state;
    this.#life.isOver = true;
    this.#life.timelines.end();
    this.#life = this.#newLife();
    state.scanouts.clear();
    state.cursors.clear();
    this.#config.clearEvents();
    state.accepted = featuresIn(this.features);
    const ends = [
      ...Array.from(guest.contexts, (context) => endContext(state, context)),
      ...Array.from(guest.resources, (resource) => endResource(state, resource)),
    ];
    state.guest = new GuestObjects(this.#maxMemoryBytes);
    // What the host can't end is gone with the host.
    await Promise.allSettled(ends);
  }

  /** What is alive. */
  counts(): DeviceCounts {
    const { contexts, resources } = this.#state.guest;
    return {
      contexts: contexts.size,
      resources: resources.size,
      backings: resources.countBackings(),
      fences: this.#life.timelines.count,
      commands: this.#life.unanswered,
    };
  }

  /** Ends the device; the host stays open. Safe to call twice. */
  close(): Promise<void> {
    this.#closed = true;
    return this.reset();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #openLife(operation: string): GuestLife {
    if (!this.#closed) return this.#life;
    throw new VirglError('ERR_VIRGL_CLOSED', `${operation}: the device is closed`, { operation });
  }

  #newLife(): GuestLife {
    const life: GuestLife = {
      timelines: new Timelines(
        (contextId, ringIndex) => this.#makeFence(contextId, ringIndex),
        (answer) => this.#control.send(answer, life),
      ),
      unanswered: 0,
      isOver: false,
    };
    return life;
  }

  /** GL has one timeline for all of its contexts; the rings of others are their own. */
  #makeFence(contextId: number, ringIndex: number | undefined): Promise<void> {
    const { host, guest } = this.#state;
    const context = guest.contexts.find(contextId);
    const isGl = context === undefined || isVirgl(context.capsetId);
    return ringIndex === undefined || isGl
      ? host.createFence()
      : host.contextCreateFence({ contextId, ringIndex });
  }
}
