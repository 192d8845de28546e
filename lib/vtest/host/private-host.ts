// A render host in a process of its own that nobody else uses.

import type { NativeHostOptions } from '../../host';
import { planStart } from '../../host/open-options';
import { wrapOpened } from '../../host/wrap-opened';
import { invalidArgument } from '../../protocol/error';
import { type PrivateSession, startPrivateSession } from '../process/private-session';
import type { ConnectionEnd } from '../client/connection';
import { VtestHost } from './vtest-host';

/** Options of {@link openPrivateHost}: those of a host in this process. */
export type PrivateHostOptions = Omit<NativeHostOptions, 'inline'>;

/** What virglrenderer logs arrives without a level. */
const LOG_LEVEL = 1;
/** How long the end of a process may take to be known, once its connection has ended. */
const END_LIMIT_MS = 2000;

/** How the process ended, as far as that is known soon. */
const whyEnded = async ({ gone }: PrivateSession): Promise<ConnectionEnd> => {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), END_LIMIT_MS);
  });
  try {
    const outcome = await Promise.race([gone, tooLong]);
    const { reason, end, lastCommand } = outcome ?? {};
    // A session that says how it ended has refused its last command.
    return { reason, refusedStream: end !== undefined && lastCommand === 'SUBMIT_CMD' ? reason : undefined };
  } finally {
    clearTimeout(timer);
  }
};

/**
 * Starts a process with a virglrenderer of its own, which ends with the host. As many as you like may be open. A crash of
 * the process rejects what is pending, and everything later, with `ERR_VIRGL_CLOSED` or `ERR_VIRGL_CONTEXT_LOST`.
 * @throws VirglError as `NativeHost.open`
 */
export const openPrivateHost = async (options: PrivateHostOptions = {}): Promise<VtestHost> => {
  // Says what is wrong with them here, before anything is started.
  planStart(options);
  const { onLog, ...host } = options;
  if ('inline' in host)
    throw invalidArgument('NativeHost.open', 'inline', 'nothing beside isolation', host.inline);
  const onLibraryLog = onLog && ((message: string) => onLog(message, LOG_LEVEL));
  const session = await startPrivateSession({ host, onLibraryLog });
  try {
    const host = await VtestHost.over(session.socket, {
      whyEnded: () => whyEnded(session),
      onClose: () => session.close(),
    });
    return await wrapOpened(host);
  } catch (error) {
    await session.close();
    throw error;
  }
};
