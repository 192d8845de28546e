// Traces of many good commands and a wrong one.

import { CommandEncoder, ObjectType, Primitive, ShaderStage } from '../../../lib/protocol';
import type { TraceRecord } from '../../../lib/trace';
import { BOX, buffer, HEIGHT, texture, WIDTH } from '../../support/proof';
import { triangleCommands } from '../../support/triangle';

/** Resources of the trace. */
export const IDS = { target: 2, vertices: 3 };
const FRAMES = 60;
const DRAWS = 30;
const CORNERS = Float32Array.of(-1, -1, 0, 3, -1, 0, -1, 3, 0);

const submit = (commands: Uint32Array): TraceRecord => ({
  kind: 'call',
  name: 'submitCmd',
  args: { contextId: 1, commands },
});

// State that changes with every draw, as programs do it.
const frameCommands = (
  frame: number,
  wrong: ((encoder: CommandEncoder) => unknown) | undefined,
): Uint32Array => {
  const encoder = new CommandEncoder();
  for (let draw = 0; draw < DRAWS; draw += 1) {
    const handle = 100 + frame * DRAWS + draw;
    encoder
      .setBlendColor({ color: [draw / DRAWS, 0, 0, 1] })
      .createBlend({ handle })
      .bindObject({ type: ObjectType.BLEND, handle });
    if (draw === DRAWS / 2) wrong?.(encoder);
    encoder.drawVbo({ count: 3, mode: Primitive.TRIANGLES });
  }
  return encoder.finish();
};

/** Frames of triangles; the wrong commands stand in the middle of the tenth from the end. */
export const seeded = (wrong: (encoder: CommandEncoder) => unknown, frames = FRAMES): TraceRecord[] => [
  { kind: 'call', name: 'contextCreate', args: { contextId: 1 } },
  { kind: 'call', name: 'resourceCreate', args: texture(IDS.target) },
  { kind: 'call', name: 'resourceCreate', args: buffer(IDS.vertices, CORNERS.byteLength) },
  { kind: 'call', name: 'ctxAttachResource', args: { contextId: 1, resourceId: IDS.target } },
  { kind: 'call', name: 'ctxAttachResource', args: { contextId: 1, resourceId: IDS.vertices } },
  {
    kind: 'call',
    name: 'transferWriteIov',
    args: {
      resourceId: IDS.vertices,
      box: { x: 0, y: 0, z: 0, w: CORNERS.byteLength, h: 1, d: 1 },
      from: new Uint8Array(CORNERS.buffer),
    },
  },
  submit(triangleCommands(IDS)),
  ...Array.from({ length: frames }, (_, frame): TraceRecord[] => [
    submit(frameCommands(frame, frame === Math.max(0, frames - 10) ? wrong : undefined)),
    { kind: 'frame' },
  ]).flat(),
  {
    kind: 'call',
    name: 'transferReadIov',
    args: { resourceId: IDS.target, contextId: 1, box: BOX, into: new Uint8Array(WIDTH * HEIGHT * 4) },
  },
];

/** Binds an object that there is not. */
export const bindMissing = (encoder: CommandEncoder): unknown =>
  encoder.bindObject({ type: ObjectType.BLEND, handle: 0xbad });

const GREEN = 'FRAG\nDCL OUT[0], COLOR\nIMM[0] FLT32 {0, 1, 0, 1}\nMOV OUT[0], IMM[0]\nEND\n';

/** Draws in green from here on. */
export const drawGreen = (encoder: CommandEncoder): unknown =>
  encoder
    .createShader({ handle: 99, stage: ShaderStage.FRAGMENT, text: GREEN })
    .bindShader({ handle: 99, stage: ShaderStage.FRAGMENT });

/** A shader that virglrenderer before 1.0 does not survive. */
export const CRASHING =
  'FRAG\nDCL OUT[0], COLOR\nDCL TEMP[9..7]\nIMM[0] FLT32 {0, 0, 0, 0}\nMOV OUT[0], IMM[0]\nEND\n';

/** Makes {@link CRASHING}. */
export const crash = (encoder: CommandEncoder): unknown =>
  encoder.createShader({ handle: 99, stage: ShaderStage.FRAGMENT, text: CRASHING });
