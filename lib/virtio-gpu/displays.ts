// The displays that the guest may use, as whoever shows them wants them to be.

import { invalidArgument } from '../protocol/error';
import { type DisplayMode, MAX_SCANOUTS } from './wire-types';

/** How large a display is. */
export interface Display {
  width: number;
  height: number;
  /** Whether something is connected. */
  enabled: boolean;
  refreshHz: number;
}

/** What `setDisplay` takes. */
export interface DisplayOptions {
  width: number;
  height: number;
  /** Default: true. */
  enabled?: boolean;
  /** Pictures in a second. Default: 60. */
  refreshHz?: number;
}

/** Largest size of a display: what the blocks of an EDID can say. */
export const MAX_DISPLAY_SIZE = 16384;
const DEFAULT_REFRESH_HZ = 60;
const MAX_REFRESH_HZ = 500;

const checkNumber = (operation: string, field: string, value: number, max: number): void => {
  if (!Number.isInteger(value) || value < 1 || value > max)
    throw invalidArgument(operation, field, `an integer from 1 to ${max}`, value);
};

/** Options with their defaults. @throws VirglError `ERR_VIRGL_ARGUMENT` */
export const displayOf = (operation: string, options: DisplayOptions): Display => {
  const { width, height, enabled = true, refreshHz = DEFAULT_REFRESH_HZ } = options;
  checkNumber(operation, 'width', width, MAX_DISPLAY_SIZE);
  checkNumber(operation, 'height', height, MAX_DISPLAY_SIZE);
  checkNumber(operation, 'refreshHz', refreshHz, MAX_REFRESH_HZ);
  return { width, height, enabled, refreshHz };
};

/** The answer to GET_DISPLAY_INFO: displays side by side, and what is not there. */
export const displayModes = (displays: readonly Display[]): DisplayMode[] => {
  let x = 0;
  return Array.from({ length: MAX_SCANOUTS }, (_, index) => {
    const display = displays[index];
    if (display === undefined || !display.enabled)
      return { rect: { x: 0, y: 0, width: 0, height: 0 }, enabled: false, flags: 0 };
    const { width, height } = display;
    const mode = { rect: { x, y: 0, width, height }, enabled: true, flags: 0 };
    x += width;
    return mode;
  });
};
