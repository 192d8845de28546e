// Trimmed frames play to the same pixels, with what earlier frames left for them and without what they did not.

import { NativeHost } from '../../lib/host';
import { Clear, CommandEncoder, Format } from '../../lib/protocol';
import { MemoryTrace, play, RecordingHost, trim, trimMeta, type TrimResult } from '../../lib/trace';
import { describeNative } from '../support/native-library';
import { BOX, HEIGHT, texture, WIDTH } from '../support/proof';
import { createTriangleResources, triangleCommands } from '../support/triangle';

const IDS = { target: 2, vertices: 3 };
const PAINTED = 4;
const UNSEEN = 5;
const FRAMES = 12;
const surface = (handle: number, resource: number) => ({ handle, resource, format: Format.R8G8B8A8_UNORM });
const half = { x: 0, y: 0, z: 0, w: WIDTH / 2, h: HEIGHT, d: 1 };

// The first frame paints a texture that all later ones show; each also draws into one that nobody looks at.
const frameCommands = (frame: number): Uint32Array => {
  const encoder = new CommandEncoder();
  if (frame === 0)
    encoder
      .createSurface(surface(50, PAINTED))
      .createSurface(surface(51, UNSEEN))
      .setFramebufferState({ colorBuffers: [50], zsurf: 0 })
      .clear({ buffers: Clear.COLOR0, color: [0, 1, 0, 1] });
  const blit = {
    srcFormat: Format.R8G8B8A8_UNORM,
    dstFormat: Format.R8G8B8A8_UNORM,
    srcBox: half,
    dstBox: half,
  };
  return encoder
    .setFramebufferState({ colorBuffers: [51], zsurf: 0 })
    .clear({ buffers: Clear.COLOR0, color: [1, 1, 1, 1] })
    .setFramebufferState({ colorBuffers: [1], zsurf: 0 })
    .setBlendColor({ color: [frame, 0, 0, 0] })
    .clear({ buffers: Clear.COLOR0, color: [0, 0, frame / FRAMES, 1] })
    .blit({ srcResource: PAINTED, dstResource: IDS.target, ...blit })
    .finish();
};

const record = async (): Promise<MemoryTrace> => {
  const trace = new MemoryTrace();
  await using host = new RecordingHost(await NativeHost.open(), trace);
  const contextId = 1;
  await host.contextCreate({ contextId });
  await createTriangleResources(host, IDS);
  for (const resourceId of [PAINTED, UNSEEN]) await host.resourceCreate(texture(resourceId));
  for (const resourceId of [IDS.target, IDS.vertices, PAINTED, UNSEEN])
    await host.ctxAttachResource({ contextId, resourceId });
  await host.submitCmd({ contextId, commands: triangleCommands(IDS) });
  for (let frame = 0; frame < FRAMES; frame += 1) {
    await host.submitCmd({ contextId, commands: frameCommands(frame) });
    const into = new Uint8Array(WIDTH * HEIGHT * 4);
    await host.transferReadIov({ resourceId: IDS.target, contextId, box: BOX, into });
  }
  return trace;
};

const cut = async (whole: MemoryTrace, from: number, to: number): Promise<[MemoryTrace, TrimResult]> => {
  const small = new MemoryTrace(trimMeta(whole.meta, { from, to }));
  const result = await trim(whole, { frames: { from, to }, openHost: () => NativeHost.open() }, small);
  return [small, result];
};

describeNative('trimming', () => {
  let whole: MemoryTrace;
  beforeAll(async () => {
    whole = await record();
  });

  it('keeps what frames show and drops what they do not', async () => {
    const [small, result] = await cut(whole, 7, 8);
    expect(result.kept).toBe('needed');
    expect(result.verified?.compared).toBeGreaterThanOrEqual(2);
    expect(result.verified?.equal).toBe(result.verified?.compared);
    expect(result.after).toBeLessThan(result.before / 2);
    expect(small.meta.extra).toEqual({ trimmedFrom: { from: 7, to: 8 } });
    await using host = await NativeHost.open();
    const report = await play(small, host, { verify: true });
    expect(report).toMatchObject({ frames: 2, differenceCount: 0, isGood: true });
  });

  it('keeps of what earlier frames drew the one texture that is shown', async () => {
    const [small] = await cut(whole, 7, 8);
    const clears = (trace: MemoryTrace): number =>
      trace.list
        .flatMap((item) =>
          item.kind === 'call' && item.name === 'submitCmd' ? [item.args as { commands: Uint32Array }] : [],
        )
        .flatMap(({ commands }) => [...commands].filter((dword) => dword === 0x00080007)).length;
    expect(clears(whole)).toBe(2 * FRAMES + 2);
    // The paint, and two in each frame that was kept.
    expect(clears(small)).toBe(5);
  });

  it('cuts any single frame', async () => {
    for (const frame of [0, 1, FRAMES - 1]) {
      const [, { verified, kept }] = await cut(whole, frame, frame);
      expect(kept).toBe('needed');
      expect(verified?.equal).toBe(verified?.compared);
      expect(verified?.compared).toBeGreaterThanOrEqual(1);
    }
  });

  it('refuses frames that are not there', async () => {
    await expect(cut(whole, 99, 100)).rejects.toThrow(/frames.from/);
    await expect(cut(whole, 2, 1)).rejects.toThrow(/to at least from/);
  });
});
