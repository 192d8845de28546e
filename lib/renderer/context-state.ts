// What can be bound to a context, as one object: each key is one command (or one per stage).

import type { CommandArguments, CommandEncoder } from '../protocol';
import type { ObjectOwner } from './context-object';
import type {
  Blend,
  DepthStencilAlpha,
  Rasterizer,
  SamplerState,
  SamplerView,
  StreamOutputTarget,
  Surface,
  VertexElements,
} from './objects';
import type { Query } from './query';
import type { Resource } from './resource';
import type { Shader, StageName } from './shader';

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

/** A viewport as the command has it. */
export type Viewport = CommandArguments<'SET_VIEWPORT_STATE'>['viewports'][number];

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
