// A context: Gallium's pipe_context. Its methods record commands; flush() and whatever waits for results sends them.

import { MAX_ID } from '../host/call-table';
import { CommandEncoder } from '../protocol';
import { invalidArgument, VirglError } from '../protocol/error';
import { checkObject, checkWhole } from './check-input';
import { ContextFactory } from './context-factory';
import { handleOf } from './context-object';
import type { ContextState, StateTarget } from './context-state';
import type { ContextHome } from './context-stream';
import * as drawing from './drawing';
import { Query } from './query';
import type { Resource } from './resource';
import type { Shader } from './shader';
import { VertexInputs } from './vertex-inputs';
import { withViewport, writeState } from './write-state';

/** Options of `Renderer.createContext`. */
export interface ContextOptions {
  /** Shown in virglrenderer's log and in errors. At most 64 bytes. */
  label?: string;
  /** Id on the host. Default: one past the greatest so far. */
  id?: number;
  /**
   * Record word for word what it is told, for streams that somebody else composed: no default state to begin with, no viewport that
   * comes with a framebuffer, vertex elements and buffers in the slots they have, and nothing is sent before it is asked for. So do
   * its sub-contexts. Default false.
   */
  verbatim?: boolean;
}

/** What a sub-context can be given. */
export type SubContextOptions = Pick<ContextOptions, 'label'>;

const CONTEXT_KEYS = ['label', 'id', 'verbatim'];

/** How long a result may still take when the GPU has done all its work. */
const RESULT_TIMEOUT_MS = 5000;

/** Throws unless options of a context are as described. */
export const checkContextOptions = (
  operation: string,
  options: ContextOptions,
  keys: readonly string[] = CONTEXT_KEYS,
): void => {
  checkObject(operation, 'options', options, keys);
  const { label, id, verbatim = false } = options;
  if (label !== undefined && typeof label !== 'string')
    throw invalidArgument(operation, 'label', 'a string', label);
  if (id !== undefined) checkWhole(operation, 'id', id, [1, MAX_ID]);
  if (typeof verbatim !== 'boolean') throw invalidArgument(operation, 'verbatim', 'a boolean', verbatim);
};

const noResult = (query: Query): VirglError => {
  const message = `queryResult: virglrenderer wrote no result for ${query.describe()}`;
  return new VirglError('ERR_VIRGL_REFUSED', message, { operation: 'queryResult', field: 'query' });
};

/**
 * One command stream with its objects and state. Objects, state and draws are recorded at once, in order, and sent by
 * {@link flush}; reading or writing a resource, queries and fences flush first. State that was never set has Gallium's
 * defaults: see the descriptors.
 */
