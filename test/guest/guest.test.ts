// A stock Linux with stock Mesa on our GPU, booted once: what its programs say, and what is on its screen.

import { Guest, GuestBackend, whileRunning } from '../../lib/guest';
import { atKmscubeFrame } from '../../lib/guest/bench/stopped-kmscube';
import { HOST_KMS_DEVICE, runKmsProgram } from '../../lib/guest/native/kms-program';
import type { Image } from '../../lib/image';
import type { GuestScreen } from '../../lib/vhost-user';
import {
  compare,
  countColors,
  describeGuests,
  imageOf,
  keepPicture,
  modetest,
  SCREEN,
} from '../support/guests';
import { until } from '../support/vtest-connection';

const FRAMES = [0, 150, 299];

const validationsOf = (text: string): string[] =>
  [...text.matchAll(/^\[.*Validation: \w+/gm)].map(([line]) => line);

describeGuests('a guest on our GPU', () => {
  let backend: GuestBackend;
  let guest: Guest;
  /** The guest's first display. */
  let screen: GuestScreen;

  beforeAll(async () => {
    backend = await GuestBackend.open();
    guest = await Guest.boot({ ...SCREEN, gpuSocketPath: backend.socketPath });
    [screen] = backend.screens(1) as [GuestScreen];
  });

  afterAll(async () => {
    await guest?.close();
    await backend?.close();
  });

  const bothPictures = async (): Promise<{ qemu: Image; ours: Image }> => {
    const ours = imageOf(await screen.picture());
    return { qemu: await guest.screenshot(), ours };
  };

  test('starts a shell', async () => {
    const { exitCode, stdout } = await guest.run('uname -sr; id -u; ls /dev/dri /dev/input/event0');
    expect(stdout.split('\n')).toEqual(
      expect.arrayContaining([
        `Linux ${guest.kernelRelease}`,
        '0',
        'card0',
        'renderD128',
        '/dev/input/event0',
      ]),
    );
    expect(exitCode).toBe(0);
  });

  test('has 3D: eglinfo and wflinfo name virgl and the renderer of the host', async () => {
    const eglinfo = await guest.run('eglinfo -B | grep "EGL driver name" | sort -u');
    expect(eglinfo.stdout).toContain('EGL driver name: virtio_gpu');
    const wflinfo = await guest.run(['wflinfo', '--platform', 'gbm', '--api', 'gles2']);
    expect(wflinfo.stdout).toMatch(/OpenGL renderer string: virgl \(\S+.*\)/);
    const desktop = await guest.run(['wflinfo', '--platform', 'gbm', '--api', 'gl']);
    expect(desktop.stdout).toMatch(/OpenGL renderer string: virgl \(\S+.*\)/);
  });

  test('shows the pattern of modetest as QEMU itself does, and as our own screen says', async () => {
    const script = modetest(SCREEN.width, SCREEN.height);
    const { qemu, ours } = await whileRunning(guest, script, 'shown', bothPictures);
    keepPicture('modetest', qemu);
    expect(countColors(qemu)).toBeGreaterThan(10);
    expect(compare(qemu, ours)).toEqual({ largest: 0, different: 0 });

    await using peer = await Guest.boot({ ...SCREEN, gpu: 'qemu-2d' });
    const expected = await whileRunning(peer, script, 'shown', () => peer.screenshot());
    keepPicture('modetest-qemu', expected);
    expect(compare(qemu, expected)).toEqual({ largest: 0, different: 0 });
  });

  test('changes the size of its screen', async () => {
    const small = { width: 640, height: 480 };
    const script = modetest(small.width, small.height);
    const { qemu, ours } = await whileRunning(guest, script, 'shown', bothPictures);
    keepPicture('modetest-small', qemu);
    // The console is back.
    await until('the first size', () => screen.size.width === SCREEN.width);
    expect(ours).toMatchObject(small);
    expect(compare(qemu, ours)).toEqual({ largest: 0, different: 0 });
  });

  test('draws 300 frames of kmscube', async () => {
    const { exitCode, stdout } = await guest.run(['kmscube', '-c', '300'], { timeoutMs: 60_000 });
    expect(stdout).toMatch(/renderer: "virgl/);
    expect(stdout).toMatch(/Rendered 299 frames/);
    expect(exitCode).toBe(0);
  });

  test('draws frames of kmscube as the host does without a guest', async () => {
    const native = await runKmsProgram(['kmscube', '-c', '300'], { ...SCREEN, keep: FRAMES });
    for (const [index, frame] of FRAMES.entries()) {
      const { qemu, ours } = await atKmscubeFrame(guest, frame, bothPictures);
      keepPicture(`kmscube-${frame}`, qemu);
      const expected = native.frames[index] as Image;
      keepPicture(`kmscube-${frame}-host`, expected);
      expect(countColors(expected)).toBeGreaterThan(1000);
      // Rounding of colours, and edges.
      const { different } = compare(qemu, expected, 2);
      expect({ frame, different: different < 20 || different }).toEqual({ frame, different: true });
      expect(compare(qemu, ours)).toEqual({ largest: 0, different: 0 });
    }
  });

  test('draws what glmark2 validates as the host does without a guest', async () => {
    const validate = ['glmark2-es2-drm', '--validate'];
    const { stdout } = await guest.run(validate, { timeoutMs: 110_000 });
    const onHost = [...validate, '--winsys-options', `drm-device=${HOST_KMS_DEVICE}`];
    const host = await runKmsProgram(onHost, SCREEN);
    expect(stdout).toMatch(/GL_RENDERER: +virgl/);
    // On a screen that is not 800x600 some scenes fail everywhere, because glmark2 knows the colours of 800x600 only.
    expect(validationsOf(stdout)).toEqual(validationsOf(host.stdout));
    const succeeded = validationsOf(stdout).filter((line) => line.endsWith('Success'));
    expect(succeeded.length).toBeGreaterThan(20);
  });

  test('is restarted three times', async () => {
    for (let time = 1; time <= 3; time += 1) {
      await guest.reset();
      const { stdout } = await guest.run('cut -d. -f1 /proc/uptime');
      expect(Number(stdout)).toBeLessThan(60);
    }
    const { stdout, exitCode } = await guest.run(['kmscube', '-c', '30'], { timeoutMs: 60_000 });
    expect(stdout).toMatch(/renderer: "virgl/);
    expect(exitCode).toBe(0);
  });

  test('has done nothing that our GPU or its kernel complained about', async () => {
    expect(backend.report).toMatchObject({ warnings: [], failures: [] });
    const { stdout } = await guest.run('dmesg');
    expect(stdout).not.toMatch(/\*ERROR\*/);
    expect(stdout).toMatch(/virtio_gpu/);
  });
});
