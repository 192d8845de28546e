// Everything that can be bound to a context, as one object: each key is one command (or one per stage).

import type { CommandArguments, CommandEncoder } from '../protocol';
import { Limit, ObjectType, ShaderStage } from '../protocol/enums';
import { invalidArgument } from '../protocol/error';
import { checkList, checkNumber, checkObject, checkWhole } from './check-input';
import { handleOf, type ObjectOwner } from './context-object';
import {
  Blend,
  DepthStencilAlpha,
  Rasterizer,
  SamplerState,
  SamplerView,
  StreamOutputTarget,
  Surface,
  VertexElements,
} from './objects';
import { Query } from './query';
import { Resource } from './resource';
import { Shader, type StageName } from './shader';

/** Something per shader stage. */
export type PerStage<Value> = { readonly [Stage in StageName]?: Value };

/** A range of a buffer. */
export interface BufferRange {
  resource: Resource;
  /** Bytes; default 0. */
  offset?: number;
  /** Bytes; default: to the end of the buffer. */
  length?: number;
}

/** A buffer of vertices. */
export interface VertexBuffer {
  resource: Resource;
  /** Bytes from vertex to vertex. */
  stride: number;
  /** Bytes; default 0. */
  offset?: number;
}

/** What is drawn to. A resource stands for a surface of its level 0, layer 0. */
export interface Framebuffer {
  /** Up to 8; null leaves a hole. */
  color?: readonly (Surface | Resource | null)[];
  depthStencil?: Surface | Resource | null;
}

type Viewport = CommandArguments<'SET_VIEWPORT_STATE'>['viewports'][number];

/** A viewport by its rectangle: y = 0 is the top of the picture and row 0 of memory; depth runs from `near` to `far`. */
export interface ViewportRectangle {
  /** Pixels; default 0. */
  x?: number;
  y?: number;
  width: number;
  height: number;
  /** Default 0 and 1. */
  near?: number;
  far?: number;
}

/** State to set; what is left out stays as it is. null unbinds. */
export interface ContextState {
  framebuffer?: Framebuffer;
  /** How large a framebuffer without attachments is. */
  framebufferSize?: CommandArguments<'SET_FRAMEBUFFER_STATE_NO_ATTACH'>;
  /** Default when `framebuffer` is set without it: all of the first attachment. */
  viewport?: ViewportRectangle | readonly (ViewportRectangle | Viewport)[];
  scissors?: CommandArguments<'SET_SCISSOR_STATE'>['scissors'];
  blend?: Blend | null;
  rasterizer?: Rasterizer | null;
  depthStencilAlpha?: DepthStencilAlpha | null;
  vertexElements?: VertexElements | null;
  vertexBuffers?: readonly VertexBuffer[];
  indexBuffer?: { resource: Resource; indexSize: 1 | 2 | 4; offset?: number } | null;
  /** One shader, or several of different stages; those of other stages stay. */
  shaders?: readonly Shader[];
  /** Unbinds the shaders of these stages. */
  withoutShaders?: readonly StageName[];
  /** Inline constants, CONST[0] and up. */
  constants?: PerStage<Float32Array>;
  /** By slot, 1 to 31; null unbinds. */
  uniformBuffers?: PerStage<Readonly<Record<number, BufferRange | null>>>;
  /** From slot 0. A resource stands for a view of all of it. */
  samplerViews?: PerStage<readonly (SamplerView | Resource | null)[]>;
  samplerStates?: PerStage<readonly (SamplerState | null)[]>;
  shaderBuffers?: PerStage<readonly (BufferRange | null)[]>;
  shaderImages?: PerStage<readonly (ShaderImage | null)[]>;
  /** Unbinds the constants of these slots, 0 to 31. */
  withoutConstants?: PerStage<readonly number[]>;
  atomicBuffers?: readonly (BufferRange | null)[];
  streamOutputTargets?: readonly StreamOutputTarget[];
  stencilRef?: CommandArguments<'SET_STENCIL_REF'>;
  /** Red, green, blue, alpha. */
  blendColor?: readonly number[];
  sampleMask?: number;
  minSamples?: number;
  clipPlanes?: CommandArguments<'SET_CLIP_STATE'>['planes'];
  polygonStipple?: CommandArguments<'SET_POLYGON_STIPPLE'>['stipple'];
  tessellation?: CommandArguments<'SET_TESS_STATE'>;
  renderCondition?: {
    query: Query;
    drawIfZero?: boolean;
    mode?: CommandArguments<'SET_RENDER_CONDITION'>['mode'];
  } | null;
}

/** A texture or buffer that a shader reads and writes. */
export type ShaderImage = Omit<
  NonNullable<CommandArguments<'SET_SHADER_IMAGES'>['images']>[number],
  'resource' | 'format'
> & {
  resource: Resource;
  /** Default: the resource's own. */
  format?: number;
};

