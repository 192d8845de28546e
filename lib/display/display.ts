// A picture and its viewers.

import type { DisplaySource } from './source';

/** Shows a {@link DisplaySource} to any number of viewers, each at its own pace. */
export class Display {
  readonly source: DisplaySource;

  constructor(source: DisplaySource) {
    this.source = source;
  }
}
