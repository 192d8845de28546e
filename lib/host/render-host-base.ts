// A host whose calls all arrive at one method: what NativeHost, NullHost and every decorator are built on.

import { HOST_CALL_NAMES } from './call-table';
import type { HostCallArgs, HostCallName, HostCallResult, RenderHostCalls } from './render-host';

/** Implements every host call by handing its name and arguments to {@link RenderHostBase.perform}. */
export abstract class RenderHostBase {
  /** Makes a call. Must not throw synchronously. */
  protected abstract perform<Name extends HostCallName>(
    name: Name,
    args: HostCallArgs<Name>,
  ): Promise<HostCallResult<Name>>;
}

for (const name of HOST_CALL_NAMES) {
  Object.defineProperty(RenderHostBase.prototype, name, {
    configurable: true,
    writable: true,
    value: function (this: { perform(name: HostCallName, args: unknown): unknown }, args: unknown) {
      return this.perform(name, args);
    },
  });
}

/** {@link RenderHostBase} with the calls that the loop above gives it, for classes to extend. */
export const RenderHostCallsBase = RenderHostBase as unknown as abstract new () => RenderHostBase &
  RenderHostCalls;