/** What setting state needs of the context. */
export interface StateTarget {
  /** Where state goes; the context takes it when all of it is there. */
  readonly commands: CommandEncoder;
  /** Whose objects may be bound. */
  readonly owner: ObjectOwner;
  /** The surface of a resource's level 0, layer 0, made when it is first asked for. */
  surfaceOf(field: string, resource: Resource): Surface;
  /** The view of a whole resource, made when it is first asked for. */
  samplerViewOf(field: string, resource: Resource): SamplerView;
  /** The id of a resource that this context may use. */
  resourceId(field: string, resource: unknown): number;
}

const OPERATION = 'setState';

type Set<Key extends keyof ContextState> = (
  target: StateTarget,
  value: NonNullable<ContextState[Key]>,
) => void;

const RECTANGLE_KEYS = ['x', 'y', 'width', 'height', 'near', 'far'];
const FRAMEBUFFER_KEYS = ['color', 'depthStencil'];
const VERTEX_BUFFER_KEYS = ['resource', 'stride', 'offset'];
const INDEX_BUFFER_KEYS = ['resource', 'indexSize', 'offset'];
const RANGE_KEYS = ['resource', 'offset', 'length'];
const CONDITION_KEYS = ['query', 'drawIfZero', 'mode'];

const viewportOf = (viewport: ViewportRectangle | Viewport): Viewport => {
  checkObject(OPERATION, 'viewport', viewport);
  if ('scale' in viewport) return viewport;
  checkObject(OPERATION, 'viewport', viewport, RECTANGLE_KEYS);
  const { x = 0, y = 0, width, height, near = 0, far = 1 } = viewport;
  for (const [field, value] of Object.entries({ x, y, width, height, near, far }))
    checkNumber(OPERATION, `viewport.${field}`, value);
  return {
    // Clip y points up, rows of memory go down.
    scale: [width / 2, -height / 2, (far - near) / 2],
    translate: [x + width / 2, y + height / 2, (far + near) / 2],
  };
};

const setFramebuffer: Set<'framebuffer'> = (target, framebuffer) => {
  checkObject(OPERATION, 'framebuffer', framebuffer, FRAMEBUFFER_KEYS);
  const { color = [], depthStencil } = framebuffer;
  const surface = (field: string, attachment: Surface | Resource | null | undefined): number => {
    if (attachment === null || attachment === undefined) return 0;
    const view = attachment instanceof Resource ? target.surfaceOf(field, attachment) : attachment;
    return handleOf(target.owner, OPERATION, field, view, Surface);
  };
  target.commands.setFramebufferState({
    colorBuffers: eachOf('framebuffer.color', color, (attachment, place) => surface(place, attachment)),
    zsurf: surface('framebuffer.depthStencil', depthStencil),
  });
};

const bind =
  <Kind extends Blend | Rasterizer | DepthStencilAlpha | VertexElements>(
    field: string,
    type: number,
    kind: abstract new (...args: never[]) => Kind,
  ) =>
  (target: StateTarget, object: Kind): void => {
    target.commands.bindObject({ type, handle: handleOf(target.owner, OPERATION, field, object, kind) });
  };

const STAGES = Object.keys(ShaderStage);

const stageOf = (field: string, name: StageName): number => {
  if (Object.hasOwn(ShaderStage, name)) return ShaderStage[name];
  throw invalidArgument(OPERATION, field, `one of ${STAGES.join(', ')}`, name);
};

const eachStage = <Value>(
  field: string,
  value: PerStage<Value>,
  write: (stage: number, place: string, value: Value) => void,
): void => {
  checkObject(OPERATION, field, value, STAGES);
  for (const name of Object.keys(value) as StageName[]) {
    const one = value[name];
    if (one !== undefined) write(ShaderStage[name], `${field}.${name}`, one);
  }
};

const eachOf = <Value, Result>(
  field: string,
  list: readonly Value[],
  convert: (value: Value, place: string) => Result,
): Result[] => {
  checkList(OPERATION, field, list);
  return Array.from(list, (value, index) => convert(value, `${field}[${index}]`));
};

const rangeOf = (target: StateTarget, field: string, range: BufferRange | null) => {
  if (range === null) return { offset: 0, length: 0, resource: 0 };
  checkObject(OPERATION, field, range, RANGE_KEYS);
  const { resource, offset = 0 } = range;
  const id = target.resourceId(`${field}.resource`, resource);
  const { width } = resource.descriptor;
  checkWhole(OPERATION, `${field}.offset`, offset, [0, width]);
  const { length = width - offset } = range;
  checkWhole(OPERATION, `${field}.length`, length, [0, width - offset]);
  return { offset, length, resource: id };
};

