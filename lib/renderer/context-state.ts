// Everything that can be bound to a context, as one object: each key is one command (or one per stage).

import { type CommandArguments, type CommandEncoder, ObjectType, ShaderStage } from '../protocol';
import { invalidArgument, VirglError } from '../protocol/error';
import { nearestName } from '../protocol/nearest-name';
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
  /** Default when `framebuffer` is set without it: all of the first attachment. */
  viewport?: ViewportRectangle | readonly (ViewportRectangle | Viewport)[];
  scissors?: CommandArguments<'SET_SCISSOR_STATE'>['scissors'];
  blend?: Blend;
  rasterizer?: Rasterizer;
  depthStencilAlpha?: DepthStencilAlpha;
  vertexElements?: VertexElements;
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
  shaderImages?: PerStage<readonly ShaderImage[]>;
  atomicBuffers?: readonly BufferRange[];
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
export interface StateTarget extends ObjectOwner {
  readonly commands: CommandEncoder;
  /** The surface of a resource's level 0, layer 0, made when it is first asked for. */
  surfaceOf(resource: Resource): Surface;
  /** The view of a whole resource, made when it is first asked for. */
  samplerViewOf(resource: Resource): SamplerView;
  /** The id of a resource that this context may use. */
  resourceId(field: string, resource: unknown): number;
}

const OPERATION = 'setState';

type Set<Key extends keyof ContextState> = (
  target: StateTarget,
  value: NonNullable<ContextState[Key]>,
) => void;

const viewportOf = (viewport: ViewportRectangle | Viewport): Viewport => {
  if ('scale' in viewport) return viewport;
  const { x = 0, y = 0, width, height, near = 0, far = 1 } = viewport;
  return {
    // Clip y points up, rows of memory go down.
    scale: [width / 2, -height / 2, (far - near) / 2],
    translate: [x + width / 2, y + height / 2, (far + near) / 2],
  };
};

