// The objects of a context that are nothing but a description: made once, bound by handle.

import type { ObjectArguments } from '../protocol';
import { ContextObject, type ObjectOwner } from './context-object';
import type { Resource } from './resource';

/** What all objects can be given. */
export interface ObjectOptions {
  /** Shown in errors. */
  label?: string;
  /**
   * The number that commands name it by. Default: one past the greatest of this context so far. For streams whose handles somebody
   * else chose; whether it is free is not checked.
   */
  handle?: number;
}

/** A description with an optional label and handle. */
type Descriptor<Args> = Omit<Args, 'handle'> & ObjectOptions;

type ViewDescriptor<Args> = Omit<Descriptor<Args>, 'resource' | 'format'> & {
  resource: Resource;
  /** Default: the resource's own. */
  format?: number;
};

/** Blending, logic operation and colour masks. Default: colours replace what was there, all channels are written. */
export type BlendDescriptor = Descriptor<ObjectArguments<'BLEND'>>;
/**
 * How primitives become fragments. Default: both faces filled, no culling, pixel centres at .5, near and far planes clip;
 * all else zero, as in Gallium.
 */
export type RasterizerDescriptor = Descriptor<ObjectArguments<'RASTERIZER'>>;
/** Depth, stencil and alpha tests. Default: none of them. */
export type DepthStencilAlphaDescriptor = Descriptor<ObjectArguments<'DSA'>>;
/** How vertex attributes are fetched. */
export type VertexElementsDescriptor = Descriptor<ObjectArguments<'VERTEX_ELEMENTS'>>;
/** How a texture is filtered and wrapped. Default: nearest, repeat, no mip levels beyond the first. */
export type SamplerStateDescriptor = Descriptor<ObjectArguments<'SAMPLER_STATE'>>;
/** A view of a resource that is drawn to. Default: level 0, layer 0. */
export type SurfaceDescriptor = ViewDescriptor<ObjectArguments<'SURFACE'>>;
/** A view of a resource for shaders. Default: all levels and layers. */
export type SamplerViewDescriptor = ViewDescriptor<ObjectArguments<'SAMPLER_VIEW'>>;
/** A range of a buffer that shaders' outputs are captured into. */
export type StreamOutputTargetDescriptor = Omit<
  Descriptor<ObjectArguments<'STREAMOUT_TARGET'>>,
  'resource' | 'bufferSize'
> & {
  resource: Resource;
  /** Bytes. Default: to the end of the buffer. */
  bufferSize?: number;
};

/** `pipe_blend_state`. */
export class Blend extends ContextObject {
  readonly kind = 'blend';
}

/** `pipe_rasterizer_state`. */
export class Rasterizer extends ContextObject {
  readonly kind = 'rasterizer';
}

/** `pipe_depth_stencil_alpha_state`. */
export class DepthStencilAlpha extends ContextObject {
  readonly kind = 'depth-stencil-alpha';
}

/** An array of `pipe_vertex_element`. */
export class VertexElements extends ContextObject {
  readonly kind = 'vertex elements';
  /** For each slot of the host, which of the given vertex buffers belongs there. Default: each stays in its own. */
  bufferOfSlot?: readonly number[];
}

/** `pipe_sampler_state`. */
export class SamplerState extends ContextObject {
  readonly kind = 'sampler state';
}

/** `pipe_surface`. */
export class Surface extends ContextObject {
  readonly kind = 'surface';

  /** Made by `Context.createSurface`. */
  constructor(
    owner: ObjectOwner,
    handle: number,
    label: string | undefined,
    /** Texels. */
    readonly size: { readonly width: number; readonly height: number },
  ) {
    super(owner, handle, label);
  }
}

/** `pipe_sampler_view`. */
export class SamplerView extends ContextObject {
  readonly kind = 'sampler view';
}

/** `pipe_stream_output_target`. */
export class StreamOutputTarget extends ContextObject {
  readonly kind = 'stream-output target';
}
