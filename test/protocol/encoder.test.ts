// The encoder: bytes, defaults, refusals, long shaders.

import fc from 'fast-check';
import {
  Bind,
  Clear,
  CommandEncoder,
  decode,
  Format,
  MAX_PAYLOAD_DWORDS,
  ObjectType,
  parseHeader,
  Primitive,
  ShaderStage,
  VirglError,
  type ObjectFields,
} from '../../lib/protocol';

const errorOf = (run: () => unknown): VirglError => {
  try {
    run();
  } catch (error) {
    if (error instanceof VirglError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('bytes', () => {
  test('DRAW_VBO has header 786440 and the defaults of Mesa', () => {
    const stream = new CommandEncoder().drawVbo({ count: 3, mode: Primitive.TRIANGLES }).finish();
    expect([...stream]).toEqual([786440, 0, 3, 4, 0, 1, 0, 0, 0, 0, 0, 0xffffffff, 0]);
    expect(parseHeader(786440)).toEqual({ opcode: 8, objectType: 0, lengthDwords: 12, name: 'DRAW_VBO' });
  });

  test('optional fields choose the longer forms', () => {
    const encoder = new CommandEncoder();
    encoder.drawVbo({ count: 3, mode: Primitive.PATCHES, verticesPerPatch: 3 });
    expect(encoder.dwords).toBe(15);
    encoder.reset().drawVbo({ count: 0, mode: Primitive.TRIANGLES, indirectResource: 7 });
    expect(encoder.dwords).toBe(21);
    encoder.reset().setIndexBuffer({ resource: 0 });
    expect([...encoder.finish()]).toEqual([(1 << 16) | 11, 0]);
    encoder.reset().setIndexBuffer({ resource: 4, indexSize: 2 });
    expect([...encoder.finish()]).toEqual([(3 << 16) | 11, 4, 2, 0]);
  });

  test('CLEAR packs floats, or raw bits, and a double', () => {
    const floats = new CommandEncoder()
      .clear({ buffers: Clear.COLOR0, color: [0, 0.5, 1, -1], depth: 1 })
      .finish();
    expect([...floats]).toEqual([
      (8 << 16) | 7, 4, 0, 0x3f000000, 0x3f800000, 0xbf800000, 0, 0x3ff00000, 0,
    ]); // prettier-ignore
    const bits = new CommandEncoder()
      .clear({ buffers: Clear.COLOR0, colorBits: [1, 2, 3, 0xffffffff] })
      .finish();
    expect([...bits.slice(2, 6)]).toEqual([1, 2, 3, 0xffffffff]);
  });

  test('objects carry their type in the header', () => {
    const surface = new CommandEncoder()
      .createSurface({
        handle: 5,
        resource: 6,
        format: Format.R8G8B8A8_UNORM,
        level: 1,
        firstLayer: 2,
        lastLayer: 3,
      })
      .bindObject({ type: ObjectType.BLEND, handle: 9 })
      .destroyObject({ handle: 5 })
      .finish();
    expect([...surface]).toEqual([
      (5 << 16) | (8 << 8) | 1, 5, 6, 67, 1, (3 << 16) | 2,
      (1 << 16) | (1 << 8) | 2, 9,
      (1 << 16) | 3, 5,
    ]); // prettier-ignore
  });

  test('bit fields land where the header file puts them', () => {
    const dsa = new CommandEncoder()
      .createDsa({
        handle: 1,
        depthEnabled: true,
        depthFunc: 7,
        alphaEnabled: true,
        alphaFunc: 5,
        stencilBack: { enabled: true, zfailOp: 3, valuemask: 0xff, writemask: 1 },
      })
      .finish();
    expect(dsa[2]).toBe(1 | (7 << 2) | (1 << 8) | (5 << 9));
    expect(dsa[3]).toBe(0);
    expect(dsa[4]).toBe(1 | (3 << 10) | (0xff << 13) | (1 << 21));
    const blend = new CommandEncoder()
      .createBlend({ handle: 1, rt: [{ blendEnable: true, colormask: 1 }] })
      .finish();
    expect(blend).toHaveLength(12);
    expect([blend[4], blend[5]]).toEqual([1 | (1 << 27), (0xf << 27) >>> 0]);
  });

  test('counts stand where the host looks for them', () => {
    const stream = new CommandEncoder().setFramebufferState({ zsurf: 3, colorBuffers: [4, 0, 5] }).finish();
    expect([...stream]).toEqual([(5 << 16) | 5, 3, 3, 4, 0, 5]);
    const marker = new CommandEncoder().sendStringMarker({ text: 'frame' }).finish();
    expect([...marker]).toEqual([(3 << 16) | 51, 5, 0x6d617266, 0x65]);
  });

  test('data is zero-padded to dwords', () => {
    const stream = new CommandEncoder()
      .resourceInlineWrite({ resource: 1, box: { w: 5 }, data: Uint8Array.of(1, 2, 3, 4, 5) })
      .finish();
    expect([...stream.slice(9)]).toEqual([5, 1, 1, 0x04030201, 5]);
    const constants = new CommandEncoder().setConstantBuffer({ stage: 1, data: Float32Array.of(1) }).finish();
    expect([...constants]).toEqual([(3 << 16) | 12, 1, 0, 0x3f800000]);
  });
});

describe('the buffer', () => {
  test('finish copies, view does not, reset starts anew, append splices', () => {
    const encoder = new CommandEncoder({ capacityDwords: 1 });
    encoder.setSubCtx({ id: 1 });
    const copy = encoder.finish();
    expect([...encoder.view()]).toEqual([...copy]);
    expect(encoder.reset().dwords).toBe(0);
    encoder.setSubCtx({ id: 2 }).append(copy);
    expect([...encoder.finish()]).toEqual([65564, 2, 65564, 1]);
    expect(errorOf(() => encoder.append([1] as unknown as Uint32Array)).field).toBe('dwords');
  });

  test('it grows', () => {
    const encoder = new CommandEncoder({ capacityDwords: 1 });
    for (let id = 0; id < 5000; id += 1) encoder.setSubCtx({ id });
    expect(encoder.finish()[9999]).toBe(4999);
  });

  test('a used buffer leaves nothing in later commands', () => {
    const encoder = new CommandEncoder()
      .setPolygonStipple({ stipple: new Array(32).fill(0xffffffff) })
      .reset();
    encoder.sendStringMarker({ text: 'a' }).blit({
      dstResource: 1,
      dstFormat: 1,
      dstBox: { w: 1 },
      srcResource: 2,
      srcFormat: 1,
      srcBox: { w: 1 },
    });
    const fresh = new CommandEncoder().sendStringMarker({ text: 'a' }).blit({
      dstResource: 1,
      dstFormat: 1,
      dstBox: { w: 1 },
      srcResource: 2,
      srcFormat: 1,
      srcBox: { w: 1 },
    });
    expect(encoder.finish()).toEqual(fresh.finish());
  });
});

describe('refusals', () => {
  const draw = { count: 3, mode: Primitive.TRIANGLES };
  const cases: [string, (encoder: CommandEncoder) => unknown, string, string][] = [
    ['a missing field', (e) => e.drawVbo({ mode: 4 } as never), 'DRAW_VBO', 'count'],
    ['a string', (e) => e.drawVbo({ ...draw, count: '3' as never }), 'DRAW_VBO', 'count'],
    ['a bigint', (e) => e.drawVbo({ ...draw, count: 3n as never }), 'DRAW_VBO', 'count'],
    ['NaN for a whole number', (e) => e.drawVbo({ ...draw, count: NaN }), 'DRAW_VBO', 'count'],
    ['a fraction', (e) => e.drawVbo({ ...draw, start: 0.5 }), 'DRAW_VBO', 'start'],
    ['a negative number', (e) => e.drawVbo({ ...draw, start: -1 }), 'DRAW_VBO', 'start'],
    ['a signed number out of range', (e) => e.drawVbo({ ...draw, indexBias: 2 ** 31 }), 'DRAW_VBO', 'indexBias'],
    ['a number for a boolean', (e) => e.drawVbo({ ...draw, indexed: 1 as never }), 'DRAW_VBO', 'indexed'],
    ['null', (e) => e.drawVbo(null as never), 'DRAW_VBO', 'arguments'],
    ['more bits than a field has', (e) => e.setStencilRef({ front: 256 }), 'SET_STENCIL_REF', 'front'],
    ['a float that overflows', (e) => e.setBlendColor({ color: [0, 1e39, 0, 0] }), 'SET_BLEND_COLOR', 'color[1]'],
    ['a short vector', (e) => e.setBlendColor({ color: [0, 0, 0] }), 'SET_BLEND_COLOR', 'color.length'],
    ['no array', (e) => e.setBlendColor({ color: 1 as never }), 'SET_BLEND_COLOR', 'color'],
    ['a long list', (e) => e.setFramebufferState({ colorBuffers: new Array(9).fill(1) }), 'SET_FRAMEBUFFER_STATE', 'colorBuffers.length'],
    ['a nested field', (e) => e.setViewportState({ viewports: [{ scale: [1, 1, 1], translate: [0, 'x' as never, 0] }] }), 'SET_VIEWPORT_STATE', 'viewports[0].translate[1]'],
    ['a nested struct', (e) => e.clearTexture({ resource: 1, box: { w: -1 } }), 'CLEAR_TEXTURE', 'box.w'],
    ['no typed array', (e) => e.setConstantBuffer({ stage: 0, data: [1] as never }), 'SET_CONSTANT_BUFFER', 'data'],
    ['too much data', (e) => e.setConstantBuffer({ stage: 0, data: new Uint32Array(65534) }), 'SET_CONSTANT_BUFFER', 'data.length'],
    ['both variants', (e) => e.clear({ buffers: 4, color: [0, 0, 0, 0], colorBits: [0, 0, 0, 0] }), 'CLEAR', 'colorBits'],
    ['no planes', (e) => e.pipeResourceSetType({ resource: 1, format: 1, bind: Bind.SCANOUT, width: 1, height: 1, planes: [] }), 'PIPE_RESOURCE_SET_TYPE', 'planes.length'],
    ['a NUL in text', (e) => e.createShader({ handle: 1, stage: 0, text: 'END\0' }), 'CREATE_OBJECT SHADER', 'text'],
    ['an unknown shader field', (e) => e.createShader({ handle: 1, stage: 0, text: '', txt: 1 } as never), 'CREATE_OBJECT SHADER', 'txt'],
    ['an odd packet size', (e) => e.createShader({ handle: 1, stage: 0, text: 'END', maxPacketDwords: 5 }), 'CREATE_OBJECT SHADER', 'maxPacketDwords'],
    ['an unknown command', (e) => e.command({ name: 'DRAW_VBA', fields: {} } as never), 'encode', 'name'],
    ['an unknown object', (e) => e.command({ name: 'CREATE_OBJECT', object: 'BLENDER', fields: {} } as never), 'encode', 'object'],
  ]; // prettier-ignore

  test.each(cases)('%s', (_, run, operation, field) => {
    const encoder = new CommandEncoder().setSubCtx({ id: 1 });
    const before = encoder.finish();
    const error = errorOf(() => run(encoder));
    expect(error).toMatchObject({ code: 'ERR_VIRGL_ARGUMENT', operation, field });
    expect(encoder.finish()).toEqual(before);
    // What was scratched must not show in the next command.
    expect([...encoder.setSubCtx({ id: 2 }).finish()]).toEqual([65564, 1, 65564, 2]);
  });

  test('a field of one variant with a condition that does not hold', () => {
    const encoder = new CommandEncoder();
    const error = errorOf(() =>
      encoder.clearSurface({ buffers: 4, surface: 1, depth: 1, width: 1, height: 1 }),
    );
    expect(error.message).toBe('CLEAR_SURFACE: expected no value with this buffers for depth but received 1');
  });

  test('options and raw commands of a wrong kind', () => {
    expect(errorOf(() => new CommandEncoder({ capacityDwords: -1 })).field).toBe('capacityDwords');
    expect(errorOf(() => new CommandEncoder().command(null as never)).field).toBe('command');
    const unknown = { name: 'UNKNOWN', opcode: 70, objectType: 0, lengthDwords: 1, payload: [1] } as never;
    expect(errorOf(() => new CommandEncoder().command(unknown)).field).toBe('payload');
  });

  test('a payload as long as the header can tell is let through', () => {
    const data = new Uint32Array(MAX_PAYLOAD_DWORDS - 2);
    expect(new CommandEncoder().setConstantBuffer({ stage: 0, data }).dwords).toBe(MAX_PAYLOAD_DWORDS + 1);
  });

  test('an unknown field suggests the near name', () => {
    const error = errorOf(() => new CommandEncoder().drawVbo({ ...draw, instancecount: 2 } as never));
    expect(error.message).toBe(
      'DRAW_VBO: expected a known field (did you mean instanceCount?) for instancecount but received 2',
    );
    expect(errorOf(() => new CommandEncoder().setSubCtx({ id: 1, zzz: 2 } as never)).message).toContain(
      'a known field (id)',
    );
    expect(
      errorOf(() => new CommandEncoder().command({ name: 'DRAW_VBA', fields: {} } as never)).message,
    ).toContain('such as DRAW_VBO');
  });

  test('a field of undefined counts as not given', () => {
    expect(new CommandEncoder().drawVbo({ ...draw, start: undefined, drawId: undefined }).dwords).toBe(13);
  });
});

describe('shaders', () => {
  const shaders = (stream: Uint32Array): ObjectFields<'SHADER'>[] =>
    Array.from(decode(stream), (command) => {
      if (command.name !== 'CREATE_OBJECT' || command.object !== 'SHADER') throw new Error(command.name);
      expect([command.residue, command.extra]).toEqual([undefined, undefined]);
      return command.fields;
    });

  test('a short text is one packet with its length and NUL', () => {
    const stream = new CommandEncoder()
      .createShader({ handle: 3, stage: ShaderStage.VERTEX, text: 'VERT\nEND', numTokens: 40 })
      .finish();
    expect([...stream]).toEqual([
      (8 << 16) | (4 << 8) | 1, 3, 0, 9, 40, 0, 0x54524556, 0x444e450a, 0,
    ]); // prettier-ignore
    expect(shaders(stream)[0]).toMatchObject({ text: 'VERT\nEND', lengthOrOffset: 9, continuation: false });
  });

  test('stream output and shared memory stand before the text', () => {
    const streamOutput = {
      strides: [4, 0, 0, 0],
      outputs: [
        { registerIndex: 1, startComponent: 0, numComponents: 4, outputBuffer: 0, dstOffset: 0, stream: 0 },
        { registerIndex: 2, startComponent: 1, numComponents: 2, outputBuffer: 3, dstOffset: 9, stream: 1 },
      ],
    };
    const graphics = new CommandEncoder()
      .createShader({ handle: 3, stage: 0, text: 'END', streamOutput })
      .finish();
    expect([...graphics.slice(5, 14)]).toEqual([
      2, 4, 0, 0, 0, 1 | (4 << 10), 0, (2 | (1 << 8) | (2 << 10) | (3 << 13) | (9 << 16)) >>> 0, 1,
    ]); // prettier-ignore
    expect(shaders(graphics)[0]?.streamOutput).toEqual(streamOutput);
    const compute = new CommandEncoder()
      .createShader({ handle: 3, stage: ShaderStage.COMPUTE, text: 'COMP', sharedMemoryBytes: 256 })
      .finish();
    expect(shaders(compute)[0]).toMatchObject({ sharedMemoryBytes: 256, text: 'COMP' });
  });

  test('a long text goes on in packets that the host puts together again', () => {
    const outputs = [{ numComponents: 4 }];
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: 12, max: 30 }),
        fc.boolean(),
        (length, most, so) => {
          const text = 'x'.repeat(length);
          const stream = new CommandEncoder()
            .createShader({
              handle: 1,
              stage: 1,
              text,
              maxPacketDwords: most,
              ...(so && { streamOutput: { strides: [1, 1, 1, 1], outputs } }),
            })
            .finish();
          const packets = shaders(stream);
          let together = '';
          packets.forEach((packet, index) => {
            const last = index === packets.length - 1;
            expect(packet.continuation).toBe(index > 0);
            expect(packet.lengthOrOffset).toBe(index === 0 ? length + 1 : together.length);
            expect(packet.text === undefined).toBe(!last);
            expect(packet.streamOutput === undefined).toBe(!so || index > 0);
            together += packet.text ?? packet.chunk ?? '';
            if (!last) expect(together.length % 4).toBe(0);
          });
          expect(together).toBe(text);
          for (const { lengthDwords } of decode(stream)) expect(lengthDwords).toBeLessThanOrEqual(most);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('a text longer than any packet is split at the protocol bound', () => {
    const text = 'y'.repeat(600_000);
    const packets = shaders(new CommandEncoder().createShader({ handle: 1, stage: 1, text }).finish());
    expect(packets.map((packet) => (packet.text ?? packet.chunk ?? '').length)).toEqual([
      262108, 262108, 75784,
    ]);
  });

  test('a shader that fails in a later packet leaves nothing', () => {
    const encoder = new CommandEncoder();
    expect(() =>
      encoder.createShader({ handle: 1, stage: 9e9, text: 'z'.repeat(100), maxPacketDwords: 12 }),
    ).toThrow(VirglError);
    expect(encoder.dwords).toBe(0);
  });
});
