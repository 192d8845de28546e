// How each key of a context's state is checked and written.

import { Limit, ObjectType, ShaderStage } from '../protocol/enums';
import { invalidArgument } from '../protocol/error';
import { checkList, checkNumber, checkObject, checkWhole } from './check-input';
import { handleOf } from './context-object';
import type {
  BufferRange,
  ContextState,
  PerStage,
  StateTarget,
  Viewport,
  ViewportRectangle,
} from './context-state';
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

/** Named in errors. */
export const OPERATION = 'setState';

/** Writes the commands of one key. */
export type Setter<Key extends keyof ContextState> = (
  target: StateTarget,
  value: NonNullable<ContextState[Key]>,
) => void;

const RECTANGLE_KEYS = ['x', 'y', 'width', 'height', 'near', 'far'];
/** Of `framebuffer`. */
export const FRAMEBUFFER_KEYS = ['color', 'depthStencil'];
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

const setFramebuffer: Setter<'framebuffer'> = (target, framebuffer) => {
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
export const SETTERS: { readonly [Key in keyof ContextState]-?: Setter<Key> } = {
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
export const CLEARERS: { readonly [Key in keyof ContextState]?: (target: StateTarget) => void } = {
  blend: unbind(ObjectType.BLEND),
  rasterizer: unbind(ObjectType.RASTERIZER),
  depthStencilAlpha: unbind(ObjectType.DSA),
  vertexElements: unbind(ObjectType.VERTEX_ELEMENTS),
  indexBuffer: (target) => void target.commands.setIndexBuffer({ resource: 0 }),
  renderCondition: (target) => void target.commands.setRenderCondition({ handle: 0 }),
};
