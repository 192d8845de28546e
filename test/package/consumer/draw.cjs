// Draws an orange triangle on blue with whatever `virgl` it is handed; returns two pixels.

const SIZE = 64;
const VERTEX_SHADER = `VERT
DCL IN[0]
DCL OUT[0], POSITION
MOV OUT[0], IN[0]
END
`;
const FRAGMENT_SHADER = `FRAG
DCL OUT[0], COLOR
IMM[0] FLT32 {1.0000, 0.5020, 0.0000, 1.0000}
MOV OUT[0], IMM[0]
END
`;

exports.draw = async ({ Renderer }, { Bind, Format, Primitive }) => {
  const renderer = await Renderer.open();
  const context = await renderer.createContext({ label: 'triangle' });
  const target = await context.createResource({ bind: Bind.RENDER_TARGET, width: SIZE, height: SIZE });
  const data = new Float32Array([0, 0.9, -0.9, -0.9, 0.9, -0.9]);
  const corners = await context.createBuffer({ bind: Bind.VERTEX_BUFFER, data });
  context.setState({
    framebuffer: { color: [target] },
    shaders: [context.createShader({ text: VERTEX_SHADER }), context.createShader({ text: FRAGMENT_SHADER })],
    vertexElements: context.createVertexElements({ elements: [{ srcFormat: Format.R32G32_FLOAT }] }),
    vertexBuffers: [{ resource: corners, stride: 8 }],
  });
  context.clear({ color: [0, 0, 1, 1] });
  context.draw({ count: 3, mode: Primitive.TRIANGLES });
  const pixels = await target.read();
  await renderer.close();
  const at = (x, y) => [...pixels.subarray((y * SIZE + x) * 4, (y * SIZE + x) * 4 + 4)];
  return { corner: at(0, 0), middle: at(SIZE / 2, SIZE / 2) };
};
