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
} as const satisfies Record<string, CatalogueEntry>;
