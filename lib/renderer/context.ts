// A context: Gallium's pipe_context. Its methods record commands; flush() and whatever waits for results sends them.

import { type RenderHost, SharedMemory } from '../host';
import { Bind, CommandEncoder, TextureTarget } from '../protocol';
import { invalidArgument, VirglError } from '../protocol/error';
import { type ContextObject, handleOf } from './context-object';
import { type ContextState, type StateTarget, writeState } from './context-state';
import * as drawing from './drawing';
import { Fence } from './fence';
import { ObjectTable } from './object-table';
import {
  Blend,
  type BlendDescriptor,
  DepthStencilAlpha,
  type DepthStencilAlphaDescriptor,
  Rasterizer,
  type RasterizerDescriptor,
  SamplerState,
  type SamplerStateDescriptor,
  SamplerView,
  type SamplerViewDescriptor,
  StreamOutputTarget,
  type StreamOutputTargetDescriptor,
  Surface,
  type SurfaceDescriptor,
  VertexElements,
  type VertexElementsDescriptor,
} from './objects';
import { Query, QUERY_RESULT_BYTES, type QueryDescriptor } from './query';
import { Resource, type ResourceDescriptor, type ResourceUser } from './resource';
import { checkShader, Shader, type ShaderDescriptor } from './shader';
import { SubContexts } from './sub-contexts';
import { slotPerElement, VertexInputs } from './vertex-inputs';
import { ViewCache } from './view-cache';

/** Options of `Renderer.createContext`. */
export interface ContextOptions {
  /** Shown in virglrenderer's log and in errors. At most 64 bytes. */
  label?: string;
}

/** What a context shares with its renderer and with the sub-contexts beside it. */
export interface ContextHome {
  readonly host: RenderHost;
  /** Id on the host. */
  readonly contextId: number;
  nextResourceId(): number;
  readonly subContexts: SubContexts;
  /** Tells the renderer that the context is gone. */
  onDestroyed(): void;
}

/** Recorded commands are sent when there are this many dwords; Mesa's command buffer holds as many. */
const FLUSH_DWORDS = 65536;

/**
 * One command stream with its objects and state. Objects, state and draws are recorded at once, in order, and sent by
 * {@link flush}; reading or writing a resource, queries and fences flush first. State that was never set has Gallium's
 * defaults: see the descriptors.
 */
export class Context implements StateTarget, ResourceUser, AsyncDisposable {
  /** What is recorded and not yet sent. Any command may be added. */
  readonly commands = new CommandEncoder();
  readonly #home: ContextHome;
  readonly #objects = new ObjectTable();
  readonly #views: ViewCache;
  readonly #resources = new Set<Resource>();
  readonly #queries = new Set<Query>();
  #colorBuffers: readonly boolean[] = [];
  #vertexInputs = new VertexInputs();
  #failure: VirglError | undefined;
  #destroyed: Promise<void> | undefined;

  /** Made by `Renderer.createContext` and {@link createSubContext}. */
  constructor(
    home: ContextHome,
    /** 0 for the one that every context has. */
    readonly subContextId: number,
    readonly label?: string,
  ) {
    this.#home = home;
    this.#views = new ViewCache(this);
    home.subContexts.begin(this.commands, subContextId);
    this.#bindDefaults();
  }

  /** Id on the host. */
  get id(): number {
    return this.#home.contextId;
  }

  /** For messages. */
  get name(): string {
    return this.label === undefined ? `context ${this.id}` : `context ${JSON.stringify(this.label)}`;
  }

