// Streams that the server has not confirmed yet. When it closes the connection without a word, one of them is why: they
// are checked here to say which, and what is wrong with it.

import { VirglError } from '../../protocol/error';
import { type CheckResource, type Diagnostic, StreamChecker } from '../../protocol';
import type { ContextEntry, HostLedger } from '../../host/ledger';

/** A stream on its way. */
export interface SubmitInFlight {
  readonly contextId: number;
  readonly context: ContextEntry | undefined;
  readonly commands: Uint32Array;
}

const resourcesOf = (ledger: HostLedger): Map<number, CheckResource> => {
  const known = new Map<number, CheckResource>();
  for (const [id, { created }] of ledger.resources) if (created !== undefined) known.set(id, created);
  return known;
};

const errorOf = (
  { contextId }: SubmitInFlight,
  { command, commandIndex, byteOffset, field, message }: Diagnostic,
) =>
  new VirglError(
    'ERR_VIRGL_CONTEXT_LOST',
    `submitCmd: command ${commandIndex} (${command}, byte offset ${byteOffset}): ${message}; the vtest server closed the connection`,
    { operation: 'submitCmd', contextId, commandIndex, byteOffset, field: field ?? command },
  );

/** The streams in flight, in order. */
export class SubmitsInFlight {
  readonly #submits = new Set<SubmitInFlight>();
  #culprit: VirglError | undefined;
  #isSearched = false;

  /** A stream was sent. */
  add(submit: SubmitInFlight): void {
    this.#submits.add(submit);
  }

  /** It was executed. */
  confirm(submit: SubmitInFlight): void {
    this.#submits.delete(submit);
  }

  /** The connection has ended: what in the streams may be why. Puts their context in its error state. */
  culprit(ledger: HostLedger): VirglError | undefined {
    if (this.#isSearched) return this.#culprit;
    this.#isSearched = true;
    const resources = resourcesOf(ledger);
    for (const submit of this.#submits) {
      const diagnostics = new StreamChecker({ complete: false, resources }).check(submit.commands);
      const fatal = diagnostics.find(({ severity }) => severity === 'error');
      if (fatal === undefined) continue;
      this.#culprit = errorOf(submit, fatal);
      if (submit.context !== undefined) submit.context.lost ??= this.#culprit;
      break;
    }
    this.#submits.clear();
    return this.#culprit;
  }
}
