// Renderer.open({ isolation: 'process' }): as many as one likes, and nothing that happens there happens here.

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Bind } from '../../lib/protocol';
import { Renderer } from '../../lib/renderer';
import { runChild } from '../support/children';
import { describeNative } from '../support/native-library';

const LIMIT_MS = 10_000;

/** Session processes below a process. */
const workersOf = (parent: number): number[] =>
  readdirSync('/proc').flatMap((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [state, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const isWorker = readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('worker.js');
      return Number(ppid) === parent && state !== 'Z' && isWorker ? [Number(name)] : [];
    } catch {
      return [];
    }
  });

const isAlive = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

const untilGone = async (pids: readonly number[]): Promise<void> => {
  const limit = Date.now() + LIMIT_MS;
  while (pids.some(isAlive) && Date.now() < limit) await sleep(20);
  expect(pids.filter(isAlive)).toEqual([]);
};

const redPixel = async (renderer: Renderer): Promise<number[]> => {
  const context = await renderer.createContext();
  const target = await context.createResource({ bind: Bind.RENDER_TARGET, width: 8, height: 8 });
  context.setState({ framebuffer: { color: [target] } });
  context.clear({ color: [1, 0, 0, 1] });
  const pixels = await target.read();
  await context.destroy();
  return [...pixels.subarray(0, 4)];
};

describeNative("isolation: 'process'", () => {
  afterEach(() => untilGone(workersOf(process.pid)));

  test('several at once beside one in this process', async () => {
    await using here = await Renderer.open({ isolation: 'none' });
    const others = await Promise.all([1, 2].map(() => Renderer.open({ isolation: 'process' })));
    expect(workersOf(process.pid)).toHaveLength(2);
    for (const renderer of [here, ...others]) {
      expect(await redPixel(renderer)).toEqual([255, 0, 0, 255]);
      expect(renderer.info.renderer).toBe(here.info.renderer);
      expect(renderer.limits).toEqual(here.limits);
    }
    expect([here.info.native === undefined, others[0].info.native]).toEqual([false, undefined]);
    await others[0].close();
    expect(workersOf(process.pid)).toHaveLength(1);
    await Promise.all(others.map((renderer) => renderer.close()));
  });

  test('a crash rejects what is pending and what comes later, and only that', async () => {
    await using other = await Renderer.open({ isolation: 'process' });
    const [survivor] = workersOf(process.pid);
    const renderer = await Renderer.open({ isolation: 'process' });
    const context = await renderer.createContext();
    const target = await context.createResource({ bind: Bind.RENDER_TARGET, width: 8, height: 8 });
    const [victim] = workersOf(process.pid).filter((pid) => pid !== survivor);
    process.kill(victim, 'SIGSTOP');
    const pending = [target.read(), context.finished(), renderer.host.poll()];
    const outcomes = Promise.allSettled(pending);
    process.kill(victim, 'SIGSEGV');
    process.kill(victim, 'SIGCONT');
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({
        reason: {
          code: 'ERR_VIRGL_CLOSED',
          message: expect.stringContaining('its session process was killed by SIGSEGV'),
        },
      });
    await expect(renderer.createContext()).rejects.toMatchObject({ code: 'ERR_VIRGL_CLOSED' });
    await renderer.close();
    expect(await redPixel(other)).toEqual([255, 0, 0, 255]);
  });

  test('what virglrenderer logs arrives', async () => {
    const lines: string[] = [];
    const renderer = await Renderer.open({ isolation: 'process', onLog: (line) => lines.push(line) });
    const context = await renderer.createContext();
    context.commands.bindObject({ type: 1, handle: 77 });
    await context.finished().catch(() => undefined);
    await renderer.close();
    expect(lines.join('\n')).toContain('77');
  });

  test.each([
    [{ isolation: 'thread' }, 'ERR_VIRGL_ARGUMENT', "expected 'none' or 'process' for isolation"],
    [{ isolation: 'process', platfrom: 'gbm' }, 'ERR_VIRGL_ARGUMENT', 'did you mean platform?'],
    [{ isolation: 'process', inline: true }, 'ERR_VIRGL_ARGUMENT', 'inline'],
    [
      { isolation: 'process', host: { fillCaps: () => undefined } },
      'ERR_VIRGL_ARGUMENT',
      "isolation can't be combined with host",
    ],
    [{ isolation: 'process', libraryPath: '/nowhere/lib.so' }, 'ERR_VIRGL_LIBRARY', '/nowhere/lib.so'],
  ])('%j is refused', async (options, code, says) => {
    const opening = Renderer.open(options as never);
    await expect(opening).rejects.toMatchObject({ code, message: expect.stringContaining(says) });
  });

  test.each(['exit', 'kill', 'throw'])(
    'a process that ends by %s takes its session process along',
    async (how) => {
      const { stdout } = await runChild('leave-isolated.cjs', [how]);
      const pids = stdout.trim().split(' ').map(Number);
      expect(pids).toHaveLength(1);
      await untilGone(pids);
    },
  );
});
