// Blocks behind the first one of an EDID. Facts: CTA-861-G, section 7.5; VESA DisplayID 1.3, sections 2 and 4.4.

import { DETAILED_TIMING_BYTES, detailedTiming, type PhysicalSize, typeOneTiming } from './detailed-timing';
import type { Timing } from './timing';

/** Bytes of every block. */
export const BLOCK_BYTES = 128;

const checksumOf = (bytes: Iterable<number>): number => {
  let sum = 0;
  for (const byte of bytes) sum += byte;
  return (256 - (sum & 0xff)) & 0xff;
};

/** A block: filled up with zeroes, its last byte makes the sum of all 0. */
export const block = (bytes: readonly number[]): Uint8Array => {
  const filled = new Uint8Array(BLOCK_BYTES);
  filled.set(bytes);
  filled[BLOCK_BYTES - 1] = checksumOf(bytes);
  return filled;
};

const CTA_TAG = 2;
const CTA_REVISION = 3;
/** Computers' pictures are not cut at their edges, and colours have their full range: Video Capability Data Block. */
const UNDERSCAN = 0x80;
const VIDEO_CAPABILITIES = [0xe2, 0, 0x4a];
const CTA_HEAD_BYTES = 4 + VIDEO_CAPABILITIES.length;
/** How many detailed timings a CTA block holds. */
export const CTA_TIMINGS = Math.floor((BLOCK_BYTES - 1 - CTA_HEAD_BYTES) / DETAILED_TIMING_BYTES);

/** A CTA-861 block of detailed timings. */
export const ctaBlock = (timings: readonly Timing[], size: PhysicalSize): Uint8Array =>
  block([
    CTA_TAG,
    CTA_REVISION,
    CTA_HEAD_BYTES,
    UNDERSCAN,
    ...VIDEO_CAPABILITIES,
    ...timings.flatMap((timing) => detailedTiming(timing, size)),
  ]);

const DISPLAY_ID_TAG = 0x70;
const DISPLAY_ID_VERSION = 0x12;
/** An extension of what the first block says. */
const PRODUCT_EXTENSION = 0;
const TYPE_ONE_TIMING = 3;

/** A DisplayID block with the preferred timing, where that does not fit into the first block. */
export const displayIdBlock = (timing: Timing): Uint8Array => {
  const payload = typeOneTiming(timing);
  const data = [TYPE_ONE_TIMING, 0, payload.length, ...payload];
  const section = [DISPLAY_ID_VERSION, data.length, PRODUCT_EXTENSION, 0, ...data];
  return block([DISPLAY_ID_TAG, ...section, checksumOf(section)]);
};
