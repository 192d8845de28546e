// A viewer in a process of its own, as viewers are.

import { fork } from 'node:child_process';
import path from 'node:path';
import type { ViewerReport } from './viewer';

/** A viewer that runs. */
export interface ViewerProcess {
  /** What it has seen since it was asked last. */
  ask(): Promise<ViewerReport>;
  stop(): void;
}

/** What the viewer's user does. */
export type ViewerUser = 'clicks' | 'looks';

/** Starts one of a VNC server on this machine. */
export const startViewer = (port: number, quality: number, user: ViewerUser = 'clicks'): ViewerProcess => {
  const child = fork(path.join(__dirname, 'viewer.ts'), [String(port), String(quality), user], {
    execArgv: ['--import', 'tsx'],
  });
  return {
    ask: () =>
      new Promise<ViewerReport>((resolve) => {
        child.once('message', (report) => resolve(report as ViewerReport));
        child.send('report');
      }),
    stop: () => child.kill(),
  };
};
