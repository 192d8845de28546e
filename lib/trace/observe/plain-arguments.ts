// A shorter look at the calls that are made in every frame: where their arguments are plainly good the call table is not asked, because
// beside a software driver what a recorder costs is how much code and memory it touches.

import type { HostCallName } from '../../host';
import { type CheckedArguments, HOST_CALLS } from '../../host/call-table';
import type { HostLedger } from '../../host/ledger';
import { hasOnly } from '../../host/quick-calls';

type Look = (given: CheckedArguments | undefined, ledger: HostLedger) => CheckedArguments | undefined;

const NO_ARGUMENTS: CheckedArguments = {};

const isLiveContext = (ledger: HostLedger, contextId: unknown): boolean => {
  const context = ledger.contexts.get(contextId as number);
  return context !== undefined && context.lost === undefined;
};

const LOOKS: { readonly [Name in HostCallName]?: Look } = {
  submitCmd: (given, ledger) =>
    given !== undefined &&
    given.commands instanceof Uint32Array &&
    isLiveContext(ledger, given.contextId) &&
    hasOnly(given, 'contextId', 'commands')
      ? given
      : undefined,
  ctxAttachResource: (given, ledger) =>
    given !== undefined &&
    isLiveContext(ledger, given.contextId) &&
    ledger.resources.has(given.resourceId as number) &&
    hasOnly(given, 'contextId', 'resourceId')
      ? given
      : undefined,
  resourceUnref: (given, ledger) =>
    given !== undefined &&
    ledger.resources.has(given.resourceId as number) &&
    hasOnly(given, 'resourceId', '')
      ? given
      : undefined,
  createFence: (given) => (given === undefined ? NO_ARGUMENTS : undefined),
};

/** The arguments of a call as they were given, if a glance shows that they are good and whole; otherwise undefined. */
export const plainArguments = (
  name: HostCallName,
  given: unknown,
  ledger: HostLedger,
): CheckedArguments | undefined => LOOKS[name]?.(given as CheckedArguments | undefined, ledger);

/** What stands for arguments of resourceCreate that are left out. */
const CREATE_DEFAULTS: CheckedArguments = {
  ...Object.fromEntries(
    HOST_CALLS.resourceCreate.params.flatMap((param) =>
      'default' in param && param.default !== undefined ? [[param.name, param.default]] : [],
    ),
  ),
  backing: [],
};

/** Calls whose arguments can be told from {@link acceptedArguments} alone. */
export type AcceptedCallName = 'ctxAttachResource' | 'resourceCreate';

/** The arguments of a call that a host has taken already, which needs no more proof that they are good. */
export const acceptedArguments = (name: AcceptedCallName, given: CheckedArguments): CheckedArguments => {
  if (name !== 'resourceCreate') return given;
  const args = { ...given };
  for (const key in CREATE_DEFAULTS) args[key] ??= CREATE_DEFAULTS[key];
  return args;
};