/** In the order in which they are written. */
const SETTERS: { readonly [Key in keyof ContextState]-?: Set<Key> } = {
  framebuffer: setFramebuffer,
  framebufferSize: (target, size) => void target.commands.setFramebufferStateNoAttach(size),
  viewport: (target, viewport) => {
    const list = Array.isArray(viewport)
      ? (viewport as readonly (ViewportRectangle | Viewport)[])
      : [viewport as ViewportRectangle];
    target.commands.setViewportState({ startSlot: 0, viewports: list.map(viewportOf) });
  },
  scissors: (target, scissors) => void target.commands.setScissorState({ startSlot: 0, scissors }),
  blend: bind('blend', ObjectType.BLEND, Blend),
  rasterizer: bind('rasterizer', ObjectType.RASTERIZER, Rasterizer),
  depthStencilAlpha: bind('depthStencilAlpha', ObjectType.DSA, DepthStencilAlpha),
  vertexElements: bind('vertexElements', ObjectType.VERTEX_ELEMENTS, VertexElements),
  vertexBuffers: (target, buffers) => {
    const list = eachOf('vertexBuffers', buffers, (buffer, place) => {
      checkObject(OPERATION, place, buffer, VERTEX_BUFFER_KEYS);
      const { resource, stride, offset = 0 } = buffer;
      return { stride, offset, resource: target.resourceId(`${place}.resource`, resource) };
    });
    target.commands.setVertexBuffers({ buffers: list });
  },
  indexBuffer: (target, buffer) => {
    checkObject(OPERATION, 'indexBuffer', buffer, INDEX_BUFFER_KEYS);
    const { resource, indexSize, offset = 0 } = buffer;
    if (![1, 2, 4].includes(indexSize))
      throw invalidArgument(OPERATION, 'indexBuffer.indexSize', '1, 2 or 4', indexSize);
    target.commands.setIndexBuffer({
      resource: target.resourceId('indexBuffer.resource', resource),
      indexSize,
      offset,
    });
  },
  shaders: (target, shaders) => {
    eachOf('shaders', shaders, (shader, place) => {
      const handle = handleOf(target.owner, OPERATION, place, shader, Shader);
      target.commands.bindShader({ handle, stage: ShaderStage[shader.stage] });
    });
  },
  withoutShaders: (target, stages) => {
    eachOf('withoutShaders', stages, (stage, place) =>
      target.commands.bindShader({ handle: 0, stage: stageOf(place, stage) as 0 }),
    );
  },
  constants: (target, constants) =>
    eachStage('constants', constants, (stage, place, data) => {
      if (!(data instanceof Float32Array)) throw invalidArgument(OPERATION, place, 'a Float32Array', data);
      target.commands.setConstantBuffer({ stage: stage as 0, data });
    }),
  uniformBuffers: (target, buffers) =>
    eachStage('uniformBuffers', buffers, (stage, place, slots) => {
      checkObject(OPERATION, place, slots);
      for (const [index, range] of Object.entries(slots) as [string, BufferRange | null][]) {
        checkWhole(OPERATION, place, Number(index), [1, Limit.CONSTANT_BUFFERS - 1]);
        const bound = rangeOf(target, `${place}[${index}]`, range);
        target.commands.setUniformBuffer({ stage: stage as 0, index: Number(index), ...bound });
      }
    }),
  samplerViews: (target, perStage) =>
    eachStage('samplerViews', perStage, (stage, field, views) => {
      const handles = eachOf(field, views, (view, place) => {
        if (view === null) return 0;
        const object = view instanceof Resource ? target.samplerViewOf(place, view) : view;
        return handleOf(target.owner, OPERATION, place, object, SamplerView);
      });
      target.commands.setSamplerViews({ stage: stage as 0, startSlot: 0, views: handles });
    }),
  samplerStates: (target, perStage) =>
    eachStage('samplerStates', perStage, (stage, field, states) => {
      const handles = eachOf(field, states, (state, place) =>
        state === null ? 0 : handleOf(target.owner, OPERATION, place, state, SamplerState),
      );
      target.commands.bindSamplerStates({ stage: stage as 0, startSlot: 0, states: handles });
    }),
  shaderBuffers: (target, perStage) =>
    eachStage('shaderBuffers', perStage, (stage, field, ranges) => {
      const buffers = eachOf(field, ranges, (range, place) => rangeOf(target, place, range));
      target.commands.setShaderBuffers({ stage: stage as 0, startSlot: 0, buffers });
    }),
  shaderImages: (target, perStage) =>
    eachStage('shaderImages', perStage, (stage, field, images) => {
      const bound = eachOf(field, images, (one, place) => {
        if (one === null) return { resource: 0 };
        checkObject(OPERATION, place, one);
        const { resource, format, ...image } = one;
        const id = target.resourceId(`${place}.resource`, resource);
        return { ...image, format: format ?? resource.descriptor.format, resource: id };
      });
      target.commands.setShaderImages({ stage: stage as 0, startSlot: 0, images: bound as never });
    }),
  withoutConstants: (target, perStage) =>
    eachStage('withoutConstants', perStage, (stage, field, slots) => {
      eachOf(field, slots, (index, place) => {
        checkWhole(OPERATION, place, index, [0, Limit.CONSTANT_BUFFERS - 1]);
        target.commands.setConstantBuffer({ stage: stage as 0, index });
      });
    }),
  atomicBuffers: (target, ranges) => {
    const buffers = eachOf('atomicBuffers', ranges, (range, place) => rangeOf(target, place, range));
    target.commands.setAtomicBuffers({ startSlot: 0, buffers });
  },
  streamOutputTargets: (target, targets) => {
    const handles = eachOf('streamOutputTargets', targets, (one, place) =>
      handleOf(target.owner, OPERATION, place, one, StreamOutputTarget),
    );
    target.commands.setStreamoutTargets({ targets: handles });
  },
  stencilRef: (target, value) => void target.commands.setStencilRef(value),
  blendColor: (target, color) => void target.commands.setBlendColor({ color: color as number[] }),
  sampleMask: (target, mask) => void target.commands.setSampleMask({ mask }),
  minSamples: (target, minSamples) => void target.commands.setMinSamples({ minSamples }),
  clipPlanes: (target, planes) => void target.commands.setClipState({ planes }),
  polygonStipple: (target, stipple) => void target.commands.setPolygonStipple({ stipple }),
  tessellation: (target, levels) => void target.commands.setTessState(levels),
  renderCondition: (target, condition) => {
    checkObject(OPERATION, 'renderCondition', condition, CONDITION_KEYS);
    const { query, drawIfZero = false, mode } = condition;
    const handle = handleOf(target.owner, OPERATION, 'renderCondition.query', query, Query);
    target.commands.setRenderCondition({ handle, condition: drawIfZero, mode });
  },
};

