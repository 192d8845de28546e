// What scripts use: a renderer, opened with defaults that work without a GPU and without a display.

import { NativeHost, type NativeHostOptions, type RenderHost } from '../host';
import { MAX_ID } from '../host/call-table';
import { invalidArgument, VirglError } from '../protocol/error';
import { openPrivateHost } from '../vtest/host/private-host';
import { BufferPool } from './buffer-pool';
import { checkObject, checkWhole } from './check-input';
import { checkContextOptions, Context, type ContextOptions } from './context';
import { describeRenderer, type RendererInfo } from './renderer-info';
import { featuresOf, limitsOf, type RendererFeatures, type RendererLimits } from './renderer-limits';
import type { Resource } from './resource';
import { SubContexts } from './sub-contexts';

/** Options of {@link Renderer.open}: those of the host, or a host of your own. */
export interface RendererOptions extends NativeHostOptions {
  /**
   * `none` (the default) renders in this process, where one renderer can be open. `process` starts a process for this
   * renderer: as many as you like can be open, each on a processor of its own, and a crash there is an error here. Until the
   * renderer is closed, its process keeps this one running.
   */
  isolation?: 'none' | 'process';
  /** Render through this host instead of opening one. It is closed with the renderer. */
  host?: RenderHost;
  /** The bytes of capability set 2 of `host`, for who has them already. Default: it is asked. */
  capset?: Uint8Array;
}

const ISOLATIONS: readonly unknown[] = ['none', 'process'] satisfies RendererOptions['isolation'][];

const checkIsolation = (isolation: unknown): void => {
  if (!ISOLATIONS.includes(isolation))
    throw invalidArgument('Renderer.open', 'isolation', "'none' or 'process'", isolation);
};

/** A headless renderer: contexts and their resources on one {@link RenderHost}. */
export class Renderer implements AsyncDisposable {
  /** What the host can take. */
  readonly limits: RendererLimits;
  /** What the host can do. */
  readonly features: RendererFeatures;
  /** Memory for pictures, to be used again. */
  readonly pool = new BufferPool();
  readonly #contexts = new Set<Context>();
  #nextContextId = 1;
  #nextResourceId = 1;

  private constructor(
    /** Every call that this renderer makes goes through it. */
    readonly host: RenderHost,
    /** What renders, and how. */
    readonly info: RendererInfo,
  ) {
    this.limits = limitsOf(info.capset);
    this.features = featuresOf(info.capset);
  }

  /**
   * Opens virglrenderer, on a render node if there is one, otherwise in software.
   * @throws VirglError as `NativeHost.open` does; `ERR_VIRGL_ARGUMENT` for options that a given host can't take
   */
  static async open(options: RendererOptions = {}): Promise<Renderer> {
    checkObject('Renderer.open', 'options', options);
    const { host: given, capset, isolation = 'none', ...hostOptions } = options;
    checkIsolation(isolation);
    const others = [...Object.keys(hostOptions), ...(isolation === 'none' ? [] : ['isolation'])];
    if (given !== undefined && others.length > 0) {
      throw new VirglError(
        'ERR_VIRGL_ARGUMENT',
        `Renderer.open: ${others.join(', ')} can't be combined with host`,
        {
          operation: 'Renderer.open',
          field: others[0],
        },
      );
    }
    if (given !== undefined && typeof given?.fillCaps !== 'function')
      throw invalidArgument('Renderer.open', 'host', 'a RenderHost', given);
    if (capset !== undefined && (given === undefined || !(capset instanceof Uint8Array)))
      throw invalidArgument('Renderer.open', 'capset', 'a Uint8Array beside host', capset);
    const open = isolation === 'none' ? NativeHost.open : openPrivateHost;
    const host = given ?? (await open(hostOptions));
    try {
      return new Renderer(host, await describeRenderer(host, capset));
    } catch (error) {
      if (given === undefined) await host.close();
      throw error;
    }
  }

  /** Live contexts. */
  get contexts(): ReadonlySet<Context> {
    return this.#contexts;
  }

  /**
   * Makes a context: a command stream with objects and state of its own.
   * @throws VirglError `ERR_VIRGL_REFUSED`, `ERR_VIRGL_CLOSED`
   */
  async createContext(options: ContextOptions = {}): Promise<Context> {
    checkContextOptions('createContext', options);
    const contextId = options.id ?? this.#nextContextId;
    this.#nextContextId = Math.max(this.#nextContextId, contextId + 1);
    await this.host.contextCreate({ contextId, name: options.label });
    const home = {
      host: this.host,
      contextId,
      verbatim: options.verbatim ?? false,
      takeResourceId: (given?: number) => this.#takeResourceId(given),
      subContexts: new SubContexts(),
      attached: new Set<Resource>(),
      onDestroyed: () => void this.#contexts.delete(context),
    };
    const context: Context = new Context(home, 0, options.label);
    this.#contexts.add(context);
    return context;
  }

  #takeResourceId(given: number | undefined): number {
    if (given !== undefined) checkWhole('createResource', 'id', given, [1, MAX_ID]);
    const id = given ?? this.#nextResourceId;
    this.#nextResourceId = Math.max(this.#nextResourceId, id + 1);
    return id;
  }

  /** Lets queued work finish, destroys everything and ends the host. Safe to call twice. */
  close(): Promise<void> {
    this.#contexts.clear();
    return this.host.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