export class Context extends ContextFactory implements drawing.DrawTarget, AsyncDisposable {
  /** Views that are made on the way are objects of the context whatever happens; state is recorded whole or not at all. */
  readonly #stateTarget: StateTarget = {
    owner: this,
    commands: new CommandEncoder({ capacityDwords: 256 }),
    surfaceOf: (field, resource) => {
      this.resourceId(field, resource);
      return this.views.surfaceOf(resource);
    },
    samplerViewOf: (field, resource) => {
      this.resourceId(field, resource);
      return this.views.samplerViewOf(resource);
    },
    resourceId: (field, resource) => this.resourceId(field, resource as Resource),
  };
  #colorBuffers: readonly boolean[] = [];
  #vertexInputs = new VertexInputs();
  #destroyed: Promise<void> | undefined;

  /** Made by `Renderer.createContext` and {@link createSubContext}. */
  constructor(home: ContextHome, subContextId: number, label?: string) {
    super(home, subContextId, label);
    if (!home.verbatim) this.#bindDefaults();
  }

  /** True after {@link destroy}. */
  get destroyed(): boolean {
    return this.#destroyed !== undefined;
  }

  /**
   * Sets state; what is left out stays as it is.
   * @throws VirglError `ERR_VIRGL_ARGUMENT` naming the key, and nothing of it is set; `ERR_VIRGL_CLOSED` for destroyed objects
   */
  setState(state: ContextState): void {
    this.record('setState', () => {
      const target = this.#stateTarget;
      target.commands.reset();
      const inputs = this.#vertexInputs.with(state);
      const moved = inputs.apply(state, this.#vertexInputs);
      writeState(target, this.home.verbatim ? moved : withViewport(moved));
      this.commands.append(target.commands.view());
      this.#vertexInputs = inputs;
    });
    const color = state.framebuffer?.color;
    if (state.framebuffer !== undefined)
      this.#colorBuffers = Array.from(color ?? [], (attachment) => attachment != null);
  }

  /** Clears the bound framebuffer: what is named. */
  clear(values: drawing.ClearValues): void {
    this.record('clear', () => drawing.recordClear(this, values, this.#colorBuffers));
  }

  /** Draws. */
  draw(args: drawing.DrawArguments): void {
    this.record('draw', () => drawing.recordDraw(this, args));
  }

  /** Runs the bound compute shader. */
  launchGrid(args: drawing.GridArguments): void {
    this.record('launchGrid', () => drawing.recordGrid(this, args));
  }

  /** Copies with scaling, conversion and filtering; resolves samples. */
  blit(args: drawing.BlitArguments): void {
    this.record('blit', () => drawing.recordBlit(this, args));
  }

  /** Copies texels or bytes as they are. */
  copyRegion(args: drawing.CopyArguments): void {
    this.record('copyRegion', () => drawing.recordCopy(this, args));
  }

  /** Makes writes of shaders visible: flags of `Barrier` in virgl/protocol. */
  memoryBarrier(flags: number): void {
    this.record('memoryBarrier', () => this.commands.memoryBarrier({ flags }));
  }

  /** Orders writes to the framebuffer and reads of the same texture: flags of `TextureBarrier` in virgl/protocol. */
  textureBarrier(flags: number): void {
    this.record('textureBarrier', () => this.commands.textureBarrier({ flags }));
  }

  /** Has the host link these shaders, one of a stage, before the first draw needs them. A hint. */
  linkShaders(shaders: readonly Shader[]): void {
    this.record('linkShaders', () => drawing.recordLink(this, this.commands, shaders));
  }

  /** Tells the debugger of the host, and whoever reads the stream, where this is. */
  stringMarker(text: string): void {
    this.record('stringMarker', () => this.commands.sendStringMarker({ text }));
  }

  /** Begins counting. Not for TIMESTAMP, which only ends. */
  beginQuery(query: Query): void {
    this.record('beginQuery', () => {
      this.commands.beginQuery({ handle: this.#queryHandle('beginQuery', query) });
      query.ended = false;
    });
  }

  /** Ends counting, or takes the time. */
  endQuery(query: Query): void {
    this.record('endQuery', () => {
      this.commands.endQuery({ handle: this.#queryHandle('endQuery', query) });
      query.ended = true;
    });
  }

  /**
   * The result of a query that has ended; waits for it.
   * @throws VirglError `ERR_VIRGL_ARGUMENT` if it has not ended, `ERR_VIRGL_CLOSED`, and as {@link flush}
   */
  async queryResult(query: Query): Promise<bigint> {
    this.checkAlive('queryResult');
    const handle = this.#queryHandle('queryResult', query);
    if (!query.ended) throw invalidArgument('queryResult', 'query', 'one that has ended', query.describe());
    query.expectResult();
    this.commands.getQueryResult({ handle, wait: true });
    // Without a fence a GPU that has nothing else to do may keep the commands to itself.
    await this.finished();
    const deadline = performance.now() + RESULT_TIMEOUT_MS;
    for (;;) {
      this.checkAlive('queryResult');
      this.#queryHandle('queryResult', query);
      const { result } = query;
      if (result !== undefined) return result;
      if (performance.now() > deadline) throw noResult(query);
      // virglrenderer writes late results when it is polled.
      await this.home.host.poll();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Another stream with objects and state of its own inside the same context, sharing its resources. */
  async createSubContext(options: SubContextOptions = {}): Promise<Context> {
    this.checkAlive('createSubContext');
    checkContextOptions('createSubContext', options, ['label']);
    const { subContexts } = this.home;
    await this.flush();
    const id = subContexts.create(this.commands, this.subContextId);
    // Before anything that the new one sends.
    await this.flush();
    const onDestroyed = (): void => void subContexts.members.delete(context);
    const context: Context = new Context({ ...this.home, onDestroyed }, id, options.label);
    subContexts.members.add(context);
    return context;
  }

  /** Destroys the context, its objects and the resources it made. Safe to call twice. */
  destroy(): Promise<void> {
    this.#destroyed ??= this.#destroy();
    return this.#destroyed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.destroy();
  }

  #bindDefaults(): void {
    this.setState({
      blend: this.createBlend({ label: 'default' }),
      rasterizer: this.createRasterizer({ label: 'default' }),
      depthStencilAlpha: this.createDepthStencilAlpha({ label: 'default' }),
      vertexElements: this.createVertexElements({ label: 'default', elements: [] }),
      sampleMask: 0xffffffff,
    });
  }

  #queryHandle(operation: string, query: Query): number {
    return handleOf(this, operation, 'query', query, Query);
  }

  async #destroy(): Promise<void> {
    const { host, contextId, subContexts } = this.home;
    const ends = this.subContextId === 0 ? [...subContexts.members].map((member) => member.destroy()) : [];
    if (this.subContextId !== 0) subContexts.destroy(this.commands, this.subContextId);
    this.send();
    ends.push(...this.endObjects());
    if (this.subContextId === 0) ends.push(host.contextDestroy({ contextId }));
    this.home.onDestroyed();
    const settled = await Promise.allSettled(ends);
    const failed = settled.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    if (failed !== undefined && failed.reason?.code !== 'ERR_VIRGL_CLOSED') throw failed.reason;
  }
}
