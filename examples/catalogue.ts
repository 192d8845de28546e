// Every example by name.

import type { Example } from './example';

/** One example. */
export interface CatalogueEntry {
  /** One phrase. */
  about: string;
  load(): Promise<Example>;
}

/** All examples. */
export const EXAMPLES = {
  triangle: { about: 'a triangle with a colour per corner', load: () => import('./triangle.js') },
  'textured-cube': {
    about: 'a texture with mipmaps and anisotropic filtering',
    load: () => import('./textured-cube.js'),
  },
  instancing: { about: 'some hundred columns in one draw', load: () => import('./instancing.js') },
  'shadow-map': { about: 'shadows by comparing with a depth texture', load: () => import('./shadow-map.js') },
  msaa: { about: 'thin triangles without and with multisampling', load: () => import('./msaa.js') },
  gltf: {
    about: 'a .glb file: several meshes with base colour and normal textures',
    load: () => import('./gltf.js'),
  },
  compute: { about: 'a million numbers in a compute shader, plotted', load: () => import('./compute.js') },
  'transform-feedback': {
    about: 'vertices that are captured, read, and drawn again',
    load: () => import('./transform-feedback.js'),
  },
  queries: { about: 'pixels that are seen, and the time it took', load: () => import('./queries.js') },
  'two-contexts': {
    about: 'a texture that one context draws and another samples',
    load: () => import('./two-contexts.js'),
  },
  'virtio-gpu-2d': {
    about: 'a pattern that a guest draws on a virtio-gpu device',
    load: () => import('./virtio-gpu-2d.js'),
  },
  'video-wall': { about: 'a wall of turning cubes; also a video', load: () => import('./video-wall.js') },
} as const satisfies Record<string, CatalogueEntry>;
