// Errors of a host over vtest, worded as those of the host in this process where they are about the same thing.

import { constants } from 'node:os';
import type { CheckedArguments } from '../../host/call-table';
import type { HostCallName } from '../../host';
import { VirglError } from '../../protocol/error';

/** What virglrenderer would refuse, found before it is sent: servers don't tell. */
export const refusal = (name: HostCallName, args: CheckedArguments, why: string): VirglError => {
  const { contextId, resourceId } = args as { contextId?: number; resourceId?: number };
  return new VirglError('ERR_VIRGL_REFUSED', `${name}: ${why}`, {
    operation: name,
    // 0 stands for none.
    contextId: contextId === 0 ? undefined : contextId,
    resourceId,
    errno: constants.errno.EINVAL,
  });
};

/** A call that the protocol has no command for. */
export const unsupported = (name: HostCallName): VirglError =>
  new VirglError('ERR_VIRGL_UNSUPPORTED', `${name}: the vtest protocol has no such command`, {
    operation: name,
  });

/** A call on a host that was closed. */
export const hostClosed = (name: string): VirglError =>
  new VirglError('ERR_VIRGL_CLOSED', `${name}: the host is closed`, { operation: name });

/** A call that the end of the connection has made impossible; `culprit` is what may be why. */
export const connectionEnded = (
  name: HostCallName,
  args: CheckedArguments | undefined,
  failure: VirglError,
  culprit: VirglError | undefined,
): VirglError => {
  const contextId = args?.contextId as number | undefined;
  if (culprit !== undefined && contextId === culprit.contextId) {
    if (name === 'submitCmd') return culprit;
    const { commandIndex, byteOffset, field } = culprit;
    const message = `${name}: context ${contextId} is in its error state since: ${culprit.message}`;
    const details = { operation: name, contextId, commandIndex, byteOffset, field, cause: culprit };
    return new VirglError('ERR_VIRGL_CONTEXT_LOST', message, details);
  }
  const why =
    culprit === undefined ? failure.message : `${culprit.message} (of context ${culprit.contextId})`;
  return new VirglError('ERR_VIRGL_CLOSED', `${name}: ${why}`, {
    operation: name,
    cause: culprit ?? failure,
  });
};
