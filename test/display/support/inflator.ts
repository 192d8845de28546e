// A zlib stream of a viewer: pako, as noVNC has it, because it works synchronously.

import Inflator from '../../../node_modules/@novnc/novnc/core/inflator.js';

/** Inflates piece by piece. */
export interface ViewerInflator {
  setInput(data: Uint8Array | null): void;
  inflate(length: number): Uint8Array;
  reset(): void;
}

/** A new stream. */
export const makeInflator = (): ViewerInflator => new Inflator() as ViewerInflator;
