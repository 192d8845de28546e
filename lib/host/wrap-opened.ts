// How a program's hosts are decorated by whoever started it, such as `virgl trace record --script`: through a property of `globalThis`,
// because the program may have another copy of this package loaded than its starter has.

import type { RenderHost } from './render-host';

/** Decorates a host that was just opened. */
export type OpenedHostWrapper = (host: RenderHost) => RenderHost | Promise<RenderHost>;

/** The property: an {@link OpenedHostWrapper}, or nothing. */
export const OPENED_HOST_WRAPPER: unique symbol = Symbol.for('virgl.wrapOpenedHost') as never;

/** The host, decorated if that was asked for. What the decorator lacks of a host's own properties (`info`) it gets. */
export const wrapOpened = async <Host extends RenderHost>(
  host: Host,
  own: Partial<Host> = {},
): Promise<Host> => {
  const wrap = (globalThis as { [OPENED_HOST_WRAPPER]?: OpenedHostWrapper })[OPENED_HOST_WRAPPER];
  if (wrap === undefined) return host;
  return Object.assign(await wrap(host), own) as Host;
};
