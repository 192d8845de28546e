// Proof that a host still renders: a new context clears a new texture, and the colour is read back.

import type { RenderHost } from '../../lib/host';
import { Bind, Clear, CommandEncoder, Format, TextureTarget } from '../../lib/protocol';

/** Pixels of {@link texture}. */
export const WIDTH = 16;
export const HEIGHT = 8;
export const BOX = { x: 0, y: 0, z: 0, w: WIDTH, h: HEIGHT, d: 1 };

/** Arguments of a small RGBA texture. */
export const texture = (resourceId: number) => ({
  resourceId,
  target: TextureTarget.TEXTURE_2D,
  format: Format.R8G8B8A8_UNORM,
  bind: Bind.RENDER_TARGET | Bind.SAMPLER_VIEW,
  width: WIDTH,
  height: HEIGHT,
});

/** Arguments of a buffer. */
export const buffer = (resourceId: number, width: number, bind: number = Bind.VERTEX_BUFFER) => ({
  resourceId,
  target: TextureTarget.BUFFER,
  format: Format.R8_UNORM,
  bind,
  width,
});

/** Commands that clear a resource to a colour. */
export const clearCommands = (resource: number, color: readonly [number, number, number, number]) =>
  new CommandEncoder()
    .createSurface({ handle: 1, resource, format: Format.R8G8B8A8_UNORM })
    .setFramebufferState({ colorBuffers: [1], zsurf: 0 })
    .clear({ buffers: Clear.COLOR0, color: [...color], depth: 1, stencil: 0 })
    .finish();

const PROOF_ID = 0x7000_0000;

/** Clears and reads back with ids that tests don't use. Rejects, or fails the test, if the host does not render. */
export const expectRenders = async (host: RenderHost): Promise<void> => {
  const ids = { contextId: PROOF_ID, resourceId: PROOF_ID };
  await host.contextCreate({ contextId: PROOF_ID, name: 'proof' });
  await host.resourceCreate(texture(PROOF_ID));
  await host.ctxAttachResource(ids);
  await host.submitCmd({ contextId: PROOF_ID, commands: clearCommands(PROOF_ID, [1, 0, 0.2, 1]) });
  await host.createFence({});
  const pixels = new Uint8Array(WIDTH * HEIGHT * 4);
  await host.transferReadIov({ resourceId: PROOF_ID, box: BOX, into: pixels });
  expect([...pixels.subarray(0, 4), ...pixels.subarray(-4)]).toEqual([255, 0, 51, 255, 255, 0, 51, 255]);
  await host.resourceUnref({ resourceId: PROOF_ID });
  await host.contextDestroy({ contextId: PROOF_ID });
};
