// How much goes into a report.

import type { RenderHost } from '../../host';
import { invalidArgument } from '../../protocol/error';
import { checkKeys } from '../../protocol/check-keys';

/** A range of frames, both ends included. */
export interface FrameRange {
  from: number;
  to: number;
}

/** Options of {@link writeReport}. */
export interface ReportOptions {
  /** Default: all. */
  frames?: FrameRange;
  /** Draws, clears, copies and compute launches that get state and pictures; default 100. */
  maxDraws?: number;
  /** Commands and calls that are listed; default 50,000. */
  maxEntries?: number;
  /** Bytes of pictures, as text; default 48 MiB. */
  maxBytes?: number;
  /** Longest side of a picture, in pixels; larger ones are made smaller. Default 640. */
  maxPixels?: number;
  /** Where the trace is replayed for pictures and contents of buffers. Left out: what the records tell. It is closed. */
  host?: RenderHost;
  /** What else the page is to say at its top. */
  notices?: readonly string[];
}

/** The numbers, with their defaults. */
export const REPORT_DEFAULTS = {
  maxDraws: 100,
  maxEntries: 50_000,
  maxBytes: 48 * 2 ** 20,
  maxPixels: 640,
} as const;

/** Options with defaults. */
export type CheckedReportOptions = Required<Omit<ReportOptions, 'host' | 'frames' | 'notices'>> &
  Pick<ReportOptions, 'host' | 'frames' | 'notices'>;

/** @throws VirglError `ERR_VIRGL_ARGUMENT` */
export const checkReportOptions = (options: ReportOptions): CheckedReportOptions => {
  checkKeys('report', undefined, options, ['frames', 'host', 'notices', ...Object.keys(REPORT_DEFAULTS)]);
  const { frames } = options;
  if (frames !== undefined) {
    checkKeys('report', 'frames', frames, ['from', 'to']);
    const isRange =
      Number.isInteger(frames.from) &&
      Number.isInteger(frames.to) &&
      frames.from >= 0 &&
      frames.to >= frames.from;
    if (!isRange)
      throw invalidArgument('report', 'frames', 'whole numbers from ≤ to', `${frames.from} to ${frames.to}`);
  }
  for (const name of Object.keys(REPORT_DEFAULTS) as (keyof typeof REPORT_DEFAULTS)[]) {
    const value = options[name];
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 0))
      throw invalidArgument('report', name, 'a whole number', value);
  }
  return { ...REPORT_DEFAULTS, ...options };
};
