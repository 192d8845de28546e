// A process or a worker may leave at any stage of work, in any way: it ends as it was asked to, with no crash, and the one
// renderer of the process is free afterwards.

import { NativeHost } from '../../lib/host';
import { runChild } from '../support/children';
import { describeNative, isSanitized } from '../support/native-library';

const STAGES = [
  'addon loaded',
  'library opened',
  'opening',
  'idle',
  'calls queued',
  'transfer in flight',
  'drawing',
  'fence pending',
  'fence pending, retired by other threads',
  'closing',
  'closed',
  'memory lent',
  'blob mapped',
];

const quiet = { signal: null, stdout: '', stderr: '' };

describeNative.each(STAGES)('leaving while %s', (stage) => {
  test('process.exit() ends the process with its code', async () => {
    expect(await runChild('leave.cjs', [stage, 'exit'])).toEqual({ ...quiet, code: 7 });
  });

  test('the process ends by itself when there is nothing left to do', async () => {
    expect(await runChild('leave.cjs', [stage, 'end'])).toEqual({ ...quiet, code: 0 });
  });

  test('an uncaught exception ends the process with code 1', async () => {
    const { stderr, ...end } = await runChild('leave.cjs', [stage, 'throw']);
    expect(end).toEqual({ code: 1, signal: null, stdout: '' });
    expect(stderr.match(/^Error: .*/gm)).toEqual(['Error: thrown on purpose']);
  });

  test('workers leave in every way, and then the main thread renders', async () => {
    const { stdout, ...end } = await runChild('leave-worker.cjs', [stage]);
    expect(end).toEqual({ code: 7, signal: null, stderr: '' });
    expect(stdout.trim().split('\n')).toEqual([
      'exit: 5',
      'end: 0',
      'throw: 1 thrown on purpose',
      'terminate: 1',
      'renders',
    ]);
  });

  test('the main thread exits while a worker owns the host', async () => {
    expect(await runChild('leave-owner.cjs', [stage])).toEqual({ ...quiet, code: 7 });
  });
});

describeNative('a log listener that throws', () => {
  test('surfaces as an uncaught exception', async () => {
    const { code, signal, stderr } = await runChild('listener.cjs');
    expect({ code, signal }).toEqual({ code: 1, signal: null });
    expect(stderr).toContain('Error: thrown by the listener');
  });

  test('does not stop the host when the exception is caught', async () => {
    expect(await runChild('listener.cjs', ['catch'])).toEqual({ ...quiet, code: 0, stdout: 'went on\n' });
  });
});

describeNative('one renderer per process', () => {
  test('the second worker is refused until the first one has closed', async () => {
    const { stdout, ...end } = await runChild('two-workers.cjs');
    expect(end).toEqual({ code: 0, signal: null, stderr: '' });
    const [first, refused, closed, opened, refusedNow] = stdout.trim().split('\n');
    expect([first, closed, opened]).toEqual([
      'first opens: done',
      'first closes: done',
      'second opens: done',
    ]);
    expect(refused).toMatch(/^second opens: ERR_VIRGL_IN_USE .*Close the other one first/);
    expect(refusedNow).toMatch(/^first opens: ERR_VIRGL_IN_USE/);
  });

  test('a second open in a thread is refused, and the first one is not harmed', async () => {
    await using host = await NativeHost.open();
    await expect(NativeHost.open()).rejects.toMatchObject({ code: 'ERR_VIRGL_IN_USE' });
    await expect(host.getCapSet({ capsetId: 1 })).resolves.toEqual({ maxVersion: 1, maxSizeBytes: 308 });
  });
});

// UndefinedBehaviorSanitizer looks at memory through a pipe, and without descriptors takes every object for a broken one.
if (isSanitized)
  process.stderr.write('the test without file descriptors is skipped: the sanitizer needs some itself\n');

describeNative('a process that runs out of file descriptors', () => {
  (isSanitized ? test.skip : test)(
    'opens a host or says why not, and opens one again when there are some',
    async () => {
      const { stdout, ...end } = await runChild('descriptors.cjs');
      expect(end).toEqual({ code: 0, signal: null, stderr: expect.any(String) });
      const { outcomes, codes } = JSON.parse(stdout) as { outcomes: string[]; codes: string[] };
      expect(outcomes[0]).toBe('ERR_VIRGL_SYSTEM');
      expect(outcomes.at(-1)).toBe('opened');
      for (const outcome of outcomes)
        expect(['ERR_VIRGL_SYSTEM', 'ERR_VIRGL_INIT', 'opened']).toContain(outcome);
      expect(codes).toEqual(['ERR_VIRGL_SYSTEM', 'ERR_VIRGL_SYSTEM']);
    },
  );
});

describe('a library that can not be used', () => {
  const HELP = /apt install libvirglrenderer1 .*dnf install virglrenderer .*apk add virglrenderer/;

  test.each([
    ['is not there', '/nonexistent/libvirglrenderer.so.1', /No such file/],
    ['is another library', 'libc.so.6', /libc\.so\.6 is no virglrenderer of release 0\.10 or newer/],
    ['is no library', __filename, /invalid ELF header/],
  ])('%s', async (_case, libraryPath, why) => {
    const error = await NativeHost.open({ libraryPath }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'VirglError', code: 'ERR_VIRGL_LIBRARY' });
    expect((error as Error).message).toMatch(why);
    expect((error as Error).message).toMatch(HELP);
  });
});