  /** Live objects by kind, and resources. */
  counts(): Record<string, number> {
    return { ...this.#objects.counts(), resources: this.#resources.size };
  }

  // ---- resources ----

  /**
   * Makes a buffer or texture that this context can use.
   * @throws VirglError `ERR_VIRGL_ARGUMENT`, `ERR_VIRGL_REFUSED` when virglrenderer does not make such a thing
   */
  async createResource(descriptor: ResourceDescriptor): Promise<Resource> {
    this.#checkAlive('createResource');
    const resource = await Resource.create(this.#home.host, this.#home.nextResourceId(), descriptor);
    this.#resources.add(resource);
    await this.attach(resource);
    return resource;
  }

  /** As {@link createResource}, for a buffer with this content. */
  async createBuffer(descriptor: { label?: string; bind: number; data: ArrayBufferView }): Promise<Resource> {
    const { data, ...rest } = descriptor;
    const width = data.byteLength;
    const buffer = await this.createResource({ ...rest, target: TextureTarget.BUFFER, width });
    await buffer.write(data);
    return buffer;
  }

  /** Lets this context use a resource that another context of the same renderer made. */
  async attach(resource: Resource): Promise<void> {
    resource.addUser(this);
    await this.#home.host.ctxAttachResource({ contextId: this.id, resourceId: resource.id });
  }

  // ---- objects ----

  /** Blending; see {@link BlendDescriptor}. */
  createBlend(descriptor: BlendDescriptor = {}): Blend {
    return this.#create(Blend, descriptor, (handle, args) => this.commands.createBlend({ handle, ...args }));
  }

  /** Rasterization; see {@link RasterizerDescriptor}. */
  createRasterizer(descriptor: RasterizerDescriptor = {}): Rasterizer {
    const defaults = { depthClip: true, halfPixelCenter: true };
    return this.#create(Rasterizer, descriptor, (handle, args) =>
      this.commands.createRasterizer({ handle, ...defaults, ...args }),
    );
  }

  /** Depth, stencil and alpha tests; see {@link DepthStencilAlphaDescriptor}. */
  createDepthStencilAlpha(descriptor: DepthStencilAlphaDescriptor = {}): DepthStencilAlpha {
    return this.#create(DepthStencilAlpha, descriptor, (handle, args) =>
      this.commands.createDsa({ handle, ...args }),
    );
  }

