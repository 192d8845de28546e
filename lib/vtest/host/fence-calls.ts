// Host calls that wait: fences and polling. A vtest server knows only whether everything submitted so far is done.

import type { CheckedArguments } from '../../host/call-table';
import { LEGACY_TIMELINE } from '../../host/pending-fences';
import type { VirglError } from '../../protocol/error';
import { refusal } from './errors';
import { fetchResults } from './query-results';
import type { HostState } from './state';

const busyWait = async (state: HostState, wait: boolean): Promise<void> => {
  const waited = state.steps.push({ run: () => state.client.busyWait({ wait }) });
  await Promise.all([waited, ...fetchResults(state)]);
};

/** poll and contextPoll. */
export const poll = (state: HostState): Promise<void> => busyWait(state, false);

const fence = (
  state: HostState,
  { contextId, ringIndex }: { contextId: number; ringIndex: number },
  id: bigint,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const forget = state.fences.add(contextId, ringIndex, { id, resolve, reject });
    busyWait(state, true).then(
      () => state.fences.retire(contextId, ringIndex, id),
      (error: VirglError) => {
        forget();
        reject(error);
      },
    );
  });

/** createFence: the server answers when it has nothing left to do. */
export const createFence = (state: HostState, args: CheckedArguments): Promise<void> =>
  fence(state, LEGACY_TIMELINE, BigInt(args.fenceId as number));

/** contextCreateFence. */
export const createContextFence = (state: HostState, args: CheckedArguments): Promise<void> => {
  const ringIndex = args.ringIndex as number;
  if (ringIndex !== 0)
    throw refusal('contextCreateFence', args, 'contexts of virgl streams only have ring 0');
  return fence(state, { contextId: args.contextId as number, ringIndex }, args.fenceId as bigint);
};
