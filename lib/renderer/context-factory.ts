// Making things: resources that a context can use, and its objects.

import { SharedMemory } from '../host';
import { Bind, TextureTarget } from '../protocol';
import { invalidArgument, VirglError } from '../protocol/error';
import { checkObject, checkWhole } from './check-input';
import type { ContextObject, ObjectOwner } from './context-object';
import { ContextStream } from './context-stream';
import { stageNumber } from './drawing';
import { ObjectTable } from './object-table';
import {
  Blend,
  type BlendDescriptor,
  DepthStencilAlpha,
  type DepthStencilAlphaDescriptor,
  type ObjectOptions,
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
import { checkQuery, Query, QUERY_RESULT_BYTES, type QueryDescriptor, type QueryResultBuffer } from './query';
import { Resource, type ResourceDescriptor, type ResourceUser } from './resource';
import { checkShader, Shader, type ShaderDescriptor } from './shader';
import { slotPerElement } from './vertex-inputs';
import { ViewCache } from './view-cache';

const STREAM_OUTPUT_KEYS = ['label', 'handle', 'resource', 'bufferOffset', 'bufferSize'];
const SHADER_KEYS = [
  'label',
  'handle',
  'stage',
  'text',
  'streamOutput',
  'sharedMemoryBytes',
  'numTokens',
  'maxPacketDwords',
];

const checkView = (resource: Resource, view: Record<string, unknown>): void => {
  const operation = 'createSamplerView';
  const { target, arraySize, lastLevel } = resource.descriptor;
  if (target === TextureTarget.BUFFER) return;
  checkWhole(operation, 'firstLevel', view.firstLevel, [0, lastLevel]);
  checkWhole(operation, 'lastLevel', view.lastLevel, [Number(view.firstLevel), lastLevel]);
  checkWhole(operation, 'firstLayer', view.firstLayer, [0, arraySize - 1]);
  checkWhole(operation, 'lastLayer', view.lastLayer, [Number(view.firstLayer), arraySize - 1]);
};

/** The `create…` methods of a context, and what they made. */
export abstract class ContextFactory extends ContextStream implements ResourceUser, ObjectOwner {
  /** Views of whole resources. */
  protected readonly views = new ViewCache(this);
  readonly #objects = new ObjectTable();
  readonly #resources = new Set<Resource>();
  readonly #queries = new Set<Query>();

  /** Live objects by kind, and resources. */
  counts(): Record<string, number> {
    return { ...this.#objects.counts(), resources: this.#resources.size };
  }

  /**
   * Makes a buffer or texture that this context can use.
   * @throws VirglError `ERR_VIRGL_ARGUMENT`, `ERR_VIRGL_REFUSED` when virglrenderer does not make such a thing
   */
  async createResource(descriptor: ResourceDescriptor): Promise<Resource> {
    this.checkAlive('createResource');
    checkObject('createResource', 'descriptor', descriptor);
    const { id, ...rest } = descriptor;
    const resource = await Resource.create(this.home.host, this.home.takeResourceId(id), rest);
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
    this.checkAlive('attach');
    this.#checkResource('attach', 'resource', resource);
    await this.home.host.ctxAttachResource({ contextId: this.id, resourceId: resource.id });
    this.checkAlive('attach');
    this.home.attached.add(resource);
    resource.addUser(this);
  }

  /** Blending; see {@link BlendDescriptor}. */
  createBlend(descriptor: BlendDescriptor = {}): Blend {
    return this.#make(Blend, descriptor, (handle, args) => this.commands.createBlend({ handle, ...args }));
  }

  /** Rasterization; see {@link RasterizerDescriptor}. */
  createRasterizer(descriptor: RasterizerDescriptor = {}): Rasterizer {
    const defaults = { depthClip: true, halfPixelCenter: true };
    return this.#make(Rasterizer, descriptor, (handle, args) =>
      this.commands.createRasterizer({ handle, ...defaults, ...args }),
    );
  }

  /** Depth, stencil and alpha tests; see {@link DepthStencilAlphaDescriptor}. */
  createDepthStencilAlpha(descriptor: DepthStencilAlphaDescriptor = {}): DepthStencilAlpha {
    return this.#make(DepthStencilAlpha, descriptor, (handle, args) =>
      this.commands.createDsa({ handle, ...args }),
    );
  }

  /** Vertex attributes. */
  createVertexElements(descriptor: VertexElementsDescriptor): VertexElements {
    checkObject('createVertexElements', 'descriptor', descriptor);
    const given = descriptor.elements;
    const { elements, bufferOfSlot } = this.home.verbatim ? { elements: given } : slotPerElement(given);
    const object = this.#make(VertexElements, { ...descriptor, elements }, (handle, args) =>
      this.commands.createVertexElements({ handle, ...args }),
    );
    object.bufferOfSlot = bufferOfSlot;
    return object;
  }

  /** Filtering and wrapping; see {@link SamplerStateDescriptor}. */
  createSamplerState(descriptor: SamplerStateDescriptor = {}): SamplerState {
    return this.#make(SamplerState, descriptor, (handle, args) =>
      this.commands.createSamplerState({ handle, ...args }),
    );
  }

  /** A view to draw to. */
  createSurface(descriptor: SurfaceDescriptor): Surface {
    this.checkAlive('createSurface');
    checkObject('createSurface', 'descriptor', descriptor);
    const { resource, label, handle: wanted, ...args } = descriptor;
    const id = this.resourceId('resource', resource);
    const { firstLayer = 0, lastLayer = firstLayer } = args;
    const [width, height, layers] = resource.levelSize(args.level, 'createSurface');
    checkWhole('createSurface', 'firstLayer', firstLayer, [0, layers - 1]);
    checkWhole('createSurface', 'lastLayer', lastLayer, [firstLayer, layers - 1]);
    const handle = this.#objects.takeHandle('createSurface', wanted);
    const { format, target } = resource.descriptor;
    const range = target === TextureTarget.BUFFER ? {} : { firstLayer, lastLayer };
    this.commands.createSurface({ handle, resource: id, format, ...args, ...range } as never);
    this.sendIfLong();
    return this.#objects.add(new Surface(this, handle, label, { width, height }));
  }

  /** A view for shaders. */
  createSamplerView(descriptor: SamplerViewDescriptor): SamplerView {
    checkObject('createSamplerView', 'descriptor', descriptor);
    const { resource, ...rest } = descriptor;
    const id = this.resourceId('resource', resource);
    const whole = this.views.wholeOf(resource);
    checkView(resource, { ...whole, ...rest });
    return this.#make(SamplerView, rest, (handle, args) =>
      this.commands.createSamplerView({ handle, resource: id, ...whole, ...args } as never),
    );
  }

  /** A range of a buffer for stream output. */
  createStreamOutputTarget(descriptor: StreamOutputTargetDescriptor): StreamOutputTarget {
    const operation = 'createStreamOutputTarget';
    checkObject(operation, 'descriptor', descriptor, STREAM_OUTPUT_KEYS);
    const { label, handle: wanted, resource, bufferOffset = 0 } = descriptor;
    const id = this.resourceId('resource', resource);
    const { width } = resource.descriptor;
    checkWhole(operation, 'bufferOffset', bufferOffset, [0, width]);
    const { bufferSize = width - bufferOffset } = descriptor;
    checkWhole(operation, 'bufferSize', bufferSize, [0, width - bufferOffset]);
    return this.#make(StreamOutputTarget, { label, handle: wanted }, (handle) =>
      this.commands.createStreamoutTarget({ handle, resource: id, bufferOffset, bufferSize }),
    );
  }

  /**
   * A shader, from TGSI text, which is checked first.
   * @throws VirglError `ERR_VIRGL_DECODE` or `ERR_VIRGL_ARGUMENT` with line and column for what virglrenderer would not accept
   */
  createShader(descriptor: ShaderDescriptor): Shader {
    this.checkAlive('createShader');
    checkObject('createShader', 'descriptor', descriptor, SHADER_KEYS);
    const { label, handle: wanted, ...args } = descriptor;
    const stage = checkShader(descriptor);
    const handle = this.#objects.takeHandle('createShader', wanted);
    this.commands.createShader({ ...args, handle, stage: stageNumber(stage) as 0 });
    this.sendIfLong();
    return this.#objects.add(new Shader(this, handle, label, stage));
  }

  /** A query, by default with a buffer of its own for the result. */
  async createQuery(descriptor: QueryDescriptor): Promise<Query> {
    checkQuery(descriptor);
    const { label, type, index = 0, handle: wanted } = descriptor;
    const own = descriptor.result === undefined;
    const result = descriptor.result ?? (await this.#createResultBuffer(label));
    this.checkAlive('createQuery');
    const resource = this.resourceId('result.buffer', result.buffer);
    const handle = this.#objects.takeHandle('createQuery', wanted);
    this.commands.createQuery({ handle, queryType: type, index, resource });
    const query = new Query(this, handle, label, result);
    if (own) this.#queries.add(query);
    return this.#objects.add(query);
  }

  async #createResultBuffer(label: string | undefined): Promise<QueryResultBuffer> {
    const target = TextureTarget.BUFFER;
    const buffer = await this.createResource({ label, target, bind: Bind.CUSTOM, width: QUERY_RESULT_BYTES });
    const memory = SharedMemory.create(QUERY_RESULT_BYTES, { name: 'virgl-query' });
    try {
      await this.home.host.resourceAttachIov({ resourceId: buffer.id, backing: [memory.range()] });
      this.checkAlive('createQuery');
    } catch (error) {
      await buffer.destroy();
      memory.close();
      throw error;
    }
    return { buffer, memory };
  }

  /** Called by objects when they are destroyed. */
  release(object: ContextObject): void {
    if (this.destroyed) return;
    this.#objects.remove(object, this.commands);
    if (!(object instanceof Query) || !this.#queries.delete(object)) return;
    object.releaseResult().catch((error: VirglError) => this.fail(error));
  }

  /** Called by resources when they are destroyed. */
  forget(resource: Resource): void {
    this.views.forget(resource);
    this.#resources.delete(resource);
    this.home.attached.delete(resource);
  }

  /**
   * The id of a resource for a command.
   * @throws VirglError `ERR_VIRGL_ARGUMENT` if it is none, or not attached; `ERR_VIRGL_CLOSED`
   */
  resourceId(field: string, resource: Resource): number {
    this.#checkResource(this.name, field, resource);
    if (!this.home.attached.has(resource)) {
      const expected = `a Resource that is attached to ${this.name}`;
      throw invalidArgument(this.name, field, expected, resource.describe());
    }
    resource.addUser(this);
    return resource.id;
  }

  #checkResource(operation: string, field: string, resource: unknown): void {
    if (!(resource instanceof Resource)) throw invalidArgument(operation, field, 'a Resource', resource);
    if (resource.host !== this.home.host)
      throw invalidArgument(operation, field, 'a Resource of the same renderer', resource.describe());
    if (!resource.destroyed) return;
    const message = `${operation}: ${field}: ${resource.describe()} was destroyed`;
    throw new VirglError('ERR_VIRGL_CLOSED', message, { operation, field, value: resource });
  }

  /** Lets go of everything that was made. */
  protected endObjects(): Promise<void>[] {
    const { attached } = this.home;
    for (const resource of attached) resource.removeUser(this);
    const results = [...this.#queries].map((query) => query.releaseResult());
    const resources = [...this.#resources].map((resource) => {
      attached.delete(resource);
      return resource.destroy();
    });
    return [...results, ...resources];
  }

  #make<Kind extends ContextObject, Args extends ObjectOptions>(
    kind: new (owner: ObjectOwner, handle: number, label: string | undefined) => Kind,
    descriptor: Args,
    encode: (handle: number, args: Omit<Args, 'label' | 'handle'>) => void,
  ): Kind {
    this.checkAlive(`create${kind.name}`);
    checkObject(`create${kind.name}`, 'descriptor', descriptor);
    const { label, handle: wanted, ...args } = descriptor;
    const handle = this.#objects.takeHandle(`create${kind.name}`, wanted);
    encode(handle, args);
    this.sendIfLong();
    return this.#objects.add(new kind(this, handle, label));
  }
}
