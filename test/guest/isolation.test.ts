// Guests on one server, each with a session process of its own: what happens to one is nothing to the others.

import { Guest, GuestBackend } from '../../lib/guest';
import { atKmscubeFrame } from '../../lib/guest/bench/stopped-kmscube';
import type { VhostUserGpuEvent } from '../../lib/vhost-user';
import { compare, countColors, describeGuests, keepPicture, SCREEN } from '../support/guests';
import { isRunning, sessionProcesses, until } from '../support/vtest-connection';

describeGuests('two guests on one server', () => {
  const events: VhostUserGpuEvent[] = [];
  let backend: GuestBackend;
  let guests: [Guest, Guest];
  /** Session process of the first guest. */
  let first: number;

  beforeAll(async () => {
    backend = await GuestBackend.open({
      server: { spareProcesses: 0 },
      onEvent: (event) => void events.push(event),
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
    const drawing = other.run(['kmscube', '-c', '200'], { timeoutMs: 100_000 });
    void victim.run(['kmscube', '-c', '100000']).catch(() => undefined);
    const drawn = (): boolean => events.some(({ event }) => event === 'connected');
    await until('both to draw', drawn);
    await new Promise((resolve) => setTimeout(resolve, 5000));
    process.kill(first, 'SIGKILL');
    await until('the server to notice', () => events.some(({ event }) => event === 'disconnected'));
    const end = events.find((event) => event.event === 'disconnected');
    expect(end).toMatchObject({ client: 1, signal: 'SIGKILL', reason: expect.stringMatching(/SIGKILL/) });

    const { stdout, exitCode } = await drawing;
    expect(stdout).toMatch(/Rendered 199 frames/);
    expect(exitCode).toBe(0);
    expect(isRunning(victim.pid as number)).toBe(true);
    await expect(victim.qmp.execute('query-status')).resolves.toMatchObject({ running: true });
    // Its kernel still runs programs that don't draw.
    victim.kill();
    expect(backend.report.warnings).toEqual([]);
  });

  test('the guest without a GPU can be switched off', async () => {
    const [victim] = guests;
    expect(await victim.close()).toBeDefined();
    expect(victim.pid === undefined || isRunning(victim.pid)).toBe(false);
  });
});
