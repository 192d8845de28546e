// Ten thousand small triangles, each with state of its own, drawn with the typed classes.

import type { Blend, Context, Rasterizer, Renderer, Resource } from 'virgl';
import { Bind, BlendFactor, Format, Primitive } from 'virgl/protocol';
import { CLEAR_COLOR } from './triangle';

const COLUMNS = 125;
const ROWS = 80;
/** Draws of a frame. */
export const DRAWS = COLUMNS * ROWS;

// CONST[0..3]: the place of the triangle, by columns.
const VERTEX_SHADER = `VERT
DCL IN[0]
DCL OUT[0], POSITION
DCL CONST[0..3]
DCL TEMP[0]
MUL TEMP[0], CONST[0], IN[0].xxxx
MAD TEMP[0], CONST[1], IN[0].yyyy, TEMP[0]
ADD OUT[0], CONST[3], TEMP[0]
END`;
const FRAGMENT_SHADER = `FRAG
DCL OUT[0], COLOR
DCL CONST[0]
MOV OUT[0], CONST[0]
END`;

const MATRIX_FLOATS = 16;
const COLOR_FLOATS = 4;
const VERTEX_BYTES = 8;
// In a cell that runs from 0 to 1: the middle of the picture is inside, the picture's corner is not.
const CORNERS = new Float32Array([0.2, 1, 0.9, 1, 0.5, 0.1]);

const BLENDED = {
  blendEnable: true,
  rgbSrcFactor: BlendFactor.SRC_ALPHA,
  rgbDstFactor: BlendFactor.INV_SRC_ALPHA,
  alphaSrcFactor: BlendFactor.ONE,
  alphaDstFactor: BlendFactor.INV_SRC_ALPHA,
} as const;

const placeOf = (draw: number): number[] => {
  const [width, height] = [2 / COLUMNS, 2 / ROWS];
  const [x, y] = [(draw % COLUMNS) * width - 1, Math.floor(draw / COLUMNS) * height - 1];
  return [width, 0, 0, 0, 0, height, 0, 0, 0, 0, 1, 0, x, y, 0, 1];
};

const colorOf = (draw: number): number[] => {
  const [across, down] = [(draw % COLUMNS) / COLUMNS, Math.floor(draw / COLUMNS) / ROWS];
  return [1 - across, across, 1 - down, 0.75];
};

/** As many views as there are draws, one behind the other in the same memory. */
const perDraw = (floats: number, of: (draw: number) => number[]): Float32Array[] => {
  const all = new Float32Array(DRAWS * floats);
  return Array.from({ length: DRAWS }, (_, draw) => {
    const part = all.subarray(draw * floats, (draw + 1) * floats);
    part.set(of(draw));
    return part;
  });
};

/** The scene in a context of its own. */
export class DrawsScene {
  readonly #context: Context;
  readonly #places = perDraw(MATRIX_FLOATS, placeOf);
  readonly #colors = perDraw(COLOR_FLOATS, colorOf);
  readonly #blends: readonly Blend[];
  readonly #rasterizers: readonly Rasterizer[];

  private constructor(
    context: Context,
    /** What is drawn to. */
    readonly target: Resource,
  ) {
    this.#context = context;
    this.#blends = [context.createBlend(), context.createBlend({ rt: [BLENDED] })];
    this.#rasterizers = [context.createRasterizer(), context.createRasterizer({ frontCcw: true })];
  }

  /** Makes all objects, and sets what stays the same. */
  static async create(renderer: Renderer, width: number, height: number): Promise<DrawsScene> {
    const context = await renderer.createContext({ label: 'draws' });
    const target = await context.createResource({ width, height, bind: Bind.RENDER_TARGET });
    const corners = await context.createResource({
      target: 0,
      width: CORNERS.byteLength,
      bind: Bind.VERTEX_BUFFER,
    });
    // In the stream, so that whoever has the stream has them.
    context.commands.resourceInlineWrite({
      resource: corners.id,
      box: { w: CORNERS.byteLength },
      data: CORNERS,
    });
    context.setState({
      framebuffer: { color: [target] },
      shaders: [
        context.createShader({ text: VERTEX_SHADER }),
        context.createShader({ text: FRAGMENT_SHADER }),
      ],
      vertexBuffers: [{ resource: corners, stride: VERTEX_BYTES }],
      vertexElements: context.createVertexElements({ elements: [{ srcFormat: Format.R32G32_FLOAT }] }),
    });
    const scene = new DrawsScene(context, target);
    await context.flush();
    return scene;
  }

  /** Draws a frame and reads it. */
  async drawFrame(into: Uint8Array): Promise<void> {
    const context = this.#context;
    context.clear({ color: CLEAR_COLOR });
    for (let draw = 0; draw < DRAWS; draw += 1) {
      context.setState({
        blend: this.#blends[draw & 1],
        rasterizer: this.#rasterizers[(draw >> 1) & 1],
        constants: { VERTEX: this.#places[draw], FRAGMENT: this.#colors[draw] },
      });
      context.draw({ count: 3, mode: Primitive.TRIANGLES });
    }
    await this.target.read({ into });
  }

  destroy(): Promise<void> {
    return this.#context.destroy();
  }
}
