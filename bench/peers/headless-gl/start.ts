// Starts the headless-gl peer on a virtual X server.

import path from 'node:path';
import { PeerProcess } from '../peer-process';

/** Runs loop.ts under Xvfb. */
export const startHeadlessGl = async (
  module: string,
  width: number,
  height: number,
): Promise<PeerProcess> => {
  const node = [process.execPath, '--require', 'tsx/cjs', path.join(__dirname, 'loop.ts')];
  const args = ['-a', ...node, module, String(width), String(height)];
  const [peer] = await PeerProcess.start({ program: 'xvfb-run', args }, 'ready');
  return peer;
};
