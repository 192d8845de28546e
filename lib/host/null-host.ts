// A host that renders nothing: it checks calls as the real one does, remembers them and gives the answers it was told to.

import { VirglError } from '../protocol/error';
import { type CheckedArguments, HOST_CALL_NAMES } from './call-table';
import { checkArguments } from './check-arguments';
import { HostLedger } from './ledger';
import { recordCall } from './ledger-effects';
import type {
  HostCallArgs,
  HostCallName,
  HostCallResult,
  HostCounts,
  HostFeatures,
  RenderHost,
} from './render-host';
import { RenderHostCallsBase } from './render-host-base';

/** A call that a {@link NullHost} was asked to make. */
export interface RecordedCall {
  name: HostCallName;
  args: unknown;
}

/** What a {@link NullHost} answers; calls that are not here resolve to undefined. */
export type NullAnswers = {
  [Name in HostCallName]?: (args: HostCallArgs<Name>) => HostCallResult<Name> | Promise<HostCallResult<Name>>;
};

/** Arguments that the real host chooses when they are left out. */
const CHOSEN: { [Name in HostCallName]?: CheckedArguments } = {
  createFence: { fenceId: 1 },
  contextCreateFence: { fenceId: 1 },
  fillCaps: { version: 0 },
};

/** For tests of everything above the host: no library, no GPU, no addon. Fences retire at once. */
export class NullHost extends RenderHostCallsBase implements RenderHost {
  readonly features = Object.freeze(
    Object.fromEntries(HOST_CALL_NAMES.map((name) => [name, true])) as HostFeatures,
  );
  /** Every accepted call, in order. */
  readonly calls: RecordedCall[] = [];
  readonly #answers: NullAnswers;
  readonly #ledger = new HostLedger();
  #closed = false;

  constructor(answers: NullAnswers = {}) {
    super();
    this.#answers = answers;
  }

  counts(): HostCounts {
    return { ...this.#ledger.counts(), fences: 0, calls: 0 };
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#ledger.clear();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  protected override async perform<Name extends HostCallName>(
    name: Name,
    args: HostCallArgs<Name>,
  ): Promise<HostCallResult<Name>> {
    if (this.#closed)
      throw new VirglError('ERR_VIRGL_CLOSED', `${name}: the host is closed`, { operation: name });
    const checked = checkArguments(name, args, this.#ledger, CHOSEN[name]);
    const undo = recordCall(this.#ledger, name, checked);
    this.calls.push({ name, args });
    try {
      return (await this.#answers[name]?.(args)) as HostCallResult<Name>;
    } catch (error) {
      undo();
      throw error;
    }
  }
}
