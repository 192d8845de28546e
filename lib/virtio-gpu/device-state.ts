// What the handlers of a device's commands work on.

import type { RenderHost } from '../host';
import type { OfferedCapset } from './capsets';
import { ContextTable } from './contexts';
import type { Cursors } from './cursors';
import type { Display } from './displays';
import type { FeatureName } from './features';
import type { GuestMemory } from './guest-memory';
import type { HostVisibleWindow } from './host-window';
import type { Tell } from './listener';
import { ResourceTable } from './resources';
import type { Scanouts } from './scanouts';

/** What a guest has made, from start to reset. */
export class GuestObjects {
  readonly contexts = new ContextTable();
  readonly resources: ResourceTable;

  constructor(maxMemoryBytes: number) {
    this.resources = new ResourceTable(maxMemoryBytes);
  }
}

/** The state of one device. */
export interface DeviceState {
  readonly host: RenderHost;
  readonly capsets: readonly OfferedCapset[];
  readonly displays: Display[];
  readonly scanouts: Scanouts;
  readonly cursors: Cursors;
  readonly window: HostVisibleWindow | undefined;
  /** Streams are checked before they are submitted, and refused when a check finds a fault. */
  readonly strict: boolean;
  readonly tell: Tell;
  memory: GuestMemory | undefined;
  accepted: ReadonlySet<FeatureName>;
  guest: GuestObjects;
  /** Makes fences now that would be made when everything at hand was handled. */
  makeDueFences(): void;
}
