// Traces and servers: `virgl vtest --record` keeps each of its clients, and a trace plays on a vtest server of somebody else.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { TraceReader } from '../../lib/trace';
import { describeWith } from './support/installed';
import { outputOf } from './support/program';
import { VtestServer } from './support/server';
import { virglTrace } from './support/trace-proof';

const LIMIT_MS = 120_000;
const GLMARK2 = ['glmark2-es2', '--off-screen', '-s', '160x120', '-b', 'build:duration=0.5'] as const;

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'virgl-trace-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

describeWith(['Xvfb', 'glmark2-es2', 'es2_info'], 'virgl vtest --record', () => {
  test(
    'has a trace of each client that draws, at the latest when the server is gone',
    async () => {
      {
        await using server = await VtestServer.start({ server: 'ours', args: ['--record', folder] });
        await outputOf(server, { command: [...GLMARK2] });
        await Promise.all([0, 1].map(() => outputOf(server, { command: [...GLMARK2] })));
      }
      const traces = fs.readdirSync(folder).map((name) => path.join(folder, name));
      expect(traces.length).toBeGreaterThanOrEqual(3);
      const drawn = traces.filter((file) => {
        using reader = TraceReader.open(file);
        expect(reader.summary.complete).toBe(true);
        return reader.summary.frames.length > 0;
      });
      expect(drawn).toHaveLength(3);
      for (const file of drawn) expect(virglTrace(['replay', file, '--verify']).status).toBe(0);
    },
    LIMIT_MS,
  );
});

describeWith(['Xvfb', 'glmark2-es2', 'virgl_test_server'], 'replay --host vtest:PATH', () => {
  test.each(['reference', 'ours'] as const)(
    'on %s: the same pixels',
    async (kind) => {
      const file = path.join(folder, 'build.vgtrace');
      {
        await using recorder = await VtestServer.start({ server: 'ours', args: ['--record', folder] });
        await outputOf(recorder, { command: [...GLMARK2] });
      }
      const [first = ''] = fs.readdirSync(folder).filter((name) => name.endsWith('.vgtrace'));
      fs.renameSync(path.join(folder, first), file);
      await using server = await VtestServer.start({ server: kind });
      const { stdout, stderr, status } = virglTrace([
        'replay',
        file,
        '--verify',
        '--host',
        `vtest:${server.socketPath}`,
      ]);
      expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
      expect(stdout).toMatch(/([1-9]\d*) of \1 read-backs and pictures are as recorded/);
      const bench = virglTrace(['replay', file, '--loop', '2', '--bench']);
      expect(bench.stdout).toMatch(/^[\d.]+, [\d.]+ frames\/s$/m);
    },
    LIMIT_MS,
  );
});
