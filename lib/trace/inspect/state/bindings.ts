// Which command sets which state, as data. A slot is what can be set by itself: a viewport, the shader of a stage, the blend
// object. Facts: virglrenderer vrend_decode.c and the vrend_set_… functions behind it.

import type { CommandName, ObjectName } from '../../../protocol';

/** Names of state; with a stage and an index where there are several of it, they name a slot. */
export type StateName =
  | 'framebuffer'
  | 'framebufferShape'
  | 'viewports'
  | 'scissors'
  | 'blend'
  | 'rasterizer'
  | 'depthStencilAlpha'
  | 'vertexElements'
  | 'vertexBuffers'
  | 'indexBuffer'
  | 'shader'
  | 'constants'
  | 'uniformBuffers'
  | 'samplerViews'
  | 'samplerStates'
  | 'shaderImages'
  | 'shaderBuffers'
  | 'atomicBuffers'
  | 'streamOutput'
  | 'blendColor'
  | 'stencilRef'
  | 'sampleMask'
  | 'minSamples'
  | 'clipPlanes'
  | 'polygonStipple'
  | 'tessellationLevels'
  | 'renderCondition'
  | 'activeQueries'
  | 'linkedShaders'
  | 'videoFrames'
  | 'debugFlags'
  | 'tweaks';

/** What a command does to slots. */
export interface Binding {
  /** The state, or for commands with a field `type` that of each type of object. */
  readonly state: StateName | Readonly<Partial<Record<ObjectName, StateName>>>;
  /** The slots are those of the stage in the field `stage`. */
  readonly perStage?: true;
  /** The field that tells the index of the slot. */
  readonly index?: string;
  /** The list that has an item for each slot, from the slot in `startSlot` on, or from 0. */
  readonly items?: string;
  /** Slots behind the list are emptied. Otherwise they stay as they are. */
  readonly endsRest?: true;
  /** The field that empties the slot if it is 0 or has no data. Of items: `resource`, or the item itself if it is an object. */
  readonly emptyBy?: string;
  /** The command only empties the slot. */
  readonly ends?: true;
}

/** The commands that set state. */
export const BINDINGS: Readonly<Partial<Record<CommandName, Binding>>> = {
  SET_FRAMEBUFFER_STATE: { state: 'framebuffer' },
  SET_FRAMEBUFFER_STATE_NO_ATTACH: { state: 'framebufferShape' },
  SET_VIEWPORT_STATE: { state: 'viewports', items: 'viewports' },
  SET_SCISSOR_STATE: { state: 'scissors', items: 'scissors' },
  BIND_OBJECT: {
    state: {
      BLEND: 'blend',
      RASTERIZER: 'rasterizer',
      DSA: 'depthStencilAlpha',
      VERTEX_ELEMENTS: 'vertexElements',
    },
    emptyBy: 'handle',
  },
  SET_VERTEX_BUFFERS: { state: 'vertexBuffers', items: 'buffers', endsRest: true, emptyBy: 'resource' },
  SET_INDEX_BUFFER: { state: 'indexBuffer', emptyBy: 'resource' },
  BIND_SHADER: { state: 'shader', perStage: true, emptyBy: 'handle' },
  SET_CONSTANT_BUFFER: { state: 'constants', perStage: true, emptyBy: 'data' },
  SET_UNIFORM_BUFFER: { state: 'uniformBuffers', perStage: true, index: 'index', emptyBy: 'resource' },
  SET_SAMPLER_VIEWS: { state: 'samplerViews', perStage: true, items: 'views', endsRest: true },
  BIND_SAMPLER_STATES: { state: 'samplerStates', perStage: true, items: 'states' },
  SET_SHADER_IMAGES: { state: 'shaderImages', perStage: true, items: 'images', emptyBy: 'resource' },
  SET_SHADER_BUFFERS: { state: 'shaderBuffers', perStage: true, items: 'buffers', emptyBy: 'resource' },
  SET_ATOMIC_BUFFERS: { state: 'atomicBuffers', items: 'buffers', emptyBy: 'resource' },
  SET_STREAMOUT_TARGETS: { state: 'streamOutput', emptyBy: 'targets' },
  SET_BLEND_COLOR: { state: 'blendColor' },
  SET_STENCIL_REF: { state: 'stencilRef' },
  SET_SAMPLE_MASK: { state: 'sampleMask' },
  SET_MIN_SAMPLES: { state: 'minSamples' },
  SET_CLIP_STATE: { state: 'clipPlanes' },
  SET_POLYGON_STIPPLE: { state: 'polygonStipple' },
  SET_TESS_STATE: { state: 'tessellationLevels' },
  SET_RENDER_CONDITION: { state: 'renderCondition', emptyBy: 'handle' },
  BEGIN_QUERY: { state: 'activeQueries', index: 'handle' },
  END_QUERY: { state: 'activeQueries', index: 'handle', ends: true },
  LINK_SHADER: { state: 'linkedShaders' },
  BEGIN_FRAME: { state: 'videoFrames', index: 'codec' },
  END_FRAME: { state: 'videoFrames', index: 'codec', ends: true },
  SET_DEBUG_FLAGS: { state: 'debugFlags' },
  SET_TWEAKS: { state: 'tweaks', index: 'id' },
};

/** What has a handle. Gallium objects are numbered per sub-context, the others per context and kind. */
export type TrackedKind = ObjectName | 'VIDEO_CODEC' | 'VIDEO_BUFFER';

/** The commands beside CREATE_OBJECT and DESTROY_OBJECT that make or end something with a handle. */
export const LIFETIMES: Readonly<
  Partial<Record<CommandName, { kind: 'VIDEO_CODEC' | 'VIDEO_BUFFER'; ends: boolean }>>
> = {
  CREATE_VIDEO_CODEC: { kind: 'VIDEO_CODEC', ends: false },
  DESTROY_VIDEO_CODEC: { kind: 'VIDEO_CODEC', ends: true },
  CREATE_VIDEO_BUFFER: { kind: 'VIDEO_BUFFER', ends: false },
  DESTROY_VIDEO_BUFFER: { kind: 'VIDEO_BUFFER', ends: true },
};
