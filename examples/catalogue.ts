// Every example by name.

import type { Render } from './example';

/** One example. */
export interface CatalogueEntry {
  /** One phrase. */
  about: string;
  load(): Promise<{ render: Render }>;
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
} as const satisfies Record<string, CatalogueEntry>;
