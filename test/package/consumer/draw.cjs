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

const setUp = (protocol, context, target, vertices) => {
  const { CommandEncoder, Format, ObjectType, ShaderStage } = protocol;
  const encoder = new CommandEncoder();
  const [surface, blend, rasterizer, dsa, elements, vs, fs] = Array.from({ length: 7 }, () =>
    context.allocateHandle(),
  );
  encoder.createSurface({ handle: surface, resource: target.id, format: Format.R8G8B8A8_UNORM });
  encoder.setFramebufferState({ colorBuffers: [surface] });
  encoder.setViewportState({
    startSlot: 0,
    viewports: [{ scale: [SIZE / 2, -SIZE / 2, 0.5], translate: [SIZE / 2, SIZE / 2, 0.5] }],
  });
  encoder.createBlend({ handle: blend });
  encoder.createRasterizer({ handle: rasterizer, depthClip: true, halfPixelCenter: true });
  encoder.createDsa({ handle: dsa });
  encoder.createVertexElements({ handle: elements, elements: [{ srcFormat: Format.R32G32_FLOAT }] });
  encoder.bindObject({ type: ObjectType.BLEND, handle: blend });
  encoder.bindObject({ type: ObjectType.RASTERIZER, handle: rasterizer });
  encoder.bindObject({ type: ObjectType.DSA, handle: dsa });
  encoder.bindObject({ type: ObjectType.VERTEX_ELEMENTS, handle: elements });
  encoder.createShader({ handle: vs, stage: ShaderStage.VERTEX, text: VERTEX_SHADER });
  encoder.createShader({ handle: fs, stage: ShaderStage.FRAGMENT, text: FRAGMENT_SHADER });
  encoder.bindShader({ handle: vs, stage: ShaderStage.VERTEX });
  encoder.bindShader({ handle: fs, stage: ShaderStage.FRAGMENT });
  encoder.setVertexBuffers({ buffers: [{ stride: 8, resource: vertices.id }] });
  return encoder;
};

exports.draw = async ({ Renderer }, protocol) => {
  const { Bind, Clear, Primitive, TextureTarget } = protocol;
  const renderer = await Renderer.open();
  const context = await renderer.createContext({ label: 'triangle' });
  const target = await context.createResource({ bind: Bind.RENDER_TARGET, width: SIZE, height: SIZE });
  const vertices = await context.createResource({
    target: TextureTarget.BUFFER,
    bind: Bind.VERTEX_BUFFER,
    width: 24,
  });
  await vertices.write(new Float32Array([0, 0.9, -0.9, -0.9, 0.9, -0.9]));
  const encoder = setUp(protocol, context, target, vertices);
  encoder.clear({ buffers: Clear.COLOR0, color: [0, 0, 1, 1] });
  encoder.drawVbo({ count: 3, mode: Primitive.TRIANGLES });
  await context.submit(encoder);
  const pixels = await target.read();
  await renderer.close();
  const at = (x, y) => [...pixels.subarray((y * SIZE + x) * 4, (y * SIZE + x) * 4 + 4)];
  return { corner: at(0, 0), middle: at(SIZE / 2, SIZE / 2) };
};
