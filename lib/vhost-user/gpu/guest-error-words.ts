// A guest's mistake in one line.

import type { GuestError } from '../../virtio-gpu';

/** "SUBMIT_3D in context 2 (kmscube): why; answered ERR_UNSPEC". */
export const describeGuestError = (error: GuestError): string => {
  const { command, contextId, contextName, resourceId, response, message, cause } = error;
  const name = contextName === undefined ? '' : ` (${JSON.stringify(contextName)})`;
  const context = contextId === 0 ? '' : ` in context ${contextId}${name}`;
  const resource = resourceId === undefined ? '' : ` on resource ${resourceId}`;
  const host = cause === undefined || cause.message === message ? '' : ` (${cause.message})`;
  return `${command}${context}${resource}: ${message}${host}; answered ${response}`;
};
