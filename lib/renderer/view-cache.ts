// Surfaces and sampler views of whole resources, made when they are first asked for.

import { TextureTarget } from '../protocol';
import type { SamplerView, SamplerViewDescriptor, Surface, SurfaceDescriptor } from './objects';
import type { Resource } from './resource';

/** Who makes views. */
export interface ViewMaker {
  createSurface(descriptor: SurfaceDescriptor): Surface;
  createSamplerView(descriptor: SamplerViewDescriptor): SamplerView;
}

/** The views of one context. */
export class ViewCache {
  readonly #maker: ViewMaker;
  readonly #surfaces = new Map<Resource, Surface>();
  readonly #samplerViews = new Map<Resource, SamplerView>();

  constructor(maker: ViewMaker) {
    this.#maker = maker;
  }

  /** Level 0, layer 0 of a resource. */
  surfaceOf(resource: Resource): Surface {
    const known = this.#surfaces.get(resource);
    if (known !== undefined && !known.destroyed) return known;
    const surface = this.#maker.createSurface({ resource, label: resource.label });
    this.#surfaces.set(resource, surface);
    return surface;
  }

  /** All of a resource. */
  samplerViewOf(resource: Resource): SamplerView {
    const known = this.#samplerViews.get(resource);
    if (known !== undefined && !known.destroyed) return known;
    const view = this.#maker.createSamplerView({ resource, label: resource.label });
    this.#samplerViews.set(resource, view);
    return view;
  }

  /** Fields of a view of all levels and layers, or elements. */
  wholeOf({ descriptor }: Resource): Record<string, number> {
    const { format, target, arraySize, lastLevel, width } = descriptor;
    if (target === TextureTarget.BUFFER) return { format, firstElement: 0, lastElement: width - 1 };
    const layers = target === TextureTarget.TEXTURE_3D ? 1 : arraySize;
    return { format, firstLayer: 0, lastLayer: layers - 1, firstLevel: 0, lastLevel };
  }

  /** Destroys the views of a resource. */
  forget(resource: Resource): void {
    this.#surfaces.get(resource)?.destroy();
    this.#samplerViews.get(resource)?.destroy();
    this.#surfaces.delete(resource);
    this.#samplerViews.delete(resource);
  }
}
