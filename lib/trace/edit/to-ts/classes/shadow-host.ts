// The host of the classes while a program is written: it renders nothing and remembers the calls that they made.

import {
  type HostCallArgs,
  type HostCallName,
  type HostCallResult,
  type HostCounts,
  type HostFeatures,
  NullHost,
  type RenderHost,
  RenderHostCallsBase,
} from '../../../../host';

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

/** Remembers calls. */
export class ShadowHost extends RenderHostCallsBase implements RenderHost {
  #calls: ShadowCall[] = [];
  readonly #null = new NullHost();

  get features(): HostFeatures {
    return this.#null.features;
  }

  counts(): HostCounts {
    return this.#null.counts();
  }

  close(): Promise<void> {
    return this.#null.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The calls since this was last asked. */
  take(): readonly ShadowCall[] {
    const calls = this.#calls;
    this.#calls = [];
    return calls;
  }

  protected override perform<Name extends HostCallName>(
    name: Name,
    args: HostCallArgs<Name>,
  ): Promise<HostCallResult<Name>> {
    this.#calls.push({ name, args: keep(name, args) });
    return Promise.resolve(undefined as HostCallResult<Name>);
  }
}
