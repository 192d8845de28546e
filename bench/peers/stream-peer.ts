// Starts peers/c/stream.c.

import { buildC } from './build-c';
import { PeerProcess } from './peer-process';

/**
 * A C program that writes or reads command streams.
 * @param argument draws or changes of state until it begins anew, or the file of the stream
 */
export const startStreamPeer = async (
  work: 'draw' | 'state' | 'decode' | 'print',
  argument: string,
): Promise<PeerProcess> => {
  const [peer] = await PeerProcess.start({ program: buildC('stream'), args: [work, argument] }, 'ready');
  return peer;
};
