// Commands about every kind of resource: its guest memory, and its end.

import { CommandFault } from './faults';
import type { DeviceState } from './device-state';
import { Backing } from './guest-memory';
import { type Handlers, orUndo } from './handler';
import { unmapBlob } from './blob-mapping';
import { decodeEntries } from './messages';
import type { GpuResource } from './resources';

/** Its guest memory. @throws CommandFault if it has none */
export const backingOf = (resource: GpuResource): Backing => {
  if (resource.backing !== undefined) return resource.backing;
  throw new CommandFault('ERR_UNSPEC', `expected a resource with guest memory but ${resource.id} has none`, {
    field: 'resource_id',
    value: resource.id,
    resourceId: resource.id,
  });
};

/** Ends a resource: nobody shows, uses or maps it, and its guest memory is not touched any more. */
export const endResource = (state: DeviceState, resource: GpuResource): Promise<void> => {
  const { guest, scanouts, host } = state;
  scanouts.drop(resource);
  guest.contexts.forget(resource);
  guest.resources.remove(resource);
  const end = (): Promise<void> => host.resourceUnref({ resourceId: resource.id });
  return resource.mapping === undefined ? end() : unmapBlob(state, resource).then(end, end);
};

/** By command. */
export const RESOURCE_HANDLERS: Handlers<
  'RESOURCE_UNREF' | 'RESOURCE_ATTACH_BACKING' | 'RESOURCE_DETACH_BACKING'
> = {
  // virglrenderer gives the guest's memory back here too, before this is answered: Linux frees its pages then.
  RESOURCE_UNREF: (state, { resourceId }) => endResource(state, state.guest.resources.get(resourceId)),

  RESOURCE_ATTACH_BACKING: ({ guest, memory, host }, { resourceId, entryCount }, { view, tailAt }) => {
    const resource = guest.resources.get(resourceId);
    if (resource.backing !== undefined || resource.blob !== undefined) {
      const what = resource.blob === undefined ? 'has guest memory already' : 'is a blob';
      throw new CommandFault(
        'ERR_UNSPEC',
        `expected a resource without guest memory but ${resourceId} ${what}`,
        {
          field: 'resource_id',
          value: resourceId,
          resourceId,
        },
      );
    }
    const backing = new Backing(memory, decodeEntries(view, tailAt, entryCount));
    const ranges = backing.ranges(memory);
    resource.backing = backing;
    return orUndo(host.resourceAttachIov({ resourceId, backing: ranges }), () => {
      if (resource.backing === backing) resource.backing = undefined;
    });
  },

  RESOURCE_DETACH_BACKING: ({ guest, host }, { resourceId }) => {
    const resource = guest.resources.get(resourceId);
    backingOf(resource);
    resource.backing = undefined;
    return host.resourceDetachIov({ resourceId });
  },
};
