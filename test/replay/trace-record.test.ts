// Recorded examples, played again: every read-back and every picture the same.

import { fork } from 'node:child_process';
import path from 'node:path';
import { EXAMPLES } from '../../examples/catalogue';
import type { PlayReport } from '../../lib/trace/play/play-report';
import { describeNative } from '../support/native-library';

const SCRIPT = path.join(__dirname, 'children', 'trace-examples.cjs');

/** Pictures that no stream has drawn: a plot of what was computed, and what a guest's processor painted. */
const DRAWN_IN_JAVASCRIPT = ['compute', 'virtio-gpu-2d'];

const playExamples = (): Promise<Map<string, PlayReport>> =>
  new Promise((resolve, reject) => {
    const reports = new Map<string, PlayReport>();
    const child = fork(SCRIPT, { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    child.on('message', ({ name, report }: { name: string; report: PlayReport }) =>
      reports.set(name, report),
    );
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(reports) : reject(new Error(`ended with ${code}`))));
  });

describeNative('recorded examples', () => {
  let reports: Map<string, PlayReport>;
  beforeAll(async () => {
    reports = await playExamples();
  });

  test.each(Object.keys(EXAMPLES))('%s', (name) => {
    const report = reports.get(name);
    expect(report).toMatchObject({ differences: [], capsetDifferences: [], failedSubmits: 0, isGood: true });
    expect(report?.compared).toBeGreaterThan(0);
    expect(report?.equal).toBe(report?.compared);
    expect(report?.frames).toBe(DRAWN_IN_JAVASCRIPT.includes(name) ? 0 : 1);
    expect(report?.pictures).toBe(report?.frames);
    expect(report?.emptyPictures).toBe(0);
  });
});
