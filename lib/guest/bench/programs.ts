// What is measured: programs, and how their figures are read.

import { HOST_KMS_DEVICE } from '../native/kms-program';

/** A program of the benchmark. */
export interface BenchProgram {
  name: string;
  command: readonly string[];
  /** More arguments where it runs on the host. */
  onHost: readonly string[];
  /** Whether each of its frames goes to the screen of the guest. */
  isPresented: boolean;
  /** Frames per second, in its own words; undefined if it did not say. */
  figure(stdout: string): number | undefined;
}

const KMSCUBE_FRAMES = 1000;
const GLMARK2_SECONDS = 3;

const lastNumber = (text: string, pattern: RegExp): number | undefined => {
  const [, number] = [...text.matchAll(pattern)].at(-1) ?? [];
  return number === undefined ? undefined : Number(number);
};

// glmark2-es2-drm asks for a surface with alpha, which virtio-gpu does not scan out; and it leaves frames out unless told to wait.
const ON_SCREEN = ['--visual-config', 'alpha=0:buffer=24', '--swap-mode', 'fifo'];
const OFF_SCREEN = ['--off-screen'];

const glmark2 = (scene: string, isPresented: boolean): BenchProgram => ({
  name: `glmark2 ${scene.replace(/^.*=/, '')}${isPresented ? '' : ', off screen'}`,
  command: [
    ...['glmark2-es2-drm', '-b', `${scene}:duration=${GLMARK2_SECONDS}.0`],
    ...(isPresented ? ON_SCREEN : OFF_SCREEN),
  ],
  onHost: ['--winsys-options', `drm-device=${HOST_KMS_DEVICE}`],
  isPresented,
  figure: (stdout) => lastNumber(stdout, /FPS: (\d+)/g),
});

/** All programs. */
export const BENCH_PROGRAMS: readonly BenchProgram[] = [
  {
    name: 'kmscube',
    command: ['kmscube', '-c', String(KMSCUBE_FRAMES)],
    onHost: [],
    isPresented: true,
    figure: (stdout) => lastNumber(stdout, /\(([\d.]+) fps\)/g),
  },
  glmark2('build', true),
  glmark2('build', false),
  glmark2('shading:shading=phong', false),
  glmark2('texture', false),
];

/** Size of the screen: glmark2-es2-drm can't draw on one of 800x600, the size that it asks for. */
export const BENCH_SCREEN = { width: 808, height: 600 } as const;
