// The host that renders in this process: on a render thread of its own, or inline.

import { VirglError } from '../protocol/error';
import { addon, type LibraryDescription } from './addon';
import type { CallChannel, ChannelEvents } from './call-channel';
import { HOST_CALL_NAMES, HOST_CALLS } from './call-table';
import { InlineChannel } from './inline-channel';
import { libraryRelease } from './library-release';
import { NativeCalls } from './native-calls';
import { type NativeHostInfo, startRenderer } from './native-start';
import { type NativeHostOptions, planStart } from './open-options';
import { LEGACY_TIMELINE } from './pending-fences';
import { hasOnly, type QuickCalls } from './quick-calls';
import type {
  ContextResourceArgs,
  CreateFenceArgs,
  HostCallArgs,
  HostCallName,
  HostCallResult,
  HostCounts,
  HostFeatures,
  RenderHost,
  ResourceArgs,
  ResourceCreateArgs,
  SubmitCmdArgs,
  TransferWriteArgs,
} from './render-host';
import { QueuedChannel } from './queued-channel';
import { type PumpHost, RequestPump, type RequestPumpOptions } from './request-pump';
import { RenderHostCallsBase } from './render-host-base';
import { wrapOpened } from './wrap-opened';

const closedError = (operation: string): VirglError =>
  new VirglError('ERR_VIRGL_CLOSED', `${operation}: the host is closed`, { operation });

/** virglrenderer in this process, on a render thread of its own unless asked otherwise. One can be open per process. */
export class NativeHost extends RenderHostCallsBase implements RenderHost, PumpHost {
  readonly features: HostFeatures;
  readonly #library: LibraryDescription;
  readonly #channel: CallChannel;
  readonly #calls: NativeCalls;
  #info: NativeHostInfo | undefined;
  #closing: Promise<void> | undefined;

  private constructor({ libraryPath = '', inline = false, fenceWaitMicroseconds, onLog }: NativeHostOptions) {
    super();
    const events: ChannelEvents = {
      fence: (id) => this.#calls.retire(LEGACY_TIMELINE.contextId, LEGACY_TIMELINE.ringIndex, BigInt(id)),
      contextFence: (contextId, ringIndex, id) => this.#calls.retire(contextId, ringIndex, id),
      log: (level, text) => deliverLog(onLog, text, level),
    };
    this.#channel = inline
      ? new InlineChannel(addon(), libraryPath, events, fenceWaitMicroseconds)
      : new QueuedChannel(addon(), libraryPath, events);
    this.#calls = new NativeCalls(this.#channel);
    this.#library = this.#channel.library();
    const features = HOST_CALL_NAMES.map((name) => [
      name,
      this.#library.functions[HOST_CALLS[name].c] === true,
    ]);
    this.features = Object.freeze(Object.fromEntries(features) as HostFeatures);
  }

  /**
   * Opens libvirglrenderer and starts it.
   * @throws VirglError `ERR_VIRGL_ADDON`, `ERR_VIRGL_LIBRARY`, `ERR_VIRGL_IN_USE`, `ERR_VIRGL_INIT`, `ERR_VIRGL_ARGUMENT`
   */
  static async open(options: NativeHostOptions = {}): Promise<NativeHost> {
    const plans = planStart(options);
    const host = new NativeHost(options);
    try {
      host.#info = await startRenderer(host.#channel, host.#library, plans);
    } catch (error) {
      await host.close();
      throw error;
    }
    return wrapOpened(host, { info: host.info });
  }

  /** What was opened. */
  get info(): NativeHostInfo {
    // open() sets it before anybody else sees this object.
    return this.#info as NativeHostInfo;
  }

  counts(): HostCounts {
    return this.#calls.counts();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Something that runs requests without JavaScript, on this host; undefined unless it is inline. Nothing above the seam sees
   * those requests: decorators offer it only with what takes their part (`recorder`). Legacy fences are the pump's from then on:
   * {@link createFence} never resolves.
   * @throws VirglError `ERR_VIRGL_ARGUMENT`, `ERR_VIRGL_CLOSED`
   */
  startPump(options: RequestPumpOptions): RequestPump | undefined {
    return this.#channel instanceof InlineChannel
      ? new RequestPump(this.#channel, this.#calls, options)
      : undefined;
  }

  // Most calls by far are submits of a few commands; they skip the call table.
  override submitCmd(args: SubmitCmdArgs): Promise<void> {
    const { contextId, commands } = args ?? {};
    const simple = commands instanceof Uint32Array && commands.length <= this.#channel.maxCommandWords;
    if (!simple || this.#closing !== undefined || !hasOnly(args, 'contextId', 'commands'))
      return this.perform('submitCmd', args);
    try {
      return this.#calls.submit(contextId, commands);
    } catch {
      // Nothing was sent; the way through the table says precisely what is wrong.
      return this.perform('submitCmd', args);
    }
  }

  override resourceCreate(args: ResourceCreateArgs): Promise<void> {
    return this.#quick(args)?.resourceCreate(args) ?? this.perform('resourceCreate', args);
  }

  override resourceUnref(args: ResourceArgs): Promise<void> {
    return this.#quick(args)?.resourceUnref(args) ?? this.perform('resourceUnref', args);
  }

  override ctxAttachResource(args: ContextResourceArgs): Promise<void> {
    return this.#quick(args)?.ctxAttachResource(args) ?? this.perform('ctxAttachResource', args);
  }

  override transferWriteIov(args: TransferWriteArgs): Promise<void> {
    return this.#quick(args)?.transferWriteIov(args) ?? this.perform('transferWriteIov', args);
  }

  override createFence(args?: CreateFenceArgs): Promise<void> {
    return this.#quick({})?.createFence(args) ?? this.perform('createFence', args);
  }

  protected override perform<Name extends HostCallName>(
    name: Name,
    args: HostCallArgs<Name>,
  ): Promise<HostCallResult<Name>> {
    try {
      if (this.#closing !== undefined) throw closedError(name);
      if (!this.features[name]) throw this.#unsupported(name);
      return this.#calls.call(name, args) as Promise<HostCallResult<Name>>;
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  #quick(args: object | undefined): QuickCalls | undefined {
    const isPlain = typeof args === 'object' && args !== null;
    return isPlain && this.#closing === undefined ? this.#calls.quick : undefined;
  }

  #unsupported(name: HostCallName): VirglError {
    const { c } = HOST_CALLS[name];
    const { release } = libraryRelease(this.#library);
    return new VirglError(
      'ERR_VIRGL_UNSUPPORTED',
      `${name}: this virglrenderer (${release}, ${this.#library.path}) has no ${c}; it came with ${addon().functions[c]}`,
      { operation: name },
    );
  }

  async #close(): Promise<void> {
    const error = closedError('close');
    // Cleanup is queued like any call, so that what was asked before it is done before it.
    await new Promise<void>((resolve, reject) => {
      this.#channel.send(this.#channel.numberOf('cleanup'), new Uint32Array(0), {
        answered: () => resolve(),
        abandoned: reject,
      });
      this.#calls.end(error);
    });
    this.#channel.close(error);
  }
}

/** A listener that throws must not stop answers from being delivered; its error surfaces as an uncaught one. */
const deliverLog = (onLog: NativeHostOptions['onLog'], text: string, level: number): void => {
  if (onLog === undefined) return;
  try {
    onLog(text, level);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
};
