// Modes that a display has beside the one that was asked for: only smaller ones, because some programs take the largest.

import type { Mode } from './timing';

const SIZES = [
  [7680, 4320],
  [5120, 2880],
  [3840, 2160],
  [2560, 1600],
  [2560, 1440],
  [1920, 1200],
  [1920, 1080],
  [1680, 1050],
  [1600, 900],
  [1440, 900],
  [1366, 768],
  [1280, 1024],
  [1280, 800],
  [1280, 720],
  [1024, 768],
  [800, 600],
  [640, 480],
] as const;

const REFRESH_HZ = 60;

/** Smaller modes, the largest first. */
export const smallerModes = ({ width, height }: Mode): Mode[] =>
  SIZES.filter(([w, h]) => w <= width && h <= height && !(w === width && h === height)).map(([w, h]) => ({
    width: w,
    height: h,
    refreshHz: REFRESH_HZ,
  }));
