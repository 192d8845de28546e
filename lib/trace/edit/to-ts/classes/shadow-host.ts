// The host of the classes while a program is written: it renders nothing and remembers the calls that they made.

import { type HostCallArgs, type HostCallName, type HostCallResult, NullHost } from '../../../../host';

/** A call that the classes made. */
export interface ShadowCall {
  readonly name: HostCallName;
  readonly args: unknown;
}

// The bytes of a stream are used again once the call was made.
const keep = (name: HostCallName, args: unknown): unknown => {
  if (name !== 'submitCmd') return args;
  const { commands, ...rest } = args as { commands: Uint32Array };
  return { ...rest, commands: commands.slice() };
};

/** Remembers calls, whatever they are. */
export class ShadowHost extends NullHost {
  /** The calls since this was last asked. */
  take(): readonly ShadowCall[] {
    return this.calls.splice(0);
  }

  protected override perform<Name extends HostCallName>(
    name: Name,
    args: HostCallArgs<Name>,
  ): Promise<HostCallResult<Name>> {
    this.calls.push({ name, args: keep(name, args) });
    return Promise.resolve(undefined as HostCallResult<Name>);
  }
}
