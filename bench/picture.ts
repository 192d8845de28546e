// What is compared of two pictures: all bytes by a hash, and two pixels that a triangle in the middle makes differ.

import { hashOf } from './hash';

/** A picture in short. Pixels are RGBA in hexadecimal digits. */
export interface Picture {
  /** FNV-1a of all bytes. */
  hash: string;
  centre: string;
  /** The first pixel. */
  corner: string;
}

const BYTES_PER_PIXEL = 4;

/** Sums up an RGBA picture, as peers/c/peer.c does. */
export const pictureOf = (pixels: Uint8Array, width: number, height: number): Picture => {
  const middle = (Math.floor(height / 2) * width + Math.floor(width / 2)) * BYTES_PER_PIXEL;
  const hexadecimal = (start: number) =>
    Buffer.from(pixels.subarray(start, start + BYTES_PER_PIXEL)).toString('hex');
  return {
    hash: hashOf(pixels),
    centre: hexadecimal(middle),
    corner: hexadecimal(0),
  };
};

const channels = (pixel: string): number[] => [...Buffer.from(pixel, 'hex')];

/** Whether two pixels differ by at most `tolerance` in each channel. */
export const isNear = (pixel: string, other: string, tolerance: number): boolean => {
  const others = channels(other);
  return channels(pixel).every((value, i) => Math.abs(value - (others[i] ?? Infinity)) <= tolerance);
};

/** @throws Error for a picture of a single colour */
export const requireTriangle = ({ centre, corner }: Picture, whose: string): void => {
  if (centre === corner) throw new Error(`the picture of ${whose} has the single colour #${centre}`);
};
