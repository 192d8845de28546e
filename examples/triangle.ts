// A triangle with a colour per corner.
import { Bind, Format, Primitive } from 'virgl/protocol';
import type { Render } from './example';

const VERTEX_SHADER = `VERT
DCL IN[0]
DCL IN[1]
DCL OUT[0], POSITION
DCL OUT[1], GENERIC[0]
MOV OUT[0], IN[0]
MOV OUT[1], IN[1]
END`;
const FRAGMENT_SHADER = `FRAG
DCL IN[0], GENERIC[0], PERSPECTIVE
DCL OUT[0], COLOR
MOV OUT[0], IN[0]
END`;

export const render: Render = async (renderer, size) => {
  const context = await renderer.createContext({ label: 'triangle' });
  const target = await context.createResource({ ...size, bind: Bind.RENDER_TARGET });
  const data = new Float32Array([0, 0.8, 1, 0, 0, -0.8, -0.8, 0, 1, 0, 0.8, -0.8, 0, 0, 1]);
  const corners = await context.createBuffer({ bind: Bind.VERTEX_BUFFER, data });
  const [position, colour] = [Format.R32G32_FLOAT, Format.R32G32B32_FLOAT];
  context.setState({
    framebuffer: { color: [target] },
    shaders: [context.createShader({ text: VERTEX_SHADER }), context.createShader({ text: FRAGMENT_SHADER })],
    vertexBuffers: [{ resource: corners, stride: 20 }],
    vertexElements: context.createVertexElements({
      elements: [{ srcFormat: position }, { srcOffset: 8, srcFormat: colour }],
    }),
  });
  context.clear({ color: [0.07, 0.09, 0.13, 1] });
  context.draw({ count: 3, mode: Primitive.TRIANGLES });
  return target.read();
};
