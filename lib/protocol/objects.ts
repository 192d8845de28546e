// Every kind of object that CREATE_OBJECT makes, with the layout of its payload.
// Facts: virglrenderer src/virgl_protocol.h, src/vrend/vrend_decode.c, vrend_create_shader; defaults are those of
// a freshly zeroed Gallium state, except where Mesa always sends something else.

import { Limit } from './enums';
import {
  atLeast,
  bit,
  block,
  data,
  exactly,
  f32,
  flags,
  list,
  object,
  objectLayout,
  oneOf,
  repeating,
  resource,
  struct,
  text,
  u32,
  vector,
} from './schema-types';
import { stage } from './shared-fields';

const handle = () => object(1, 'handle of the new object, not 0');
const bits = (dword: number, shift: number, width: number, doc: string) =>
  u32(dword, doc, { shift, bits: width, default: 0 });

const blendTarget = () =>
  struct(0, 1, 'blending of one colour buffer', {
    blendEnable: bit(0, 0, 'whether it blends'),
    rgbFunc: oneOf('BlendFunc', 0, 'how colour is combined', { shift: 1, bits: 3, default: 0 }),
    rgbSrcFactor: oneOf('BlendFactor', 0, 'factor of the new colour', { shift: 4, bits: 5, default: 0 }),
    rgbDstFactor: oneOf('BlendFactor', 0, 'factor of the old colour', { shift: 9, bits: 5, default: 0 }),
    alphaFunc: oneOf('BlendFunc', 0, 'how alpha is combined', { shift: 14, bits: 3, default: 0 }),
    alphaSrcFactor: oneOf('BlendFactor', 0, 'factor of the new alpha', { shift: 17, bits: 5, default: 0 }),
    alphaDstFactor: oneOf('BlendFactor', 0, 'factor of the old alpha', { shift: 22, bits: 5, default: 0 }),
    colormask: flags('ChannelMask', 0, 'channels that are written', { shift: 27, bits: 4, default: 0xf }),
  });

const stencilSide = (dword: number, doc: string) =>
  struct(
    dword,
    1,
    doc,
    {
      enabled: bit(0, 0, 'whether this side tests'),
      func: oneOf('CompareFunc', 0, 'comparison', { shift: 1, bits: 3, default: 0 }),
      failOp: oneOf('StencilOp', 0, 'when the stencil test fails', { shift: 4, bits: 3, default: 0 }),
      zpassOp: oneOf('StencilOp', 0, 'when both tests pass', { shift: 7, bits: 3, default: 0 }),
      zfailOp: oneOf('StencilOp', 0, 'when the depth test fails', { shift: 10, bits: 3, default: 0 }),
      valuemask: bits(0, 13, 8, 'bits that are compared'),
      writemask: bits(0, 21, 8, 'bits that are written'),
    },
    { filled: true },
  );

const swizzle = (shift: number, channel: string, value: number) =>
  oneOf('Swizzle', 6, `source of ${channel}`, { shift, bits: 3, default: value });

// Textures by layers and level, buffers by elements of the format.
const surfaceFields = () => ({
  handle: handle(),
  resource: resource(2, 'texture or buffer'),
  format: oneOf('Format', 3, 'format of the view'),
  level: u32(4, 'mip level of a texture', { variant: 'texture', default: 0 }),
  firstLayer: u32(5, 'first layer of a texture', { shift: 0, bits: 16, variant: 'texture', default: 0 }),
  lastLayer: u32(5, 'last layer of a texture', { shift: 16, bits: 16, variant: 'texture', default: 0 }),
  firstElement: u32(4, 'first element of a buffer', { variant: 'buffer', default: 0 }),
  lastElement: u32(5, 'last element of a buffer', { variant: 'buffer', default: 0 }),
});
const TEXTURE_OR_BUFFER = [{ name: 'texture' }, { name: 'buffer' }] as const;