const setFramebuffer: Set<'framebuffer'> = (target, { color = [], depthStencil }) => {
  const surface = (field: string, attachment: Surface | Resource | null | undefined): number => {
    if (attachment === null || attachment === undefined) return 0;
    const view = attachment instanceof Resource ? target.surfaceOf(attachment) : attachment;
    return handleOf(target, OPERATION, field, view, Surface);
  };
  target.commands.setFramebufferState({
    colorBuffers: color.map((attachment, index) => surface(`framebuffer.color[${index}]`, attachment)),
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
    target.commands.bindObject({ type, handle: handleOf(target, OPERATION, field, object, kind) });
  };

const eachStage = <Value>(
  value: PerStage<Value>,
  write: (stage: number, name: StageName, value: Value) => void,
): void => {
  for (const [name, one] of Object.entries(value) as [StageName, Value][]) {
    if (ShaderStage[name] === undefined) {
      throw invalidArgument(OPERATION, 'stage', `one of ${Object.keys(ShaderStage).join(', ')}`, name);
    }
    write(ShaderStage[name], name, one);
  }
};

const rangeOf = (target: StateTarget, field: string, range: BufferRange | null) => {
  if (range === null) return { offset: 0, length: 0, resource: 0 };
  const { resource, offset = 0 } = range;
  const id = target.resourceId(`${field}.resource`, resource);
  return { offset, length: range.length ?? resource.descriptor.width - offset, resource: id };
};

/** In the order in which they are written. */
const SETTERS: { readonly [Key in keyof ContextState]-?: Set<Key> } = {
  framebuffer: setFramebuffer,
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
    const list = buffers.map(({ resource, stride, offset = 0 }, index) => ({
      stride,
      offset,
      resource: target.resourceId(`vertexBuffers[${index}].resource`, resource),
    }));
    target.commands.setVertexBuffers({ buffers: list });
  },
  indexBuffer: (target, { resource, indexSize, offset = 0 }) => {
    target.commands.setIndexBuffer({
      resource: target.resourceId('indexBuffer.resource', resource),
      indexSize,
      offset,
    });
  },
  shaders: (target, shaders) => {
    shaders.forEach((shader, index) => {
      const handle = handleOf(target, OPERATION, `shaders[${index}]`, shader, Shader);
      target.commands.bindShader({ handle, stage: ShaderStage[shader.stage] });
    });
  },
  withoutShaders: (target, stages) => {
    for (const stage of stages) target.commands.bindShader({ handle: 0, stage: ShaderStage[stage] });
  },
  constants: (target, constants) =>
    eachStage(constants, (stage, _name, data) =>
      target.commands.setConstantBuffer({ stage: stage as 0, data }),
    ),
  uniformBuffers: (target, buffers) =>
    eachStage(buffers, (stage, name, slots) => {
      for (const [index, range] of Object.entries(slots) as [string, BufferRange | null][]) {
        const bound = rangeOf(target, `uniformBuffers.${name}[${index}]`, range);
        target.commands.setUniformBuffer({ stage: stage as 0, index: Number(index), ...bound });
      }
    }),
  samplerViews: (target, perStage) =>
    eachStage(perStage, (stage, name, views) => {
      const handles = views.map((view, index) => {
        if (view === null) return 0;
        const object = view instanceof Resource ? target.samplerViewOf(view) : view;
        return handleOf(target, OPERATION, `samplerViews.${name}[${index}]`, object, SamplerView);
      });
      target.commands.setSamplerViews({ stage: stage as 0, startSlot: 0, views: handles });
    }),
  samplerStates: (target, perStage) =>
    eachStage(perStage, (stage, name, states) => {
      const handles = states.map((state, index) =>
        state === null
          ? 0
          : handleOf(target, OPERATION, `samplerStates.${name}[${index}]`, state, SamplerState),
      );
      target.commands.bindSamplerStates({ stage: stage as 0, startSlot: 0, states: handles });
    }),
  shaderBuffers: (target, perStage) =>
    eachStage(perStage, (stage, name, ranges) => {
      const buffers = ranges.map((range, index) => rangeOf(target, `shaderBuffers.${name}[${index}]`, range));
      target.commands.setShaderBuffers({ stage: stage as 0, startSlot: 0, buffers });
    }),
  shaderImages: (target, perStage) =>
    eachStage(perStage, (stage, name, images) => {
      const bound = images.map(({ resource, format, ...image }, index) => ({
        ...image,
        format: format ?? resource.descriptor.format,
        resource: target.resourceId(`shaderImages.${name}[${index}].resource`, resource),
      }));
      target.commands.setShaderImages({ stage: stage as 0, startSlot: 0, images: bound as never });
    }),
  atomicBuffers: (target, ranges) => {
    const buffers = ranges.map((range, index) => rangeOf(target, `atomicBuffers[${index}]`, range));
    target.commands.setAtomicBuffers({ startSlot: 0, buffers });
  },
  streamOutputTargets: (target, targets) => {
    const handles = targets.map((one, index) =>
      handleOf(target, OPERATION, `streamOutputTargets[${index}]`, one, StreamOutputTarget),
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
  renderCondition: (target, { query, drawIfZero = false, mode }) => {
    const handle = handleOf(target, OPERATION, 'renderCondition.query', query, Query);
    target.commands.setRenderCondition({ handle, condition: drawIfZero, mode });
  },
};

/** What null means, for keys that it is allowed for. */
const CLEARERS: { readonly [Key in keyof ContextState]?: (target: StateTarget) => void } = {
  indexBuffer: (target) => void target.commands.setIndexBuffer({ resource: 0 }),
  renderCondition: (target) => void target.commands.setRenderCondition({ handle: 0 }),
};

const KEYS = Object.keys(SETTERS) as readonly (keyof ContextState)[];

const rejectUnknownKeys = (state: ContextState): void => {
  for (const key of Object.keys(state)) {
    if (key in SETTERS) continue;
    const near = nearestName(key, KEYS);
    const hint = near === undefined ? `it takes ${KEYS.join(', ')}` : `did you mean ${near}?`;
    throw new VirglError(
      'ERR_VIRGL_ARGUMENT',
      `${OPERATION}: unknown state ${JSON.stringify(key)}; ${hint}`,
      {
        operation: OPERATION,
        field: key,
      },
    );
  }
};

/** The rectangle of the first attachment, when a framebuffer comes without a viewport. */
const withViewport = (state: ContextState): ContextState => {
  const { framebuffer, viewport } = state;
  if (framebuffer === undefined || viewport !== undefined) return state;
  const first = [...(framebuffer.color ?? []), framebuffer.depthStencil].find(
    (attachment) => attachment != null,
  );
  if (!(first instanceof Resource)) return state;
  const { width, height } = first.descriptor;
  return { ...state, viewport: { width, height } };
};

/** Writes state into a context's commands. */
export const writeState = (target: StateTarget, state: ContextState): void => {
  if (state === null || typeof state !== 'object')
    throw invalidArgument(OPERATION, 'state', 'an object', state);
  rejectUnknownKeys(state);
  const complete = withViewport(state);
  for (const key of KEYS) {
    const value = complete[key];
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
