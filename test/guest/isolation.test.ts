// Guests on one server, each with a session process of its own: what happens to one is nothing to the others.

import { Guest, GuestBackend } from '../../lib/guest';
import { atKmscubeFrame } from '../../lib/guest/bench/stopped-kmscube';
import { gpuEventLog } from '../../lib/cli/vhost-user-gpu-log';
import type { GuestScreen, VhostUserGpuEvent } from '../../lib/vhost-user';
import { compare, countColors, describeGuests, keepPicture, SCREEN } from '../support/guests';
import { isRunning, sessionProcesses, until } from '../support/vtest-connection';

/** kmscube, until nobody needs it any more: its guest can run other programs meanwhile. */
const IN_BACKGROUND = 'exec 7<&0; kmscube -c 1000000 <&7 >/dev/null 2>&1 &';

/** How many frames a screen has shown from now on. */
const countFrames = (screen: GuestScreen): (() => number) => {
  let count = 0;
  screen.subscribe({ damaged: () => void (count += 1) });
  return () => count;
};

describeGuests('two guests on one server', () => {
  const events: VhostUserGpuEvent[] = [];
  /** What the server's log says. */
  const log: string[] = [];
  let backend: GuestBackend;
  let guests: [Guest, Guest];
  /** Session process of the first guest. */
  let first: number;

  beforeAll(async () => {
    jest.spyOn(console, 'error').mockImplementation((line: string) => void log.push(line));
    const tell = gpuEventLog({});
    backend = await GuestBackend.open({
      server: { spareProcesses: 0 },
      onEvent: (event) => {
        events.push(event);
        tell(event);
      },
    });
    const boot = (): Promise<Guest> =>
      Guest.boot({ ...SCREEN, gpuSocketPath: backend.socketPath, processors: 1, memoryMib: 384 });
    const one = boot();
    await until('the first to connect', () => sessionProcesses().length === 1);
    first = sessionProcesses()[0] as number;
    guests = await Promise.all([one, boot()]);
  });

  afterAll(async () => {
    await Promise.all((guests ?? []).map((guest) => guest.close()));
    await backend?.close();
    jest.restoreAllMocks();
  });

  test('draw at the same time, each on its own screen', async () => {
    const [a, b] = await Promise.all(
      guests.map((guest, index) => atKmscubeFrame(guest, index * 20, () => guest.screenshot())),
    );
    if (a === undefined || b === undefined) throw new Error('no screenshots');
    keepPicture('two-guests-1', a);
    keepPicture('two-guests-2', b);
    expect(countColors(a)).toBeGreaterThan(1000);
    expect(countColors(b)).toBeGreaterThan(1000);
    expect(compare(a, b).different).toBeGreaterThan(1000);
  });

  test('when the session process of one is killed in mid frame, both guests live on and the other draws on', async () => {
    const [victim, other] = guests;
    const screens = [1, 2].map((client) => backend.screens(client)[0] as GuestScreen);
    const frames = screens.map(countFrames);
    expect((await victim.run(IN_BACKGROUND)).exitCode).toBe(0);
    const drawing = other.run(['kmscube', '-c', '400'], { timeoutMs: 100_000 });
    await until('both to draw', () => frames.every((count) => count() > 10));

    process.kill(first, 'SIGKILL');
    await until('the server to notice', () => events.some(({ event }) => event === 'disconnected'));
    const end = events.find((event) => event.event === 'disconnected');
    expect(end).toMatchObject({ client: 1, signal: 'SIGKILL', reason: expect.stringMatching(/SIGKILL/) });
    // As a user reads it.
    expect(log.filter((line) => line.includes('disconnected'))).toEqual([
      expect.stringMatching(
        /^virgl vhost-user-gpu: guest 1 \(QEMU \d+\) was disconnected: .*SIGKILL.*; its last command was [A-Z_23D]+ \(/,
      ),
    ]);

    // The other one draws on, at once and to the end.
    const [, count] = frames as [unknown, () => number];
    const before = count();
    await until('the other to draw on', () => count() > before + 10);
    const { stdout, exitCode } = await drawing;
    expect(stdout).toMatch(/Rendered 399 frames/);
    expect(exitCode).toBe(0);

    // The victim's kernel runs programs that don't draw, and its console carries them.
    expect(isRunning(victim.pid as number)).toBe(true);
    await expect(victim.qmp.execute('query-status')).resolves.toMatchObject({ running: true });
    const alive = await victim.run(
      'uname -s; echo $((6 * 7)); pidof kmscube >/dev/null && echo still there',
      {
        timeoutMs: 20_000,
      },
    );
    expect(alive).toMatchObject({ exitCode: 0, isTimedOut: false, stdout: 'Linux\n42\nstill there\n' });
    expect(backend.report.warnings).toEqual([]);
  });

  test('the guest without a GPU can be switched off', async () => {
    const [victim] = guests;
    expect(await victim.close()).toBeDefined();
    expect(victim.pid === undefined || isRunning(victim.pid)).toBe(false);
  });
});