  /** Vertex attributes. */
  createVertexElements(descriptor: VertexElementsDescriptor): VertexElements {
    const { elements, bufferOfSlot } = slotPerElement(descriptor.elements);
    const object = this.#create(VertexElements, { ...descriptor, elements }, (handle, args) =>
      this.commands.createVertexElements({ handle, ...args }),
    );
    object.bufferOfSlot = bufferOfSlot;
    return object;
  }

  /** Filtering and wrapping; see {@link SamplerStateDescriptor}. */
  createSamplerState(descriptor: SamplerStateDescriptor = {}): SamplerState {
    return this.#create(SamplerState, descriptor, (handle, args) =>
      this.commands.createSamplerState({ handle, ...args }),
    );
  }

  /** A view to draw to. */
  createSurface(descriptor: SurfaceDescriptor): Surface {
    const { resource, ...rest } = descriptor;
    const id = this.resourceId('resource', resource);
    return this.#create(Surface, rest, (handle, args) =>
      this.commands.createSurface({
        handle,
        resource: id,
        format: resource.descriptor.format,
        ...args,
      } as never),
    );
  }

  /** A view for shaders. */
  createSamplerView(descriptor: SamplerViewDescriptor): SamplerView {
    const { resource, ...rest } = descriptor;
    const id = this.resourceId('resource', resource);
    const whole = this.#views.wholeOf(resource);
    return this.#create(SamplerView, rest, (handle, args) =>
      this.commands.createSamplerView({ handle, resource: id, ...whole, ...args } as never),
    );
  }

  /** A range of a buffer for stream output. */
  createStreamOutputTarget(descriptor: StreamOutputTargetDescriptor): StreamOutputTarget {
    const { resource, bufferOffset = 0, ...rest } = descriptor;
    const bufferSize = rest.bufferSize ?? resource.descriptor.width - bufferOffset;
    const id = this.resourceId('resource', resource);
    return this.#create(StreamOutputTarget, { label: rest.label }, (handle) =>
      this.commands.createStreamoutTarget({ handle, resource: id, bufferOffset, bufferSize }),
    );
  }

  /**
   * A shader, from TGSI text, which is checked first.
   * @throws VirglError `ERR_VIRGL_DECODE` or `ERR_VIRGL_ARGUMENT` with line and column for what virglrenderer would not accept
   */
  createShader(descriptor: ShaderDescriptor): Shader {
    const { label, text, streamOutput, sharedMemoryBytes } = descriptor;
    const stage = checkShader(descriptor);
    const handle = this.#objects.allocateHandle();
    const args = { handle, stage: drawing.stageNumber(stage), text, streamOutput, sharedMemoryBytes };
    this.commands.createShader(args as never);
    return this.#objects.add(new Shader(this, handle, label, stage));
  }

  /** A query, with a buffer of its own for the result. */
  async createQuery(descriptor: QueryDescriptor): Promise<Query> {
    const { label, type, index = 0 } = descriptor;
    const buffer = await this.createResource({
      label,
      target: TextureTarget.BUFFER,
      bind: Bind.CUSTOM,
      width: QUERY_RESULT_BYTES,
    });
    const memory = SharedMemory.create(QUERY_RESULT_BYTES, { name: 'virgl-query' });
    await this.#home.host.resourceAttachIov({ resourceId: buffer.id, backing: [memory.range()] });
    const handle = this.#objects.allocateHandle();
    this.commands.createQuery({ handle, queryType: type, index, resource: buffer.id });
    const query = new Query(this, handle, label, { buffer, memory });
    this.#queries.add(query);
    return this.#objects.add(query);
  }

  // ---- state and work ----

  /**
   * Sets state; what is left out stays as it is.
   * @throws VirglError `ERR_VIRGL_ARGUMENT` naming the key, and nothing of it is set; `ERR_VIRGL_CLOSED` for destroyed objects
   */
  setState(state: ContextState): void {
    this.#checkAlive('setState');
    const inputs = this.#vertexInputs.with(state);
    this.#recordWhole(() => writeState(this, inputs.apply(state, this.#vertexInputs)));
    this.#vertexInputs = inputs;
    const color = state.framebuffer?.color;
    if (state.framebuffer !== undefined)
      this.#colorBuffers = (color ?? []).map((attachment) => attachment !== null);
  }

  /** Clears the bound framebuffer: what is named. */
  clear(values: drawing.ClearValues): void {
    this.#record('clear', () => drawing.recordClear(this, values, this.#colorBuffers));
  }

  /** Draws. */
  draw(args: drawing.DrawArguments): void {
    this.#record('draw', () => drawing.recordDraw(this, args));
  }

  /** Runs the bound compute shader. */
  launchGrid(args: drawing.GridArguments): void {
    this.#record('launchGrid', () => drawing.recordGrid(this, args));
  }

  /** Copies with scaling, conversion and filtering; resolves samples. */
  blit(args: drawing.BlitArguments): void {
    this.#record('blit', () => drawing.recordBlit(this, args));
  }

  /** Copies texels or bytes as they are. */
  copyRegion(args: drawing.CopyArguments): void {
    this.#record('copyRegion', () => drawing.recordCopy(this, args));
  }

  /** Makes writes of shaders visible: flags of `Barrier` in virgl/protocol. */
  memoryBarrier(flags: number): void {
    this.#record('memoryBarrier', () => this.commands.memoryBarrier({ flags }));
  }

  /** Begins counting. Not for TIMESTAMP, which only ends. */
  beginQuery(query: Query): void {
    this.#record('beginQuery', () => {
      this.commands.beginQuery({ handle: this.#queryHandle('beginQuery', query) });
      query.ended = false;
    });
  }

  /** Ends counting, or takes the time. */
  endQuery(query: Query): void {
    this.#record('endQuery', () => {
      this.commands.endQuery({ handle: this.#queryHandle('endQuery', query) });
      query.ended = true;
    });
  }

  /**
   * The result of a query that has ended; waits for it.
   * @throws VirglError `ERR_VIRGL_ARGUMENT` if it has not ended, `ERR_VIRGL_CLOSED`, and as {@link flush}
   */
  async queryResult(query: Query): Promise<bigint> {
    this.#checkAlive('queryResult');
    const handle = this.#queryHandle('queryResult', query);
    if (!query.ended) throw invalidArgument('queryResult', 'query', 'one that has ended', query.describe());
    query.expectResult();
    this.commands.getQueryResult({ handle, wait: true });
    // Without a fence a GPU that has nothing else to do may keep the commands to itself.
    await this.finished();
    for (;;) {
      this.#checkAlive('queryResult');
      this.#queryHandle('queryResult', query);
      const { result } = query;
      if (result !== undefined) return result;
      // virglrenderer writes late results when it is polled.
      await this.#home.host.poll();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  // ---- sending ----

  /**
   * Sends what was recorded.
   * @throws VirglError `ERR_VIRGL_CONTEXT_LOST` or `ERR_VIRGL_REFUSED`, also for what was sent on the way since
   */
  async flush(): Promise<void> {
    if (this.#home.subContexts.isEmpty(this.commands)) {
      if (this.#failure !== undefined) throw this.#failure;
      return;
    }
    const sent = this.#send();
    await sent;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Sends what was recorded, and then commands that were encoded elsewhere. They may be reused as soon as this returns. */
  submit(commands: CommandEncoder | Uint32Array): Promise<void> {
    const dwords = commands instanceof CommandEncoder ? commands.view() : commands;
    if (!(dwords instanceof Uint32Array)) {
      return Promise.reject(
        invalidArgument('submit', 'commands', 'a CommandEncoder or a Uint32Array', commands),
      );
    }
    this.commands.append(dwords);
    return this.flush();
  }

  /** A point after everything recorded so far. */
  fence(): Fence {
    const flushed = this.flush();
    const reached = this.#home.host.createFence({ contextId: this.id });
    return new Fence(Promise.all([flushed, reached]).then(() => undefined));
  }

  /** Resolves when everything recorded so far has been executed by the GPU. */
  finished(): Promise<void> {
    return this.fence().finished;
  }

  // ---- sub-contexts and the end ----

  /** Another stream with objects and state of its own inside the same context, sharing its resources. */
  async createSubContext(options: ContextOptions = {}): Promise<Context> {
    this.#checkAlive('createSubContext');
    await this.flush();
    const id = this.#home.subContexts.create(this.commands, this.subContextId);
    return new Context({ ...this.#home, onDestroyed: () => undefined }, id, options.label);
  }

  /** Destroys the context, its objects and the resources it made. Safe to call twice. */
  destroy(): Promise<void> {
    this.#destroyed ??= this.#destroy();
    return this.#destroyed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.destroy();
  }

  // ---- for objects, views and resources ----

  /** Called by objects when they are destroyed. */
  release(object: ContextObject): void {
    if (this.#destroyed !== undefined) return;
    this.#objects.remove(object, this.commands);
    if (!(object instanceof Query)) return;
    this.#queries.delete(object);
    object.releaseResult().catch((error: VirglError) => this.#fail(error));
  }

  /** Called by resources when they are destroyed. */
  forget(resource: Resource): void {
    this.#views.forget(resource);
    this.#resources.delete(resource);
  }

  /** The surface of a resource's level 0, layer 0. */
  surfaceOf(resource: Resource): Surface {
    return this.#views.surfaceOf(resource);
  }

  /** The view of a whole resource. */
  samplerViewOf(resource: Resource): SamplerView {
    return this.#views.samplerViewOf(resource);
  }

  /** The id of a resource for a command. */
  resourceId(field: string, resource: unknown): number {
    if (!(resource instanceof Resource)) throw invalidArgument(this.name, field, 'a Resource', resource);
    if (!resource.destroyed) return resource.id;
    throw new VirglError('ERR_VIRGL_CLOSED', `${this.name}: ${field}: ${resource.describe()} was destroyed`, {
      field,
    });
  }

  #create<Kind extends ContextObject, Args extends { label?: string }>(
    kind: new (owner: Context, handle: number, label: string | undefined) => Kind,
    descriptor: Args,
    encode: (handle: number, args: Omit<Args, 'label'>) => void,
  ): Kind {
    this.#checkAlive(`create${kind.name}`);
    const { label, ...args } = descriptor;
    const handle = this.#objects.allocateHandle();
    encode(handle, args);
    return this.#objects.add(new kind(this, handle, label));
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

  #record(operation: string, record: () => unknown): void {
    this.#checkAlive(operation);
    record();
    if (this.commands.dwords >= FLUSH_DWORDS) void this.#send();
  }

  /** Records all of it or, if it throws, nothing. */
  #recordWhole(record: () => void): void {
    const before = this.commands.finish();
    try {
      record();
    } catch (error) {
      this.commands.reset().append(before);
      throw error;
    }
  }

  // Never rejects: a failure is kept for whoever asks next.
  #send(): Promise<void> {
    const { host, contextId, subContexts } = this.#home;
    const sent = host.submitCmd({ contextId, commands: this.commands.view() });
    subContexts.begin(this.commands.reset(), this.subContextId);
    return sent.catch((error: VirglError) => this.#fail(error));
  }

  #fail(error: VirglError): void {
    this.#failure ??= error;
  }

  #queryHandle(operation: string, query: Query): number {
    return handleOf(this, operation, 'query', query, Query);
  }

  async #destroy(): Promise<void> {
    const { host, contextId, subContexts } = this.#home;
    if (this.subContextId !== 0) {
      subContexts.destroy(this.commands, this.subContextId);
      await this.#send();
    }
    await Promise.all([...this.#queries].map((query) => query.releaseResult()));
    await Promise.all([...this.#resources].map((resource) => resource.destroy()));
    if (this.subContextId === 0) await host.contextDestroy({ contextId });
    this.#home.onDestroyed();
  }

  #checkAlive(operation: string): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#destroyed === undefined) return;
    throw new VirglError('ERR_VIRGL_CLOSED', `${operation}: ${this.name} was destroyed`, {
      operation,
      contextId: this.id,
    });
  }
}
