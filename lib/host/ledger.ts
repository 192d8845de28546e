// What exists behind a host: which ids are live and what their calls need to know of them. Kept at the time a call is
// made, because calls are executed in the order they are made; a create that fails takes its entry back.

import { formatLayout } from '../protocol/format-layout';
import { VirglError } from '../protocol/error';
import type { HostCallName, HostCounts, ResourceCreateArgs } from './render-host';
import type { SharedMemory } from './shared-memory';

/** A live context. */
export interface ContextEntry {
  capsetId: number;
  /** Why virglrenderer put it in its error state. */
  lost?: VirglError;
}

/** A live resource. */
export interface ResourceEntry {
  /** Set for classic resources. */
  created?: ResourceCreateArgs;
  /** Bytes, for blobs. */
  sizeBytes?: bigint;
  hasBacking: boolean;
  /** The script's view on a mapped blob. */
  mapping?: SharedMemory;
  /** How often it was asked to be unmapped: the answer to an earlier `resourceMap` is stale. */
  unmaps: number;
}

/** Ends the script's view on a blob, before the library unmaps what it shows. */
export const endMapping = (entry: ResourceEntry | undefined): void => {
  if (entry === undefined) return;
  entry.mapping?.close();
  entry.mapping = undefined;
  entry.unmaps += 1;
};

const known = {
  bytesPerBlock: (entry: ResourceEntry): number =>
    entry.created === undefined ? 0 : formatLayout(entry.created.format).blockBytes,
  sizeBytes: (entry: ResourceEntry): bigint => entry.sizeBytes ?? 0n,
};

/** Live ids of one host. */
export class HostLedger {
  readonly contexts = new Map<number, ContextEntry>();
  readonly resources = new Map<number, ResourceEntry>();

  /** Looks a context up; `operation` is for the error. */
  context(operation: HostCallName, contextId: number): ContextEntry {
    const entry = this.contexts.get(contextId);
    if (entry === undefined) throw unknownId(operation, 'contextId', 'context', contextId, { contextId });
    // A lost context can still be destroyed, which is the only remedy.
    if (entry.lost !== undefined && operation !== 'contextDestroy') {
      throw new VirglError(
        'ERR_VIRGL_CONTEXT_LOST',
        `${operation}: context ${contextId} is in its error state since: ${entry.lost.message}`,
        { ...detailsOf(entry.lost), operation, contextId, cause: entry.lost },
      );
    }
    return entry;
  }

  /** Looks a resource up. */
  resource(operation: HostCallName, resourceId: number): ResourceEntry {
    const entry = this.resources.get(resourceId);
    if (entry === undefined) throw unknownId(operation, 'resourceId', 'resource', resourceId, { resourceId });
    return entry;
  }

  /** A property that a call needs beside its arguments. */
  known(operation: HostCallName, resourceId: number, property: keyof typeof known): number | bigint {
    return known[property](this.resource(operation, resourceId));
  }

  /** How many there are. */
  counts(): Pick<HostCounts, 'contexts' | 'resources' | 'backings'> {
    const backings = [...this.resources.values()].filter(({ hasBacking }) => hasBacking).length;
    return { contexts: this.contexts.size, resources: this.resources.size, backings };
  }

  /** Ends the script's views on mapped blobs, and forgets everything. */
  clear(): void {
    for (const resource of this.resources.values()) endMapping(resource);
    this.contexts.clear();
    this.resources.clear();
  }
}

const detailsOf = ({ commandIndex, byteOffset, field, value, errno, log }: VirglError) => ({
  commandIndex,
  byteOffset,
  field,
  value,
  errno,
  log,
});

const unknownId = (
  operation: string,
  field: string,
  what: string,
  value: number,
  ids: { contextId?: number; resourceId?: number },
): VirglError =>
  new VirglError(
    'ERR_VIRGL_UNKNOWN_HANDLE',
    `${operation}: there is no ${what} ${value}: it was never created, or was destroyed`,
    {
      operation,
      field,
      value,
      ...ids,
    },
  );
