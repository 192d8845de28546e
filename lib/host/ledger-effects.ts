// What each call changes in the ledger, and how to take that back when the call is refused.

import type { CheckedArguments } from './call-table';
import { endMapping, type HostLedger } from './ledger';
import type { HostCallName, ResourceCreateArgs } from './render-host';

/** Takes a change back. */
export type UndoRecord = () => void;

type Effect = (ledger: HostLedger, args: CheckedArguments) => UndoRecord;

const nothingToUndo: UndoRecord = () => undefined;

const id = (args: CheckedArguments, name: 'contextId' | 'resourceId'): number => args[name] as number;

const addResource =
  (describe: (args: CheckedArguments) => { created?: ResourceCreateArgs; sizeBytes?: bigint }): Effect =>
  (ledger, args) => {
    const backing = args.backing as readonly unknown[] | undefined;
    const entry = { ...describe(args), hasBacking: backing !== undefined && backing.length > 0, unmaps: 0 };
    ledger.resources.set(id(args, 'resourceId'), entry);
    return () => {
      // Only if nothing else took the id since.
      if (ledger.resources.get(id(args, 'resourceId')) === entry)
        ledger.resources.delete(id(args, 'resourceId'));
    };
  };

const addBlob = addResource((args) => ({ sizeBytes: args.sizeBytes as bigint }));

const closeMapping: Effect = (ledger, args) => {
  endMapping(ledger.resources.get(id(args, 'resourceId')));
  return nothingToUndo;
};

const EFFECTS: { [Name in HostCallName]?: Effect } = {
  contextCreate: (ledger, args) => {
    const entry = { capsetId: args.capsetId as number };
    ledger.contexts.set(id(args, 'contextId'), entry);
    return () => {
      if (ledger.contexts.get(id(args, 'contextId')) === entry) ledger.contexts.delete(id(args, 'contextId'));
    };
  },
  contextDestroy: (ledger, args) => {
    ledger.contexts.delete(id(args, 'contextId'));
    return nothingToUndo;
  },
  resourceCreate: addResource((args) => ({ created: args as unknown as ResourceCreateArgs })),
  resourceCreateBlob: addBlob,
  resourceImportBlob: addBlob,
  resourceUnref: (ledger, args) => {
    closeMapping(ledger, args);
    ledger.resources.delete(id(args, 'resourceId'));
    return nothingToUndo;
  },
  resourceAttachIov: (ledger, args) => {
    const entry = ledger.resources.get(id(args, 'resourceId'));
    if (entry === undefined || entry.hasBacking) return nothingToUndo;
    entry.hasBacking = true;
    return () => {
      entry.hasBacking = false;
    };
  },
  resourceDetachIov: (ledger, args) => {
    const entry = ledger.resources.get(id(args, 'resourceId'));
    if (entry !== undefined) entry.hasBacking = false;
    return nothingToUndo;
  },
  resourceUnmap: closeMapping,
  reset: (ledger) => {
    ledger.clear();
    return nothingToUndo;
  },
};

/** Writes a call into the ledger at the time it is made. */
export const recordCall = (ledger: HostLedger, name: HostCallName, args: CheckedArguments): UndoRecord =>
  EFFECTS[name]?.(ledger, args) ?? nothingToUndo;
