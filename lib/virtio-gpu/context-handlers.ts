// Commands about contexts, and what they may use.

import type { DeviceState } from './device-state';
import { type GpuContext, isVirgl } from './contexts';
import { invalidParameter } from './faults';
import { type Handlers, orUndo } from './handler';
import { checkerFor } from './stream-checks';

const CAPSET_ID_MASK = 0xff;
const MAX_NAME_BYTES = 64;

/** The name as text of at most 64 bytes: what is not UTF-8 becomes longer when it is replaced. */
const nameOf = (bytes: Uint8Array, length: number): string => {
  const given = bytes.subarray(0, length);
  const end = given.indexOf(0);
  let name = new TextDecoder().decode(end < 0 ? given : given.subarray(0, end));
  while (Buffer.byteLength(name) > MAX_NAME_BYTES) name = name.slice(0, -1);
  return name;
};

const capsetOf = ({ accepted, capsets }: DeviceState, contextInit: number): number => {
  const offered = capsets.map(({ id }) => id);
  const newest = offered.findLast(isVirgl);
  if (contextInit === 0 && newest !== undefined) return newest;
  if (!accepted.has('CONTEXT_INIT'))
    throw invalidParameter('context_init', '0, because CONTEXT_INIT was not accepted', contextInit);
  if (!offered.includes(contextInit))
    throw invalidParameter('context_init', `0 or one of ${offered.join(', ')}`, contextInit);
  return contextInit & CAPSET_ID_MASK;
};

/** Ends a context. */
export const endContext = (state: DeviceState, context: GpuContext): Promise<void> => {
  state.makeDueFences();
  state.guest.contexts.remove(context);
  return state.host.contextDestroy({ contextId: context.id });
};

/** By command. */
export const CONTEXT_HANDLERS: Handlers<
  'CTX_CREATE' | 'CTX_DESTROY' | 'CTX_ATTACH_RESOURCE' | 'CTX_DETACH_RESOURCE'
> = {
  CTX_CREATE: (state, { nameLength, contextInit, debugName }, { contextId }) => {
    const { guest, host } = state;
    if (nameLength > MAX_NAME_BYTES) throw invalidParameter('nlen', `at most ${MAX_NAME_BYTES}`, nameLength);
    const capsetId = capsetOf(state, contextInit);
    const name = nameOf(debugName, nameLength);
    const context: GpuContext = { id: contextId, name, capsetId, resources: new Map() };
    guest.contexts.add(context);
    if (state.strict && isVirgl(capsetId)) context.checker = checkerFor(context.resources, true);
    return orUndo(host.contextCreate({ contextId, capsetId, name }), () => guest.contexts.remove(context));
  },

  CTX_DESTROY: (state, _fields, { contextId }) => endContext(state, state.guest.contexts.get(contextId)),

  CTX_ATTACH_RESOURCE: ({ guest, host }, { resourceId }, { contextId }) => {
    const context = guest.contexts.get(contextId);
    const resource = guest.resources.get(resourceId);
    if (context.resources.has(resourceId)) return undefined;
    context.resources.set(resourceId, resource);
    if (context.checker !== undefined && resource.blob !== undefined)
      context.checker = checkerFor(context.resources, false);
    return orUndo(host.ctxAttachResource({ contextId, resourceId }), () =>
      context.resources.delete(resourceId),
    );
  },

  CTX_DETACH_RESOURCE: ({ guest, host }, { resourceId }, { contextId }) => {
    const context = guest.contexts.get(contextId);
    guest.resources.get(resourceId);
    if (!context.resources.delete(resourceId)) return undefined;
    return host.ctxDetachResource({ contextId, resourceId });
  },
};