const unbind = (type: number) => (target: StateTarget) =>
  void target.commands.bindObject({ type, handle: 0 });

/** What null means, for keys that it is allowed for. */
const CLEARERS: { readonly [Key in keyof ContextState]?: (target: StateTarget) => void } = {
  blend: unbind(ObjectType.BLEND),
  rasterizer: unbind(ObjectType.RASTERIZER),
  depthStencilAlpha: unbind(ObjectType.DSA),
  vertexElements: unbind(ObjectType.VERTEX_ELEMENTS),
  indexBuffer: (target) => void target.commands.setIndexBuffer({ resource: 0 }),
  renderCondition: (target) => void target.commands.setRenderCondition({ handle: 0 }),
};

type Key = keyof ContextState;

const KEYS = Object.keys(SETTERS) as readonly Key[];

const ORDER: ReadonlyMap<Key, number> = new Map(KEYS.map((key, index) => [key, index]));
/** Where a key stands among those that are written together. */
export const stateOrder = (key: Key): number => ORDER.get(key) ?? KEYS.length;

/** The keys in the order of {@link SETTERS}. */
const inOrder = (keys: Key[]): Key[] => {
  // Mostly they are already: that is found out faster than by sorting.
  let last = -1;
  for (const key of keys) {
    const order = stateOrder(key);
    if (order < last) return keys.sort((a, b) => stateOrder(a) - stateOrder(b));
    last = order;
  }
  return keys;
};

/** The rectangle of the first attachment, when a framebuffer comes without a viewport. */
export const withViewport = (state: ContextState): ContextState => {
  checkObject(OPERATION, 'state', state);
  const { framebuffer, viewport } = state;
  if (framebuffer === undefined) return state;
  checkObject(OPERATION, 'framebuffer', framebuffer, FRAMEBUFFER_KEYS);
  const { color = [], depthStencil } = framebuffer;
  checkList(OPERATION, 'framebuffer.color', color);
  if (viewport !== undefined) return state;
  const first = [...color, depthStencil].find((attachment) => attachment != null);
  if (first instanceof Surface) return { ...state, viewport: first.size };
  if (!(first instanceof Resource)) return state;
  const { width, height } = first.descriptor;
  return { ...state, viewport: { width, height } };
};

/**
 * Writes state into commands.
 * @throws VirglError after which the commands are of no use
 */
export const writeState = (target: StateTarget, state: ContextState): void => {
  checkObject(OPERATION, 'state', state, KEYS);
  // There are few: to look up each key that there could be would take longer.
  for (const key of inOrder(Object.keys(state) as Key[])) {
    const value = state[key];
    if (value === undefined) continue;
    if (value !== null) {
      (SETTERS[key] as Set<typeof key>)(target, value);
      continue;
    }
    const clear = CLEARERS[key];
    if (clear === undefined) throw invalidArgument(OPERATION, key, 'a value', value);
    clear(target);
  }
};
