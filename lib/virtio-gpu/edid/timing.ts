// Timings of modes. Facts: VESA CVT 1.2, reduced blanking version 1: what flat panels, real or not, use.

/** A size and how often it is drawn in a second. */
export interface Mode {
  width: number;
  height: number;
  refreshHz: number;
}

/** One direction of a timing, in pixels or lines. */
export interface Sweep {
  active: number;
  blank: number;
  front: number;
  sync: number;
}

/** When what is drawn. */
export interface Timing {
  /** In units of 10 kHz. */
  clock10kHz: number;
  horizontal: Sweep;
  vertical: Sweep;
}

const H_BLANK = { blank: 160, front: 48, sync: 32 } as const;
const V_FRONT = 3;
const MIN_V_BACK = 6;
const MIN_V_BLANK_MICROSECONDS = 460;
/** Clocks are whole quarters of a MHz. */
const CLOCK_STEP_HZ = 250_000;

// The width of the vertical sync tells the aspect ratio.
const SYNC_OF_RATIO = [
  [4 / 3, 4],
  [16 / 9, 5],
  [16 / 10, 6],
  [5 / 4, 7],
  [15 / 9, 7],
] as const;
const OTHER_SYNC = 10;

const verticalSync = ({ width, height }: Mode): number =>
  SYNC_OF_RATIO.find(([ratio]) => Math.floor(height * ratio) === width)?.[1] ?? OTHER_SYNC;

/** The timing of a mode. */
export const timingOf = (mode: Mode): Timing => {
  const { width, height, refreshHz } = mode;
  const sync = verticalSync(mode);
  const lineMicroseconds = (1_000_000 / refreshHz - MIN_V_BLANK_MICROSECONDS) / height;
  const blank = Math.max(
    Math.floor(MIN_V_BLANK_MICROSECONDS / lineMicroseconds) + 1,
    V_FRONT + sync + MIN_V_BACK,
  );
  const pixels = (width + H_BLANK.blank) * (height + blank);
  const clockHz = Math.max(1, Math.floor((refreshHz * pixels) / CLOCK_STEP_HZ)) * CLOCK_STEP_HZ;
  return {
    clock10kHz: clockHz / 10_000,
    horizontal: { active: width, ...H_BLANK },
    vertical: { active: height, blank, front: V_FRONT, sync },
  };
};
