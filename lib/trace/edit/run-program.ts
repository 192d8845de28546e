// What a generated program does when it is run as a script: its calls on this process's virglrenderer, and a picture of the last frame.

import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { NativeHost } from '../../host';
import { encodePng } from '../../image';
import { Format, formatName, VirglError } from '../../protocol';
import { pixelConverter } from '../../renderer/pixel-conversion';
import { TraceProgram } from './program';

/** A frame of a generated program. */
export type FrameFunction = (program: TraceProgram) => Promise<void>;

/** Where a frame left its picture: level 0, layer 0 of a texture. */
export interface ProgramPicture {
  /** The frame after which it is there. */
  frame: number;
  resourceId: number;
  contextId: number;
  width: number;
  height: number;
  format: number;
}

/** A generated program. */
export interface ProgramParts {
  frames: readonly FrameFunction[];
  picture: ProgramPicture | undefined;
  /** The file of its large data. */
  dataPath: string;
}

const BYTES_PER_PIXEL = 4;

const readPicture = async (program: TraceProgram, picture: ProgramPicture): Promise<Uint8Array> => {
  const { resourceId, contextId, width: w, height: h } = picture;
  const into = new Uint8Array(w * h * BYTES_PER_PIXEL);
  const box = { x: 0, y: 0, z: 0, w, h, d: 1 };
  await program.host.transferReadIov({ resourceId, contextId, box, into });
  return into;
};

/**
 * Runs a generated program on a host of its own in this process. Understands `--png FILE` on the command line.
 * @throws VirglError what a call throws that did not fail when it was recorded
 */
export const runProgram = async ({ frames, picture, dataPath }: ProgramParts): Promise<void> => {
  const { png } = parseArgs({ options: { png: { type: 'string' } } }).values;
  await using host = await NativeHost.open({ ignoreLostContexts: true });
  const program = new TraceProgram(host, readFileSync(dataPath));
  let pixels: Uint8Array | undefined;
  for (const [index, frame] of frames.entries()) {
    await frame(program);
    if (png !== undefined && index === picture?.frame) pixels = await readPicture(program, picture);
  }
  await program.end();
  console.log(`${frames.length} frames, ${program.refusals} calls refused as when recorded`);
  if (png === undefined) return;
  if (picture === undefined || pixels === undefined) {
    const message = 'png: expected a trace whose frames have pictures but received one without';
    throw new VirglError('ERR_VIRGL_ARGUMENT', message, { operation: 'png', field: 'picture' });
  }
  const { width, height, format } = picture;
  const converter = pixelConverter('png', format, Format.R8G8B8A8_UNORM);
  const data = new Uint8Array(converter?.sizeOf(pixels.length) ?? pixels.length);
  if (converter === undefined) data.set(pixels);
  else converter.convert(pixels, data);
  writeFileSync(png, encodePng({ width, height, data }));
  console.log(`${png}: ${width}x${height} ${formatName(format)}`);
};