/** The objects by name. Values are plain data: see {@link ObjectSchema}. */
export const OBJECTS = {
  NULL: objectLayout(0, '0.8', 'No object; hosts refuse it.', atLeast(1), {
    handle: handle(),
    state: data(2, 'ignored', { minDwords: 0, as: 'u32' }),
  }),
  BLEND: objectLayout(1, '0.8', 'Blending, logic operation and colour masks.', exactly(11), {
    handle: handle(),
    independentBlendEnable: bit(2, 0, 'whether each colour buffer has its own blending'),
    logicopEnable: bit(2, 1, 'whether the logic operation holds'),
    dither: bit(2, 2, 'whether it dithers'),
    alphaToCoverage: bit(2, 3, 'whether alpha selects samples'),
    alphaToOne: bit(2, 4, 'whether alpha becomes 1'),
    logicopFunc: oneOf('LogicOp', 3, 'logic operation', { shift: 0, bits: 4, default: 0 }),
    rt: vector(4, 8, 'per colour buffer', blendTarget(), { filled: true }),
  }),
  RASTERIZER: objectLayout(2, '0.8', 'How primitives become fragments.', exactly(9), {
    handle: handle(),
    flatshade: bit(2, 0, 'flat shading of colours'),
    depthClip: bit(2, 1, 'whether near and far planes clip'),
    clipHalfz: bit(2, 2, 'whether clip z runs from 0 to w'),
    rasterizerDiscard: bit(2, 3, 'whether all primitives are dropped'),
    flatshadeFirst: bit(2, 4, 'whether the first vertex provokes'),
    lightTwoside: bit(2, 5, 'whether back faces take back colours'),
    spriteCoordMode: oneOf('SpriteCoordMode', 2, 'origin of point sprites', {
      shift: 6,
      bits: 1,
      default: 0,
    }),
    pointQuadRasterization: bit(2, 7, 'whether points are quads'),
    cullFace: oneOf('CullFace', 2, 'faces that are dropped', { shift: 8, bits: 2, default: 0 }),
    fillFront: oneOf('PolygonMode', 2, 'filling of front faces', { shift: 10, bits: 2, default: 0 }),
    fillBack: oneOf('PolygonMode', 2, 'filling of back faces', { shift: 12, bits: 2, default: 0 }),
    scissor: bit(2, 14, 'whether the scissor holds'),
    frontCcw: bit(2, 15, 'whether counter-clockwise is front'),
    clampVertexColor: bit(2, 16, 'whether vertex colours are clamped'),
    clampFragmentColor: bit(2, 17, 'whether fragment colours are clamped'),
    offsetLine: bit(2, 18, 'polygon offset for lines'),
    offsetPoint: bit(2, 19, 'polygon offset for points'),
    offsetTri: bit(2, 20, 'polygon offset for fills'),
    polySmooth: bit(2, 21, 'smooth polygons'),
    polyStippleEnable: bit(2, 22, 'polygon stipple'),
    pointSmooth: bit(2, 23, 'smooth points'),
    pointSizePerVertex: bit(2, 24, 'whether the shader sets the point size'),
    multisample: bit(2, 25, 'multisample rasterization'),
    lineSmooth: bit(2, 26, 'smooth lines'),
    lineStippleEnable: bit(2, 27, 'line stipple'),
    lineLastPixel: bit(2, 28, 'whether the last pixel of a line is drawn'),
    halfPixelCenter: bit(2, 29, 'whether pixel centres lie at .5'),
    bottomEdgeRule: bit(2, 30, 'which edge belongs to a pixel'),
    forcePersampleInterp: bit(2, 31, 'interpolation per sample'),
    pointSize: f32(3, 'size of points', { default: 1, unit: 'pixels' }),
    spriteCoordEnable: u32(4, 'bit per varying that becomes a sprite coordinate', { default: 0 }),
    lineStipplePattern: bits(5, 0, 16, 'pattern of the line stipple'),
    lineStippleFactor: bits(5, 16, 8, 'repetition of each bit of the pattern, minus 1'),
    clipPlaneEnable: bits(5, 24, 8, 'bit per user clip plane'),
    lineWidth: f32(6, 'width of lines', { default: 1, unit: 'pixels' }),
    offsetUnits: f32(7, 'polygon offset units', { default: 0 }),
    offsetScale: f32(8, 'polygon offset factor', { default: 0 }),
    offsetClamp: f32(9, 'polygon offset clamp', { default: 0 }),
  }),
  DSA: objectLayout(3, '0.8', 'Depth, stencil and alpha tests.', exactly(5), {
    handle: handle(),
    depthEnabled: bit(2, 0, 'whether depth is tested'),
    depthWritemask: bit(2, 1, 'whether depth is written'),
    depthFunc: oneOf('CompareFunc', 2, 'depth comparison', { shift: 2, bits: 3, default: 0 }),
    alphaEnabled: bit(2, 8, 'whether alpha is tested'),
    alphaFunc: oneOf('CompareFunc', 2, 'alpha comparison', { shift: 9, bits: 3, default: 0 }),
    stencilFront: stencilSide(3, 'stencil test of front faces'),
    stencilBack: stencilSide(4, 'stencil test of back faces'),
    alphaRef: f32(5, 'alpha reference', { default: 0 }),
  }),
  SHADER: objectLayout(
    4,
    '0.8',
    'A shader in TGSI text, or one packet of a long one.',
    atLeast(5),
    {
      handle: handle(),
      stage: stage(2),
      lengthOrOffset: u32(3, 'first packet: bytes of the whole text with its NUL; else: bytes already sent', {
        shift: 0,
        bits: 31,
        unit: 'bytes',
      }),
      continuation: bit(3, 31, 'whether this packet goes on with a text'),
      numTokens: u32(4, 'bound of the number of TGSI tokens'),
      streamOutput: block(6, 'what is captured into stream-output targets', {
        variant: 'graphics',
        countDword: 5,
        max: Limit.STREAMOUT_OUTPUTS,
        head: {
          strides: vector(0, 4, 'dwords per vertex in each buffer', u32(0, 'stride', { unit: 'dwords' })),
        },
        headDwords: 4,
        itemsName: 'outputs',
        item: struct(0, 2, 'captured output', {
          registerIndex: bits(0, 0, 8, 'output register'),
          startComponent: bits(0, 8, 2, 'first channel'),
          numComponents: u32(0, 'channels', { shift: 10, bits: 3 }),
          outputBuffer: bits(0, 13, 3, 'buffer'),
          dstOffset: u32(0, 'place in the vertex', { shift: 16, bits: 16, default: 0, unit: 'dwords' }),
          stream: bits(1, 0, 2, 'vertex stream'),
        }),
      }),
      sharedMemoryBytes: u32(5, 'shared memory of a compute shader', {
        variant: 'compute',
        default: 0,
        unit: 'bytes',
      }),
      text: text(6, 'the text, or its end', 'terminated', { optional: true }),
      chunk: text(6, 'a part of the text that another packet goes on with', 'open', { optional: true }),
    },
    {
      variants: [
        { name: 'graphics', when: { field: 'stage', isNot: 5 } },
        { name: 'compute', when: { field: 'stage', is: 5 } },
      ],
    },
  ),
  VERTEX_ELEMENTS: objectLayout(5, '0.8', 'How vertex attributes are fetched.', repeating(1, 4), {
    handle: handle(),
    elements: list(
      2,
      'attributes, in the order of the shader inputs',
      struct(0, 4, 'attribute', {
        srcOffset: u32(0, 'start in the vertex', { default: 0, unit: 'bytes' }),
        instanceDivisor: u32(1, 'instances per step; 0 = per vertex', { default: 0 }),
        vertexBufferIndex: u32(2, 'vertex buffer slot', { default: 0 }),
        srcFormat: oneOf('Format', 3, 'format in the buffer'),
      }),
      { max: Limit.VERTEX_ELEMENTS },
    ),
  }),
  SAMPLER_VIEW: objectLayout(
    6,
    '0.8',
    'A view of a texture or buffer for shaders.',
    exactly(6),
    {
      handle: handle(),
      resource: resource(2, 'texture or buffer'),
      format: oneOf('Format', 3, 'format of the view', { shift: 0, bits: 24 }),
      target: oneOf('TextureTarget', 3, 'shape of the view; 0 = that of the resource', {
        shift: 24,
        bits: 8,
        default: 0,
      }),
      firstLayer: u32(4, 'first layer of a texture', { shift: 0, bits: 16, variant: 'texture', default: 0 }),
      lastLayer: u32(4, 'last layer of a texture', { shift: 16, bits: 16, variant: 'texture', default: 0 }),
      firstLevel: u32(5, 'first level of a texture', { shift: 0, bits: 8, variant: 'texture', default: 0 }),
      lastLevel: u32(5, 'last level of a texture', { shift: 8, bits: 8, variant: 'texture', default: 0 }),
      firstElement: u32(4, 'first element of a buffer', { variant: 'buffer', default: 0 }),
      lastElement: u32(5, 'last element of a buffer', { variant: 'buffer', default: 0 }),
      swizzleR: swizzle(0, 'red', 0),
      swizzleG: swizzle(3, 'green', 1),
      swizzleB: swizzle(6, 'blue', 2),
      swizzleA: swizzle(9, 'alpha', 3),
    },
    { variants: TEXTURE_OR_BUFFER },
  ),
  SAMPLER_STATE: objectLayout(
    7,
    '0.8',
    'How a texture is filtered and wrapped.',
    exactly(9),
    {
      handle: handle(),
      wrapS: oneOf('TextureWrap', 2, 'wrapping of s', { shift: 0, bits: 3, default: 0 }),
      wrapT: oneOf('TextureWrap', 2, 'wrapping of t', { shift: 3, bits: 3, default: 0 }),
      wrapR: oneOf('TextureWrap', 2, 'wrapping of r', { shift: 6, bits: 3, default: 0 }),
      minImgFilter: oneOf('ImageFilter', 2, 'filter when smaller', { shift: 9, bits: 2, default: 0 }),
      minMipFilter: oneOf('MipFilter', 2, 'filter between levels', { shift: 11, bits: 2, default: 0 }),
      magImgFilter: oneOf('ImageFilter', 2, 'filter when larger', { shift: 13, bits: 2, default: 0 }),
      compareMode: oneOf('CompareMode', 2, 'whether it compares', { shift: 15, bits: 1, default: 0 }),
      compareFunc: oneOf('CompareFunc', 2, 'comparison', { shift: 16, bits: 3, default: 0 }),
      seamlessCubeMap: bit(2, 19, 'whether cube faces join'),
      maxAnisotropy: bits(2, 20, 6, 'largest anisotropy'),
      lodBias: f32(3, 'added to the level', { default: 0 }),
      minLod: f32(4, 'smallest level', { default: 0 }),
      maxLod: f32(5, 'largest level', { default: 0 }),
      borderColor: vector(6, 4, 'border colour, as floats', f32(0, 'channel'), {
        variant: 'float',
        default: 0,
      }),
      borderColorBits: vector(6, 4, 'border colour, as raw dwords', u32(0, 'channel'), {
        variant: 'bits',
        default: 0,
      }),
    },
    { variants: [{ name: 'float' }, { name: 'bits' }] },
  ),
  SURFACE: objectLayout(8, '0.8', 'A view of a resource that is drawn to.', exactly(5), surfaceFields(), {
    variants: TEXTURE_OR_BUFFER,
  }),
  QUERY: objectLayout(9, '0.8', 'A query; its result lands in a buffer.', exactly(4), {
    handle: handle(),
    queryType: oneOf('QueryType', 2, 'what is counted', { shift: 0, bits: 16 }),
    index: bits(2, 16, 16, 'vertex stream, or which pipeline statistic'),
    offset: u32(3, 'ignored by hosts: results stand at 0', { default: 0, unit: 'bytes' }),
    resource: resource(4, 'buffer for the result, bind CUSTOM'),
  }),
  STREAMOUT_TARGET: objectLayout(10, '0.8', 'A range of a buffer for stream output.', exactly(4), {
    handle: handle(),
    resource: resource(2, 'buffer'),
    bufferOffset: u32(3, 'start of the range', { default: 0, unit: 'bytes' }),
    bufferSize: u32(4, 'length of the range', { unit: 'bytes' }),
  }),
  MSAA_SURFACE: objectLayout(
    11,
    '0.10',
    'A surface that renders multisampled and resolves into its texture.',
    exactly(6),
    { ...surfaceFields(), sampleCount: u32(6, 'samples per pixel') },
    { variants: TEXTURE_OR_BUFFER },
  ),
};

/** Name of a kind of object. */
export type ObjectName = keyof typeof OBJECTS;
