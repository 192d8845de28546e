// Where frames end: whoever knows it says so to the host, and a decorator that keeps a trace of frames hears it.

import type { RenderHost } from './render-host';

/** A host that wants to know where frames end. */
export interface FrameMarker {
  /** A frame ends behind the calls that were made so far. */
  markFrame(): void;
}

/** Says that a frame ends here, if the host wants to know. */
export const markFrame = (host: RenderHost): void => {
  const { markFrame: mark } = host as Partial<FrameMarker>;
  if (typeof mark === 'function') mark.call(host);
};
