// A million numbers go through a compute shader, in place; the result is checked and plotted on the CPU.
import { Barrier, Bind } from 'virgl/protocol';
import type { Render, Size } from './example';

const COUNT = 1024 * 1024;
const GROUP = 64;
const BACKGROUND = [18, 23, 33, 255];
const CURVE = [255, 190, 92, 255];
/** GPUs take short cuts in sin() and exp2(). */
const TOLERANCE = 2e-3;

// y = 2^(-4x) * sin(125x): a bell that fades away.
const SHADER = `COMP
PROPERTY CS_FIXED_BLOCK_WIDTH ${GROUP}
PROPERTY CS_FIXED_BLOCK_HEIGHT 1
PROPERTY CS_FIXED_BLOCK_DEPTH 1
DCL SV[0], BLOCK_ID
DCL SV[1], THREAD_ID
DCL BUFFER[0]
DCL TEMP[0..1]
IMM[0] UINT32 {${GROUP}, 4, 0, 0}
IMM[1] FLT32 {-4.0, 125.0, 0.0, 0.0}
UMAD TEMP[0].x, SV[0].xxxx, IMM[0].xxxx, SV[1].xxxx
UMUL TEMP[0].x, TEMP[0].xxxx, IMM[0].yyyy
LOAD TEMP[1].x, BUFFER[0], TEMP[0].xxxx
MUL TEMP[1].yz, TEMP[1].xxxx, IMM[1].xxyy
EX2 TEMP[1].y, TEMP[1].yyyy
SIN TEMP[1].z, TEMP[1].zzzz
MUL TEMP[1].x, TEMP[1].yyyy, TEMP[1].zzzz
STORE BUFFER[0].x, TEMP[0].xxxx, TEMP[1].xxxx
END`;

const bell = (x: number): number => 2 ** (-4 * x) * Math.sin(125 * x);

/** In each column the span of the numbers that fall there. */
const plot = (numbers: Float32Array, { width, height }: Size): Uint8Array => {
  const pixels = new Uint8Array(width * height * 4);
  for (let at = 0; at < pixels.length; at += 4) pixels.set(BACKGROUND, at);
  const row = (y: number): number => Math.round((0.5 - y * 0.48) * (height - 1));
  for (let column = 0; column < width; column += 1) {
    const first = Math.floor((column / width) * numbers.length);
    const part = numbers.subarray(first, Math.floor(((column + 1) / width) * numbers.length) + 1);
    const top = row(part.reduce((most, y) => Math.max(most, y)));
    const bottom = row(part.reduce((least, y) => Math.min(least, y)));
    for (let y = top; y <= bottom + 1; y += 1) pixels.set(CURVE, (y * width + column) * 4);
  }
  return pixels;
};

export const render: Render = async (renderer, size, log) => {
  if (!renderer.features.computeShaders) throw new Error('this host has no compute shaders');
  const context = await renderer.createContext({ label: 'compute' });
  const input = Float32Array.from({ length: COUNT }, (_, index) => index / COUNT);
  const buffer = await context.createBuffer({ bind: Bind.SHADER_BUFFER, data: input });
  context.setState({
    shaders: [context.createShader({ text: SHADER })],
    shaderBuffers: { COMPUTE: [{ resource: buffer }] },
  });
  context.launchGrid({ grid: [COUNT / GROUP, 1, 1] });
  // Reading copies from the buffer, which is a write of the shader's until this barrier.
  context.memoryBarrier(Barrier.UPDATE_BUFFER | Barrier.MAPPED_BUFFER);
  const output = new Float32Array((await buffer.read()).buffer);

  const wrong = output.findIndex((y, index) => Math.abs(y - bell(input[index])) > TOLERANCE);
  if (wrong >= 0) throw new Error(`number ${wrong} is ${output[wrong]}, not ${bell(input[wrong])}`);
  log(`${COUNT} numbers went through the shader, and all are right`);
  return plot(output, size);
};
