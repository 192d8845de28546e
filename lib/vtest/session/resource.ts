// What a session keeps of a resource.

import type { ClientMemory } from './shared-with-client';

/** A resource of a client. */
export interface SessionResource {
  readonly id: number;
  /** Counted against the client's limit. */
  readonly bytes: number;
  /** What the client shares with the host, if anything. */
  readonly memory?: ClientMemory;
  /** The server chose the id, and may use it again. */
  readonly ownId: boolean;
}
