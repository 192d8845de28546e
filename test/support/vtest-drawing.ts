// The least that shows that a vtest server renders: a texture, made red.

import { Bind, Clear, CommandEncoder, Format } from '../../lib/protocol';
import type { Connection } from './vtest-connection';
import { dwords, request, requests } from './vtest-session';

/** A texture that can be drawn to. */
export const target = (handle: number, width = 4, height = 4): Buffer =>
  request(2, handle, 2, Format.R8G8B8A8_UNORM, Bind.RENDER_TARGET, width, height, 1, 1, 0, 0);

/** SUBMIT_CMD. */
export const submit = (commands: Uint32Array): Buffer =>
  Buffer.concat([
    dwords(commands.length, 6),
    Buffer.from(commands.buffer, commands.byteOffset, commands.byteLength),
  ]);

/** Makes a texture one colour. */
export const clear = (resource: number, color: [number, number, number, number]): Buffer =>
  submit(
    new CommandEncoder()
      .createSurface({ handle: 1, resource, format: Format.R8G8B8A8_UNORM })
      .setFramebufferState({ colorBuffers: [1], zsurf: 0 })
      .clear({ buffers: Clear.COLOR0, color, depth: 1, stencil: 0 })
      .finish(),
  );

/** Millions of texels, again and again: more than any machine draws in a second. */
export const endless = (): Buffer => {
  const [width, height] = [4096, 4096];
  const encoder = new CommandEncoder();
  for (let count = 0; count < 2000; count += 1) {
    encoder.blit({
      mask: 15,
      filter: 1,
      dstResource: 1,
      dstFormat: Format.R8G8B8A8_UNORM,
      dstBox: { w: width, h: height },
      srcResource: 2,
      srcFormat: Format.R8G8B8A8_UNORM,
      srcBox: { y: height - 1, w: width - 1, h: 1 - height },
    });
  }
  return Buffer.concat([target(1, width, height), target(2, width, height), submit(encoder.finish())]);
};

export const RED: [number, number, number, number] = [1, 0, 0, 1];

/** The bytes of a texture of 4 x 4 texels, when all that was submitted is done. */
export const readTexels = async (connection: Connection, resource: number): Promise<Buffer> => {
  connection.send(requests.busyWait(resource, 1), requests.transferGet(resource, 64));
  return (await connection.read(12 + 64)).subarray(12);
};

/** A texture of one colour. */
export const texels = (...color: number[]): Buffer =>
  Buffer.concat(new Array<Buffer>(16).fill(Buffer.from(color.map((part) => part * 255))));

/** Makes a texture of version 2 red, and looks. */
export const expectRed = async (connection: Connection, handle = 1): Promise<void> => {
  connection.send(target(handle), clear(handle, RED));
  expect(await readTexels(connection, handle)).toEqual(texels(...RED));
};
