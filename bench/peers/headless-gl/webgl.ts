// What loop.ts uses of WebGL 1.0; the package has no types of its own.

/** A rendering context of headless-gl. */
export interface WebGl {
  readonly ARRAY_BUFFER: number;
  readonly COLOR_BUFFER_BIT: number;
  readonly FLOAT: number;
  readonly FRAGMENT_SHADER: number;
  readonly RGBA: number;
  readonly STATIC_DRAW: number;
  readonly TRIANGLES: number;
  readonly UNSIGNED_BYTE: number;
  readonly VERTEX_SHADER: number;
  attachShader(program: object, shader: object): void;
  bindBuffer(target: number, buffer: object): void;
  bufferData(target: number, data: Float32Array, usage: number): void;
  clear(mask: number): void;
  clearColor(red: number, green: number, blue: number, alpha: number): void;
  compileShader(shader: object): void;
  createBuffer(): object;
  createProgram(): object;
  createShader(type: number): object;
  drawArrays(mode: number, first: number, count: number): void;
  enableVertexAttribArray(index: number): void;
  getAttribLocation(program: object, name: string): number;
  linkProgram(program: object): void;
  readPixels(
    x: number,
    y: number,
    width: number,
    height: number,
    format: number,
    type: number,
    pixels: Uint8Array,
  ): void;
  shaderSource(shader: object, source: string): void;
  useProgram(program: object): void;
  vertexAttribPointer(
    index: number,
    size: number,
    type: number,
    normalized: boolean,
    stride: number,
    offset: number,
  ): void;
}
