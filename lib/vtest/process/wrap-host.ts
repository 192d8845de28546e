// A decorator for the hosts of session processes: it comes by the name of its module, because a process can't be sent a function.

import type { NativeHost, RenderHost } from '../../host';

/** Which module decorates the hosts of session processes. */
export interface WrapHostModule {
  /** Absolute path of a CommonJS module that exports `wrapHost`. */
  module: string;
  /** For its `wrapHost`; travels as JSON. */
  options?: unknown;
}

/** The client that a session process serves. */
export interface WrappedClient {
  /** Its number at the server, from 1. */
  number: number;
  /** Calls back with what virglrenderer logs. */
  onLog(listener: (text: string) => void): void;
}

/** What a {@link WrapHostModule} exports as `wrapHost`. The host that it returns is closed when the client has left; one that is a `PumpHost` keeps the pump of the session. */
export type WrapHost = (
  host: NativeHost,
  options: unknown,
  client: WrappedClient,
) => RenderHost | Promise<RenderHost>;

/** The host that a client gets. @throws whatever the module throws */
export const wrappedHost = async (
  { module, options }: WrapHostModule,
  host: NativeHost,
  client: WrappedClient,
): Promise<RenderHost> => {
  const { wrapHost } = (await import(module)) as { wrapHost: WrapHost };
  return wrapHost(host, options, client);
};
