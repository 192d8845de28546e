// Clears, draws and reads back with headless-gl; runs as a process of its own, with the lines of peers/c/peer.c.
//
//   loop.ts MODULE WIDTH HEIGHT

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { pictureOf } from '../../picture';
import { CLEAR_COLOR, TRIANGLE } from '../../triangle';
import type { WebGl } from './webgl';

const VERTEX_SHADER = `
attribute vec2 position;
attribute vec3 color;
varying vec4 passed;
void main() {
  gl_Position = vec4(position, 0.0, 1.0);
  passed = vec4(color, 1.0);
}`;
const FRAGMENT_SHADER = `
precision mediump float;
varying vec4 passed;
void main() {
  gl_FragColor = passed;
}`;
const FLOAT_BYTES = 4;
const NANOSECONDS_PER_MILLISECOND = 1e6;

type CreateContext = (width: number, height: number, options: Record<string, boolean>) => WebGl | null;

const compile = (gl: WebGl, type: number, source: string): object => {
  const shader = gl.createShader(type);
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  return shader;
};

const setUp = (gl: WebGl): void => {
  const program = gl.createProgram();
  gl.attachShader(program, compile(gl, gl.VERTEX_SHADER, VERTEX_SHADER));
  gl.attachShader(program, compile(gl, gl.FRAGMENT_SHADER, FRAGMENT_SHADER));
  gl.linkProgram(program);
  gl.useProgram(program);
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, Float32Array.from(TRIANGLE.flat()), gl.STATIC_DRAW);
  const strideBytes = TRIANGLE[0].length * FLOAT_BYTES;
  const attribute = (name: string, size: number, offsetBytes: number) => {
    const location = gl.getAttribLocation(program, name);
    gl.enableVertexAttribArray(location);
    gl.vertexAttribPointer(location, size, gl.FLOAT, false, strideBytes, offsetBytes);
  };
  attribute('position', 2, 0);
  attribute('color', 3, 2 * FLOAT_BYTES);
  gl.clearColor(...CLEAR_COLOR);
};

const main = (): void => {
  const [modulePath = '', widthText, heightText] = process.argv.slice(2);
  const [width, height] = [Number(widthText), Number(heightText)];
  const createContext = createRequire(__filename)(modulePath) as CreateContext;
  const gl = createContext(width, height, { antialias: false, depth: false, stencil: false });
  if (gl === null) throw new Error('headless-gl has no context');
  setUp(gl);
  const pixels = new Uint8Array(width * height * 4).fill(1);

  const run = (iterations: number): number => {
    const start = performance.now();
    for (let i = 0; i < iterations; i += 1) {
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.drawArrays(gl.TRIANGLES, 0, TRIANGLE.length);
      gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    }
    return (performance.now() - start) * NANOSECONDS_PER_MILLISECOND;
  };

  console.log('ready');
  createInterface({ input: process.stdin }).on('line', (line) => {
    if (line === 'picture') {
      const { hash, centre, corner } = pictureOf(pixels, width, height);
      console.log(`picture ${hash} ${centre} ${corner}`);
    } else {
      console.log(`ns ${Math.round(run(Number(line.slice('run '.length))))}`);
    }
  });
};

main();
