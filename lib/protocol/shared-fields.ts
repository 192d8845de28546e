// Groups of fields that several commands and objects have in common.

import { f32, flags, i32, oneOf, resource, struct, u32, vector } from './schema-types';

/** A box of unsigned pixels (of bytes in x for buffers); six dwords. y, z count from 0, height and depth from 1. */
export const box = (dword: number, doc: string) =>
  struct(dword, 6, doc, {
    x: u32(0, 'left, or first byte of a buffer', { default: 0, unit: 'pixels' }),
    y: u32(1, 'top', { default: 0, unit: 'pixels' }),
    z: u32(2, 'first slice, layer or cube face', { default: 0 }),
    w: u32(3, 'width, or number of bytes of a buffer', { unit: 'pixels' }),
    h: u32(4, 'height', { default: 1, unit: 'pixels' }),
    d: u32(5, 'number of slices, layers or cube faces', { default: 1 }),
  });

/** A box whose sizes may be negative, which flips the picture; six dwords. */
export const signedBox = (dword: number, doc: string) =>
  struct(dword, 6, doc, {
    x: i32(0, 'left', { default: 0, unit: 'pixels' }),
    y: i32(1, 'top', { default: 0, unit: 'pixels' }),
    z: i32(2, 'first slice or layer', { default: 0 }),
    w: i32(3, 'width; negative flips', { unit: 'pixels' }),
    h: i32(4, 'height; negative flips', { default: 1, unit: 'pixels' }),
    d: i32(5, 'depth', { default: 1 }),
  });

/** The eleven dwords that every transfer begins with. */
export const transferHead = () => ({
  resource: resource(1, 'resource whose level is read or written'),
  level: u32(2, 'mip level', { default: 0 }),
  usage: flags('TransferUsage', 3, 'how the guest maps it; hosts ignore it', { default: 0 }),
  stride: u32(4, 'bytes per row of blocks; 0 = derived from the level', { default: 0, unit: 'bytes' }),
  layerStride: u32(5, 'bytes per layer; 0 = derived from the level', { default: 0, unit: 'bytes' }),
  box: box(6, 'what is moved'),
});

/** Shader stage in a dword. */
export const stage = (dword: number) => oneOf('ShaderStage', dword, 'shader stage');

/** First slot of a range of slots. */
export const startSlot = (dword: number) => u32(dword, 'first slot that is set', { default: 0 });

/** Range of a buffer that shaders read and write; three dwords. */
export const bufferRange = () =>
  struct(0, 3, 'range of a buffer', {
    offset: u32(0, 'start of the range', { default: 0, unit: 'bytes' }),
    length: u32(1, 'length of the range', { default: 0, unit: 'bytes' }),
    resource: resource(2, 'buffer; 0 = unbind the slot'),
  });

/** Colour as four floats or, for integer formats and exact bits, as four dwords. */
export const colorFields = (dword: number, doc: string) => ({
  color: vector(dword, 4, `${doc}, as floats`, f32(0, 'channel'), { variant: 'float', default: 0 }),
  colorBits: vector(dword, 4, `${doc}, as raw dwords`, u32(0, 'channel'), { variant: 'bits', default: 0 }),
});
