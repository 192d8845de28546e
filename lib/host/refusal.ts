// What a caller is told when virglrenderer refuses a call.

import { VirglError } from '../protocol/error';
import type { CheckedArguments } from './call-table';
import { describeErrno } from './errno';
import type { HostCallName } from './render-host';

/** What virglrenderer answered. */
export interface Answer {
  status: number;
  result: Uint32Array;
  log: string;
}

/** The error for a refused call. @param lost the call's context is in its error state now */
export const refusal = (
  name: HostCallName,
  args: CheckedArguments,
  { status, log }: Answer,
  lost: boolean,
): VirglError => {
  const { contextId, resourceId } = args as { contextId?: number; resourceId?: number };
  const said = log === '' ? '' : `; virglrenderer said: ${log.trim()}`;
  const state = lost ? `; context ${contextId} is now in its error state and must be destroyed` : '';
  return new VirglError(
    lost ? 'ERR_VIRGL_CONTEXT_LOST' : 'ERR_VIRGL_REFUSED',
    `${name}: virglrenderer answered ${describeErrno(status)}${said}${state}`,
    {
      operation: name,
      // 0 stands for none.
      contextId: contextId === 0 ? undefined : contextId,
      resourceId,
      errno: status,
      log: log === '' ? undefined : log,
    },
  );
};
