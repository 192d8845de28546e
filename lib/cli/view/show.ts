// What `virgl view` shows: a picture and whatever changes it.

import type { DisplaySource } from '../../display';

/** Something to look at. */
export interface Show extends AsyncDisposable {
  source: DisplaySource;
  /** Changes the picture while somebody looks. Resolves after `stop`, rejects when something goes wrong. */
  run(): Promise<void>;
  /** Ends `run`. */
  stop(): void;
}
