// Host calls about contexts: making them, what they may use, and their end.

import type { CheckedArguments } from '../../host/call-table';
import { VirglError } from '../../protocol/error';
import type { HostState } from './state';

/** Capability sets whose contexts take virgl streams. */
const VIRGL_SETS: readonly number[] = [1, 2];

const idOf = (args: CheckedArguments): number => args.contextId as number;

const allOf = async (promises: readonly Promise<unknown>[]): Promise<void> => {
  await Promise.all(promises);
};

/** contextCreate: a sub-context of the connection's one context. */
export const createContext = (state: HostState, args: CheckedArguments): Promise<void> => {
  const capsetId = args.capsetId as number;
  if (!VIRGL_SETS.includes(capsetId))
    throw new VirglError(
      'ERR_VIRGL_UNSUPPORTED',
      `contextCreate: a vtest connection has one context for virgl streams (capset 1 or 2), and none of capset ${capsetId} beside it`,
      { operation: 'contextCreate', field: 'capsetId', value: capsetId },
    );
  const { subs } = state.addContext(idOf(args));
  return state.steps.push({ run: () => state.client.submitCmd(subs.begin()) });
};

/** contextDestroy. */
export const destroyContext = (state: HostState, args: CheckedArguments): Promise<void> => {
  const contextId = idOf(args);
  const context = state.contexts.get(contextId);
  state.contexts.delete(contextId);
  const endFences = state.fences.end(contextId);
  const why = new VirglError(
    'ERR_VIRGL_CLOSED',
    `the fence will not be reached: context ${contextId} was destroyed`,
  );
  const ended = state.steps.push({ run: () => state.client.submitCmd(context?.subs.end() ?? []) });
  return ended.finally(() => endFences(why));
};

/** ctxAttachResource: servers attach every resource to their one context by themselves. */
export const attachResource = async (state: HostState, args: CheckedArguments): Promise<void> => {
  state.contexts.get(idOf(args))?.attached.add(args.resourceId as number);
};

/** ctxDetachResource. */
export const detachResource = async (state: HostState, args: CheckedArguments): Promise<void> => {
  state.contexts.get(idOf(args))?.attached.delete(args.resourceId as number);
};

/** reset. */
export const reset = (state: HostState): Promise<void> => {
  const contexts = [...state.contexts.values()];
  const resources = [...state.resources.values()];
  state.contexts.clear();
  state.resources.clear();
  state.results.clear();
  const endFences = state.fences.end('all');
  const ends = state.steps.push({
    run: async () => {
      const destroyed = state.client.submitCmd(contexts.flatMap(({ subs }) => subs.end()));
      await allOf([destroyed, ...resources.map(({ id }) => state.client.resourceUnref(id))]);
      for (const resource of resources) resource.close();
    },
  });
  const why = new VirglError('ERR_VIRGL_CLOSED', 'the fence will not be reached: the host was reset');
  return ends.finally(() => endFences(why));
};
