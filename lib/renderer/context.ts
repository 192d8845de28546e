// A context: Gallium's pipe_context. Its methods record commands; flush() and whatever waits for results sends them.

import { type RenderHost, SharedMemory } from '../host';
import { Bind, CommandEncoder, TextureTarget } from '../protocol';
import { invalidArgument, VirglError } from '../protocol/error';
import { checkObject, checkWhole } from './check-input';
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
import { checkQuery, Query, QUERY_RESULT_BYTES, type QueryDescriptor } from './query';
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
  /** Resources that this context and its sub-contexts may use. */
  readonly attached: Set<Resource>;
  /** Tells the renderer that the context is gone. */
  onDestroyed(): void;
}

/** Recorded commands are sent when there are this many dwords; Mesa's command buffer holds as many. */
const FLUSH_DWORDS = 65536;
/** How long a result may still take when the GPU has done all its work. */
const RESULT_TIMEOUT_MS = 5000;
const STREAM_OUTPUT_KEYS = ['label', 'resource', 'bufferOffset', 'bufferSize'];
const SHADER_KEYS = ['label', 'stage', 'text', 'streamOutput', 'sharedMemoryBytes'];
/** Failures after which a context never works again. */
const FINAL_FAILURES: readonly string[] = ['ERR_VIRGL_CONTEXT_LOST', 'ERR_VIRGL_CLOSED'];

/** Throws unless options of a context are as described. */
export const checkContextOptions = (operation: string, options: ContextOptions): void => {
  checkObject(operation, 'options', options, ['label']);
  const { label } = options;
  if (label === undefined || typeof label === 'string') return;
  throw invalidArgument(operation, 'label', 'a string', label);
};

