// Streams that the server has not confirmed yet. When it closes the connection without a word, one of them is why: they
// are checked here to say which, and what is wrong with it.

import { VirglError } from '../../protocol/error';
import { type CheckResource, commandName, type Diagnostic, parseHeader, StreamChecker } from '../../protocol';
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
  what: string,
  details: Pick<Diagnostic, 'commandIndex' | 'byteOffset' | 'field'> | undefined,
): VirglError =>
  new VirglError('ERR_VIRGL_CONTEXT_LOST', `submitCmd: ${what}; the vtest server closed the connection`, {
    operation: 'submitCmd',
    contextId,
    ...details,
  });

/** Name and place of a command; checks only have a name for what they could decode. */
const placeOf = (commands: Uint32Array, commandIndex: number): { command: string; byteOffset: number } => {
  let at = 0;
  for (let index = 0; index < commandIndex; index += 1) at += 1 + parseHeader(commands[at]).lengthDwords;
  return { command: commandName(commands[at]), byteOffset: at * Uint32Array.BYTES_PER_ELEMENT };
};

const foundError = (submit: SubmitInFlight, { commandIndex, field, message }: Diagnostic): VirglError => {
  const { command, byteOffset } = placeOf(submit.commands, commandIndex);
  const what = `command ${commandIndex} (${command}, byte offset ${byteOffset}): ${message}`;
  return errorOf(submit, what, { commandIndex, byteOffset, field: field ?? command });
};

/** What the server said, without the place where it said it and without its own ids. */
const saidBy = (refused: string): string =>
  refused.replace(/^submitCmd: /, '').replace(/; context \d+ is now in its error state.*$/s, '');

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

  /**
   * The connection has ended: what in the streams may be why. Puts their context in its error state.
   * @param refused what the server said about a stream that it refused
   */
  culprit(ledger: HostLedger, refused: string | undefined): VirglError | undefined {
    if (this.#isSearched) return this.#culprit;
    this.#isSearched = true;
    const submits = [...this.#submits];
    this.#submits.clear();
    const found = findFault(submits, resourcesOf(ledger)) ?? blame(submits, ledger, refused);
    if (found?.submit.context !== undefined) found.submit.context.lost ??= found.error;
    this.#culprit = found?.error;
    return this.#culprit;
  }
}

interface Found {
  submit: SubmitInFlight;
  error: VirglError;
}

/** The first of the streams that no host would accept. */
const findFault = (
  submits: readonly SubmitInFlight[],
  resources: ReadonlyMap<number, CheckResource>,
): Found | undefined => {
  for (const submit of submits) {
    const diagnostics = new StreamChecker({ complete: false, resources }).check(submit.commands);
    const fatal = diagnostics.find(({ severity }) => severity === 'error');
    if (fatal !== undefined) return { submit, error: foundError(submit, fatal) };
  }
  return undefined;
};

/** Where there is only one context, it is its stream that the server refused. */
const blame = (
  [submit]: readonly SubmitInFlight[],
  { contexts }: HostLedger,
  refused: string | undefined,
): Found | undefined =>
  refused === undefined || submit === undefined || contexts.size > 1
    ? undefined
    : { submit, error: errorOf(submit, saidBy(refused), undefined) };
