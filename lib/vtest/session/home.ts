// What a vtest server keeps for one host.

import type { RenderHost } from '../../host';
import { IdPool } from './id-pool';
import { checkLimits, type SessionLimits } from './limits';
import type { SessionHome } from './state';

/** A home for sessions on a host. @throws VirglError for bad limits */
export const sessionHome = (
  host: RenderHost,
  limits: Partial<SessionLimits>,
  warn: (message: string) => void,
): SessionHome => ({
  host,
  // Version 4 came with the releases that take fences as descriptors.
  newestVersion: host.features.attachFence ? 4 : 3,
  contextIds: new IdPool(),
  resourceIds: new IdPool(),
  limits: checkLimits('VtestServer', limits),
  warn,
});