const checkView = (resource: Resource, view: Record<string, unknown>): void => {
  const operation = 'createSamplerView';
  const { target, arraySize, lastLevel } = resource.descriptor;
  if (target === TextureTarget.BUFFER) return;
  checkWhole(operation, 'firstLevel', view.firstLevel, [0, lastLevel]);
  checkWhole(operation, 'lastLevel', view.lastLevel, [Number(view.firstLevel), lastLevel]);
  checkWhole(operation, 'firstLayer', view.firstLayer, [0, arraySize - 1]);
  checkWhole(operation, 'lastLayer', view.lastLayer, [Number(view.firstLayer), arraySize - 1]);
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
export class Context implements drawing.DrawTarget, ResourceUser, AsyncDisposable {
  /** What is recorded and not yet sent. Any command may be added. */
  readonly commands = new CommandEncoder();
  /** Views that are made on the way are objects of the context whatever happens; state is recorded whole or not at all. */
  readonly #stateTarget: StateTarget = {
    owner: this,
    commands: new CommandEncoder({ capacityDwords: 256 }),
    surfaceOf: (field, resource) => {
      this.resourceId(field, resource);
      return this.#views.surfaceOf(resource);
    },
    samplerViewOf: (field, resource) => {
      this.resourceId(field, resource);
      return this.#views.samplerViewOf(resource);
    },
    resourceId: (field, resource) => this.resourceId(field, resource as Resource),
  };
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
    if (this.label !== undefined) return `context ${JSON.stringify(this.label)}`;
    return `context ${this.id}${this.subContextId === 0 ? '' : `, sub-context ${this.subContextId}`}`;
  }

  /** True after {@link destroy}. */
  get destroyed(): boolean {
    return this.#destroyed !== undefined;
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
    try {
      await this.attach(resource);
    } catch (error) {
      await resource.destroy();
      throw error;
    }
    this.#resources.add(resource);
    return resource;
  }

  /** As {@link createResource}, for a buffer with this content. */
  async createBuffer(descriptor: { label?: string; bind: number; data: ArrayBufferView }): Promise<Resource> {
    checkObject('createBuffer', 'descriptor', descriptor, ['label', 'bind', 'data']);
    const { data, ...rest } = descriptor;
    if (!ArrayBuffer.isView(data) || data.byteLength === 0)
      throw invalidArgument('createBuffer', 'data', 'a typed array that is not empty', data);
    const width = data.byteLength;
    const buffer = await this.createResource({ ...rest, target: TextureTarget.BUFFER, width });
    try {
      await buffer.write(data);
    } catch (error) {
      await buffer.destroy();
      throw error;
    }
    return buffer;
  }

  /** Lets this context use a resource that another context of the same renderer made. */
  async attach(resource: Resource): Promise<void> {
    this.#checkAlive('attach');
    this.#checkResource('attach', 'resource', resource);
    await this.#home.host.ctxAttachResource({ contextId: this.id, resourceId: resource.id });
    this.#checkAlive('attach');
    this.#home.attached.add(resource);
    resource.addUser(this);
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
    checkObject('createVertexElements', 'descriptor', descriptor);
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
    this.#checkAlive('createSurface');
    checkObject('createSurface', 'descriptor', descriptor);
    const { resource, label, ...args } = descriptor;
    const id = this.resourceId('resource', resource);
    const { firstLayer = 0, lastLayer = firstLayer } = args;
    const [width, height, layers] = resource.levelSize(args.level, 'createSurface');
    checkWhole('createSurface', 'firstLayer', firstLayer, [0, layers - 1]);
    checkWhole('createSurface', 'lastLayer', lastLayer, [firstLayer, layers - 1]);
    const handle = this.#objects.allocateHandle();
    const { format, target } = resource.descriptor;
    const range = target === TextureTarget.BUFFER ? {} : { firstLayer, lastLayer };
    this.commands.createSurface({ handle, resource: id, format, ...args, ...range } as never);
    this.#sendIfLong();
    return this.#objects.add(new Surface(this, handle, label, { width, height }));
  }

  /** A view for shaders. */
  createSamplerView(descriptor: SamplerViewDescriptor): SamplerView {
    checkObject('createSamplerView', 'descriptor', descriptor);
    const { resource, ...rest } = descriptor;
    const id = this.resourceId('resource', resource);
    const whole = this.#views.wholeOf(resource);
    checkView(resource, { ...whole, ...rest });
    return this.#create(SamplerView, rest, (handle, args) =>
      this.commands.createSamplerView({ handle, resource: id, ...whole, ...args } as never),
    );
  }

  /** A range of a buffer for stream output. */
  createStreamOutputTarget(descriptor: StreamOutputTargetDescriptor): StreamOutputTarget {
    const operation = 'createStreamOutputTarget';
    checkObject(operation, 'descriptor', descriptor, STREAM_OUTPUT_KEYS);
    const { label, resource, bufferOffset = 0 } = descriptor;
    const id = this.resourceId('resource', resource);
    const { width } = resource.descriptor;
    checkWhole(operation, 'bufferOffset', bufferOffset, [0, width]);
    const { bufferSize = width - bufferOffset } = descriptor;
    checkWhole(operation, 'bufferSize', bufferSize, [0, width - bufferOffset]);
    return this.#create(StreamOutputTarget, { label }, (handle) =>
      this.commands.createStreamoutTarget({ handle, resource: id, bufferOffset, bufferSize }),
    );
  }

  /**
   * A shader, from TGSI text, which is checked first.
   * @throws VirglError `ERR_VIRGL_DECODE` or `ERR_VIRGL_ARGUMENT` with line and column for what virglrenderer would not accept
   */
  createShader(descriptor: ShaderDescriptor): Shader {
    this.#checkAlive('createShader');
    checkObject('createShader', 'descriptor', descriptor, SHADER_KEYS);
    const { label, text, streamOutput, sharedMemoryBytes } = descriptor;
    const stage = checkShader(descriptor);
    const handle = this.#objects.allocateHandle();
    const args = { handle, stage: drawing.stageNumber(stage), text, streamOutput, sharedMemoryBytes };
    this.commands.createShader(args as never);
    this.#sendIfLong();
    return this.#objects.add(new Shader(this, handle, label, stage));
  }

  /** A query, with a buffer of its own for the result. */
  async createQuery(descriptor: QueryDescriptor): Promise<Query> {
    checkQuery(descriptor);
    const { label, type, index = 0 } = descriptor;
    const target = TextureTarget.BUFFER;
    const buffer = await this.createResource({ label, target, bind: Bind.CUSTOM, width: QUERY_RESULT_BYTES });
    const memory = SharedMemory.create(QUERY_RESULT_BYTES, { name: 'virgl-query' });
    try {
      await this.#home.host.resourceAttachIov({ resourceId: buffer.id, backing: [memory.range()] });
      this.#checkAlive('createQuery');
    } catch (error) {
      await buffer.destroy();
      memory.close();
      throw error;
    }
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
    this.#record('setState', () => {
      const target = this.#stateTarget;
      target.commands.reset();
      const inputs = this.#vertexInputs.with(state);
      writeState(target, inputs.apply(state, this.#vertexInputs));
      this.commands.append(target.commands.view());
      this.#vertexInputs = inputs;
    });
    const color = state.framebuffer?.color;
    if (state.framebuffer !== undefined)
      this.#colorBuffers = Array.from(color ?? [], (attachment) => attachment != null);
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
    const deadline = performance.now() + RESULT_TIMEOUT_MS;
    for (;;) {
      this.#checkAlive('queryResult');
      this.#queryHandle('queryResult', query);
      const { result } = query;
      if (result !== undefined) return result;
      if (performance.now() > deadline) throw noResult(query);
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
    this.#checkAlive('flush');
    if (!this.#home.subContexts.isEmpty(this.commands)) await this.#send();
    this.#throwFailure();
  }

  /** Sends what was recorded, and then commands that were encoded elsewhere. They may be reused as soon as this returns. */
  async submit(commands: CommandEncoder | Uint32Array): Promise<void> {
    this.#checkAlive('submit');
    const dwords = commands instanceof CommandEncoder ? commands.view() : commands;
    if (!(dwords instanceof Uint32Array) || commands === this.commands)
      throw invalidArgument('submit', 'commands', 'another CommandEncoder or a Uint32Array', commands);
    this.commands.append(dwords);
    await this.flush();
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
    checkContextOptions('createSubContext', options);
    const { subContexts } = this.#home;
    await this.flush();
    const id = subContexts.create(this.commands, this.subContextId);
    // Before anything that the new one sends.
    await this.flush();
    const onDestroyed = (): void => void subContexts.members.delete(context);
    const context: Context = new Context({ ...this.#home, onDestroyed }, id, options.label);
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

  // ---- for objects, views and resources ----

  /** Sends what was recorded; what goes wrong is told by whatever is called next. */
  send(): void {
    if (!this.#home.subContexts.isEmpty(this.commands)) void this.#send();
  }

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
    this.#home.attached.delete(resource);
  }

  /**
   * The id of a resource for a command.
   * @throws VirglError `ERR_VIRGL_ARGUMENT` if it is none, or not attached; `ERR_VIRGL_CLOSED`
   */
  resourceId(field: string, resource: Resource): number {
    this.#checkResource(this.name, field, resource);
    if (!this.#home.attached.has(resource)) {
      const expected = `a Resource that is attached to ${this.name}`;
      throw invalidArgument(this.name, field, expected, resource.describe());
    }
    resource.addUser(this);
    return resource.id;
  }

  #checkResource(operation: string, field: string, resource: unknown): void {
    if (!(resource instanceof Resource)) throw invalidArgument(operation, field, 'a Resource', resource);
    if (resource.host !== this.#home.host)
      throw invalidArgument(operation, field, 'a Resource of the same renderer', resource.describe());
    if (!resource.destroyed) return;
    const message = `${operation}: ${field}: ${resource.describe()} was destroyed`;
    throw new VirglError('ERR_VIRGL_CLOSED', message, { operation, field, value: resource });
  }

  #create<Kind extends ContextObject, Args extends { label?: string }>(
    kind: new (owner: Context, handle: number, label: string | undefined) => Kind,
    descriptor: Args,
    encode: (handle: number, args: Omit<Args, 'label'>) => void,
  ): Kind {
    this.#checkAlive(`create${kind.name}`);
    checkObject(`create${kind.name}`, 'descriptor', descriptor);
    const { label, ...args } = descriptor;
    const handle = this.#objects.allocateHandle();
    encode(handle, args);
    this.#sendIfLong();
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
    this.#sendIfLong();
  }

  #sendIfLong(): void {
    if (this.commands.dwords >= FLUSH_DWORDS) void this.#send();
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
    const { host, contextId, subContexts, attached } = this.#home;
    const ends = this.subContextId === 0 ? [...subContexts.members].map((member) => member.destroy()) : [];
    if (this.subContextId !== 0) subContexts.destroy(this.commands, this.subContextId);
    this.send();
    for (const resource of attached) resource.removeUser(this);
    const results = [...this.#queries].map((query) => query.releaseResult());
    const resources = [...this.#resources].map((resource) => {
      attached.delete(resource);
      return resource.destroy();
    });
    if (this.subContextId === 0) ends.push(host.contextDestroy({ contextId }));
    this.#home.onDestroyed();
    const settled = await Promise.allSettled([...ends, ...results, ...resources]);
    const failed = settled.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    if (failed !== undefined && failed.reason?.code !== 'ERR_VIRGL_CLOSED') throw failed.reason;
  }

  #checkAlive(operation: string): void {
    this.#throwFailure();
    if (this.#destroyed === undefined) return;
    throw new VirglError('ERR_VIRGL_CLOSED', `${operation}: ${this.name} was destroyed`, {
      operation,
      contextId: this.id,
    });
  }

  // A refusal is told once; what came after it works again. A lost context stays lost.
  #throwFailure(): void {
    const failure = this.#failure;
    if (failure === undefined) return;
    if (!FINAL_FAILURES.includes(failure.code)) this.#failure = undefined;
    throw failure;
  }
}
