// Every command of the virgl stream: opcode, first release, payload length, fields. The one place that knows
// them; encoder, decoder, printers and checks all walk this table.
// Facts: virglrenderer src/virgl_protocol.h, src/vrend/vrend_decode.c; defaults as Mesa's virgl_encode.c sends.

import { Limit } from './enums';
import {
  atLeast,
  bit,
  bool,
  command,
  data,
  exactly,
  f32,
  f64,
  flags,
  i32,
  list,
  object,
  oneOf,
  repeating,
  resource,
  struct,
  text,
  u32,
  vector,
} from './schema-types';
import { box, bufferRange, colorFields, signedBox, stage, startSlot, transferHead } from './shared-fields';

const codec = (dword: number) => u32(dword, 'video codec', { unit: 'videoCodec' });
const videoBuffer = (dword: number, doc: string) => u32(dword, doc, { unit: 'videoBuffer' });
const half = (dword: number, shift: number, doc: string) => u32(dword, doc, { shift, bits: 16, default: 0 });
const headerType = { shift: 8, bits: 8 } as const;

const STATE_COMMANDS = {
  SET_VIEWPORT_STATE: command(4, '0.8', 'Sets viewports.', repeating(1, 6), {
    startSlot: startSlot(1),
    viewports: list(
      2,
      'window position = position * scale + translate',
      struct(0, 6, 'viewport', {
        scale: vector(0, 3, 'scale of x, y, z', f32(0, 'factor')),
        translate: vector(3, 3, 'translation of x, y, z', f32(0, 'distance')),
      }),
      { max: Limit.VIEWPORTS },
    ),
  }),
  SET_FRAMEBUFFER_STATE: command(5, '0.8', 'Sets the surfaces that are drawn to.', repeating(2, 1), {
    zsurf: object(2, 'depth-stencil surface; 0 = none', { default: 0 }),
    colorBuffers: list(3, 'colour surfaces; 0 = hole', object(0, 'surface'), {
      max: Limit.COLOR_BUFFERS,
      countDword: 1,
    }),
  }),
  SET_VERTEX_BUFFERS: command(6, '0.8', 'Sets all vertex buffers, from slot 0.', repeating(0, 3), {
    buffers: list(
      1,
      'vertex buffers',
      struct(0, 3, 'vertex buffer', {
        stride: u32(0, 'bytes from vertex to vertex', { unit: 'bytes' }),
        offset: u32(1, 'start of the first vertex', { default: 0, unit: 'bytes' }),
        resource: resource(2, 'buffer; 0 = none'),
      }),
      { max: Limit.VERTEX_BUFFERS },
    ),
  }),
  SET_SAMPLER_VIEWS: command(10, '0.8', 'Binds sampler views to a stage.', repeating(2, 1), {
    stage: stage(1),
    startSlot: startSlot(2),
    views: list(3, 'sampler views; 0 = none', object(0, 'sampler view'), { max: Limit.SAMPLER_VIEWS }),
  }),
  SET_INDEX_BUFFER: command(11, '0.8', 'Sets or removes the index buffer.', exactly(1, 3), {
    resource: resource(1, 'buffer; 0 = none'),
    indexSize: u32(2, 'bytes per index: 1, 2 or 4', { optional: true, unit: 'bytes' }),
    offset: u32(3, 'start of the indices', { optional: true, unit: 'bytes' }),
  }),
  SET_CONSTANT_BUFFER: command(12, '0.8', 'Sets the inline constants of a stage.', atLeast(2), {
    stage: stage(1),
    index: u32(2, 'ignored by hosts', { default: 0 }),
    data: data(3, 'vec4 constants; empty = clear', { minDwords: 0, as: 'f32' }),
  }),
  SET_STENCIL_REF: command(13, '0.8', 'Sets the stencil reference values.', exactly(1), {
    front: u32(1, 'reference of front faces', { shift: 0, bits: 8, default: 0 }),
    back: u32(1, 'reference of back faces', { shift: 8, bits: 8, default: 0 }),
  }),
  SET_BLEND_COLOR: command(14, '0.8', 'Sets the constant blend colour.', exactly(4), {
    color: vector(1, 4, 'red, green, blue, alpha', f32(0, 'channel')),
  }),
  SET_SCISSOR_STATE: command(15, '0.8', 'Sets scissor rectangles.', repeating(1, 2), {
    startSlot: startSlot(1),
    scissors: list(
      2,
      'scissor rectangles',
      struct(0, 2, 'rectangle; the maximum lies outside', {
        minX: u32(0, 'left', { shift: 0, bits: 16, unit: 'pixels' }),
        minY: u32(0, 'top', { shift: 16, bits: 16, unit: 'pixels' }),
        maxX: u32(1, 'right', { shift: 0, bits: 16, unit: 'pixels' }),
        maxY: u32(1, 'bottom', { shift: 16, bits: 16, unit: 'pixels' }),
      }),
      { max: Limit.VIEWPORTS },
    ),
  }),
  BIND_SAMPLER_STATES: command(18, '0.8', 'Binds sampler states to a stage.', repeating(2, 1), {
    stage: stage(1),
    startSlot: startSlot(2),
    states: list(3, 'sampler states; 0 = none', object(0, 'sampler state'), { max: Limit.SAMPLERS }),
  }),
  SET_POLYGON_STIPPLE: command(22, '0.8', 'Sets the polygon stipple.', exactly(32), {
    stipple: vector(1, 32, 'rows, from the top', u32(0, 'row')),
  }),
  SET_CLIP_STATE: command(23, '0.8', 'Sets the user clip planes.', exactly(32), {
    planes: vector(
      1,
      Limit.CLIP_PLANES,
      'clip planes',
      vector(0, 4, 'plane equation', f32(0, 'coefficient')),
    ),
  }),
  SET_SAMPLE_MASK: command(24, '0.8', 'Sets the sample mask.', exactly(1), {
    mask: u32(1, 'bit per sample'),
  }),
  SET_STREAMOUT_TARGETS: command(25, '0.8', 'Sets the stream-output targets.', repeating(1, 1), {
    appendMask: u32(1, 'targets that go on where they were; ignored by hosts', { default: 0 }),
    targets: list(2, 'stream-output targets; 0 = hole', object(0, 'target'), {
      max: Limit.STREAMOUT_TARGETS,
    }),
  }),
  SET_RENDER_CONDITION: command(26, '0.8', 'Makes drawing depend on a query.', exactly(3), {
    handle: object(1, 'query; 0 = off'),
    condition: bool(2, 'true = draw if the result is zero', { default: false }),
    mode: oneOf('RenderConditionMode', 3, 'how to wait for the result', { default: 0 }),
  }),
  SET_UNIFORM_BUFFER: command(27, '0.8', 'Binds a range of a buffer as uniform buffer.', exactly(5), {
    stage: stage(1),
    index: u32(2, 'slot, below 32; 0 is the file of the inline constants'),
    offset: u32(3, 'start of the range', { default: 0, unit: 'bytes' }),
    length: u32(4, 'length of the range', { default: 0, unit: 'bytes' }),
    resource: resource(5, 'buffer; 0 = unbind'),
  }),
  BIND_SHADER: command(31, '0.8', 'Binds a shader to its stage.', exactly(2), {
    handle: object(1, 'shader; 0 = unbind'),
    stage: stage(2),
  }),
  SET_TESS_STATE: command(32, '0.8', 'Sets the default tessellation levels.', exactly(6), {
    outer: vector(1, 4, 'outer levels', f32(0, 'level')),
    inner: vector(5, 2, 'inner levels', f32(0, 'level')),
  }),
  SET_MIN_SAMPLES: command(33, '0.8', 'Sets the least number of shaded samples.', exactly(1), {
    minSamples: u32(1, 'samples per pixel'),
  }),
  SET_SHADER_BUFFERS: command(34, '0.8', 'Binds shader storage buffers.', repeating(2, 3), {
    stage: stage(1),
    startSlot: startSlot(2),
    buffers: list(3, 'storage buffers', bufferRange(), { max: Limit.SHADER_BUFFERS }),
  }),
  SET_SHADER_IMAGES: command(35, '0.8', 'Binds shader images.', repeating(2, 5), {
    stage: stage(1),
    startSlot: startSlot(2),
    images: list(
      3,
      'shader images; a texture by layers and level, a buffer by offset and size',
      struct(
        0,
        5,
        'shader image',
        {
          format: oneOf('Format', 0, 'format that the shader sees', { default: 0 }),
          access: flags('ImageAccess', 1, 'what the shader does', { default: 0 }),
          firstLayer: u32(2, 'first layer of a texture', {
            shift: 0,
            bits: 16,
            variant: 'texture',
            default: 0,
          }),
          lastLayer: u32(2, 'last layer of a texture', {
            shift: 16,
            bits: 16,
            variant: 'texture',
            default: 0,
          }),
          level: u32(3, 'level of a texture', { variant: 'texture', default: 0 }),
          offset: u32(2, 'start in a buffer', { variant: 'buffer', default: 0, unit: 'bytes' }),
          size: u32(3, 'length in a buffer', { variant: 'buffer', default: 0, unit: 'bytes' }),
          resource: resource(4, 'texture or buffer; 0 = unbind'),
        },
        { variants: [{ name: 'texture' }, { name: 'buffer' }] },
      ),
      { max: Limit.SHADER_IMAGES },
    ),
  }),
  SET_FRAMEBUFFER_STATE_NO_ATTACH: command(
    38,
    '0.8',
    'Shape of a framebuffer without surfaces.',
    exactly(2),
    {
      width: half(1, 0, 'width in pixels'),
      height: half(1, 16, 'height in pixels'),
      layers: half(2, 0, 'layers'),
      samples: u32(2, 'samples per pixel', { shift: 16, bits: 8, default: 0 }),
    },
  ),
  SET_ATOMIC_BUFFERS: command(40, '0.8', 'Binds atomic counter buffers.', atLeast(2), {
    startSlot: startSlot(1),
    buffers: list(2, 'atomic buffers', bufferRange(), { min: 1, max: Limit.ATOMIC_BUFFERS }),
  }),
};

const DRAW_COMMANDS = {
  CLEAR: command(
    7,
    '0.8',
    'Clears the bound framebuffer.',
    exactly(8),
    {
      buffers: flags('Clear', 1, 'what is cleared'),
      ...colorFields(2, 'colour'),
      depth: f64(6, 'depth', { default: 1 }),
      stencil: u32(8, 'stencil', { default: 0 }),
    },
    { variants: [{ name: 'float' }, { name: 'bits' }] },
  ),
  DRAW_VBO: command(8, '0.8', 'Draws vertices.', exactly(12, 14, 20), {
    start: u32(1, 'first vertex or first index', { default: 0, unit: 'vertices' }),
    count: u32(2, 'number of vertices or indices', { unit: 'vertices' }),
    mode: oneOf('Primitive', 3, 'what the vertices form'),
    indexed: bool(4, 'whether indices are read', { default: false }),
    instanceCount: u32(5, 'number of instances', { default: 1 }),
    indexBias: i32(6, 'added to every index', { default: 0 }),
    startInstance: u32(7, 'first instance', { default: 0 }),
    primitiveRestart: bool(8, 'whether an index restarts the primitive', { default: false }),
    restartIndex: u32(9, 'index that restarts', { default: 0 }),
    minIndex: u32(10, 'smallest index that occurs', { default: 0 }),
    maxIndex: u32(11, 'largest index that occurs; all ones = not known', { default: 0xffffffff }),
    countFromSo: u32(12, 'if not 0: as many vertices, from 0, instead of start and count', { default: 0 }),
    verticesPerPatch: u32(13, 'vertices per patch', { optional: true }),
    drawId: u32(14, 'number of the draw in a multi-draw', { optional: true }),
    indirectResource: resource(15, 'buffer of indirect arguments', { optional: true }),
    indirectOffset: u32(16, 'start of the arguments', { optional: true, unit: 'bytes' }),
    indirectStride: u32(17, 'bytes from argument set to argument set', { optional: true, unit: 'bytes' }),
    indirectDrawCount: u32(18, 'number of argument sets', { optional: true }),
    indirectDrawCountOffset: u32(19, 'where the count stands', { optional: true, unit: 'bytes' }),
    indirectDrawCountResource: resource(20, 'buffer that holds the count', { optional: true }),
  }),
  LAUNCH_GRID: command(37, '0.8', 'Runs the bound compute shader.', exactly(8), {
    block: vector(1, 3, 'work group size; hosts take it from the shader', u32(0, 'size'), { default: 1 }),
    grid: vector(4, 3, 'number of work groups', u32(0, 'count')),
    indirectResource: resource(7, 'buffer of the grid size; 0 = none', { default: 0 }),
    indirectOffset: u32(8, 'where the grid size stands', { default: 0, unit: 'bytes' }),
  }),
  CLEAR_TEXTURE: command(47, '0.9', 'Clears a box of a texture.', exactly(12), {
    resource: resource(1, 'texture'),
    level: u32(2, 'mip level', { default: 0 }),
    box: box(3, 'what is cleared'),
    data: vector(9, 4, 'one texel, packed in the format of the texture', u32(0, 'dword'), { default: 0 }),
  }),
  CLEAR_SURFACE: command(
    62,
    '1.0',
    'Clears a rectangle of a surface.',
    exactly(10),
    {
      renderCondition: bit(1, 0, 'whether the render condition holds'),
      buffers: flags('ClearSurfaceBuffers', 1, 'what is cleared', { shift: 1, bits: 3 }),
      surface: object(2, 'surface'),
      ...colorFields(3, 'colour'),
      depth: f64(3, 'depth', { variant: 'depthStencil', default: 0 }),
      stencil: u32(6, 'stencil', { variant: 'depthStencil', default: 0 }),
      x: u32(7, 'left', { default: 0, unit: 'pixels' }),
      y: u32(8, 'top', { default: 0, unit: 'pixels' }),
      width: u32(9, 'width', { unit: 'pixels' }),
      height: u32(10, 'height', { unit: 'pixels' }),
    },
    {
      variants: [
        { name: 'depthStencil', when: { field: 'buffers', hasBits: 3 } },
        { name: 'float' },
        { name: 'bits' },
      ],
    },
  ),
  MEMORY_BARRIER: command(36, '0.8', 'Orders shader memory access.', exactly(1), {
    flags: flags('Barrier', 1, 'what is ordered'),
  }),
  TEXTURE_BARRIER: command(39, '0.8', 'Orders framebuffer writes and texture reads.', exactly(1), {
    flags: flags('TextureBarrier', 1, 'what is ordered'),
  }),
};

const COPY_COMMANDS = {
  RESOURCE_INLINE_WRITE: command(9, '0.8', 'Writes data from the stream into a resource.', atLeast(12), {
    ...transferHead(),
    data: data(12, 'rows of blocks', { minDwords: 1, as: 'bytes' }),
  }),
  BLIT: command(16, '0.8', 'Copies with scaling, conversion and filtering.', exactly(21), {
    mask: flags('ChannelMask', 1, 'channels that are written', { shift: 0, bits: 8, default: 0xf }),
    filter: oneOf('ImageFilter', 1, 'filter', { shift: 8, bits: 2, default: 0 }),
    scissorEnable: bit(1, 10, 'whether the scissor holds'),
    renderConditionEnable: bit(1, 11, 'whether the render condition holds'),
    alphaBlend: bit(1, 12, 'whether it blends over the destination'),
    scissorMinX: half(2, 0, 'left of the scissor'),
    scissorMinY: half(2, 16, 'top of the scissor'),
    scissorMaxX: half(3, 0, 'right of the scissor'),
    scissorMaxY: half(3, 16, 'bottom of the scissor'),
    dstResource: resource(4, 'destination'),
    dstLevel: u32(5, 'level of the destination', { default: 0 }),
    dstFormat: oneOf('Format', 6, 'format of the destination'),
    dstBox: signedBox(7, 'destination'),
    srcResource: resource(13, 'source'),
    srcLevel: u32(14, 'level of the source', { default: 0 }),
    srcFormat: oneOf('Format', 15, 'format of the source'),
    srcBox: signedBox(16, 'source'),
  }),
  RESOURCE_COPY_REGION: command(17, '0.8', 'Copies bits between resources.', exactly(13), {
    dstResource: resource(1, 'destination'),
    dstLevel: u32(2, 'level of the destination', { default: 0 }),
    dstX: u32(3, 'left in the destination', { default: 0, unit: 'pixels' }),
    dstY: u32(4, 'top in the destination', { default: 0, unit: 'pixels' }),
    dstZ: u32(5, 'slice or layer in the destination', { default: 0 }),
    srcResource: resource(6, 'source'),
    srcLevel: u32(7, 'level of the source', { default: 0 }),
    srcBox: box(8, 'what is copied'),
  }),
  TRANSFER3D: command(43, '0.8', 'Moves data between a resource and its backing.', atLeast(13), {
    ...transferHead(),
    offset: u32(12, 'start in the backing', { default: 0, unit: 'bytes' }),
    direction: oneOf('TransferDirection', 13, 'which way'),
  }),
  END_TRANSFERS: command(44, '0.8', 'Ends the transfer area of a buffer.', atLeast(0), {
    padding: data(1, 'filler; its content means nothing', { minDwords: 0, as: 'u32' }),
  }),
  COPY_TRANSFER3D: command(45, '0.8', 'Moves data between a resource and a staging buffer.', exactly(14), {
    ...transferHead(),
    stagingResource: resource(12, 'staging buffer'),
    stagingOffset: u32(13, 'start in the staging buffer', { default: 0, unit: 'bytes' }),
    flags: flags('CopyTransferFlag', 14, 'synchronization and direction', { default: 0 }),
  }),
};

const QUERY_COMMANDS = {
  BEGIN_QUERY: command(19, '0.8', 'Begins a query.', exactly(1), { handle: object(1, 'query') }),
  END_QUERY: command(20, '0.8', 'Ends a query, or takes a time stamp.', exactly(1), {
    handle: object(1, 'query'),
  }),
  GET_QUERY_RESULT: command(21, '0.8', "Writes a result into the query's buffer.", exactly(2), {
    handle: object(1, 'query'),
    wait: bool(2, 'ignored by hosts', { default: false }),
  }),
  GET_QUERY_RESULT_QBO: command(42, '0.8', 'Writes a result into any buffer.', exactly(6), {
    handle: object(1, 'query'),
    resource: resource(2, 'buffer for the result'),
    wait: bool(3, 'whether the GPU waits', { default: false }),
    resultType: oneOf('QueryValueType', 4, 'type of the written value'),
    offset: u32(5, 'where it is written', { default: 0, unit: 'bytes' }),
    index: i32(6, 'which value; -1 = availability', { default: 0 }),
  }),
  GET_MEMORY_INFO: command(50, '0.9', 'Writes 24 bytes of memory statistics into a buffer.', exactly(1), {
    resource: resource(1, 'buffer'),
  }),
  GET_PIPE_RESOURCE_LAYOUT: command(63, '1.3', 'Writes 80 bytes of layout into a buffer.', atLeast(2), {
    outputResource: resource(1, 'buffer for the answer'),
    resource: resource(2, 'resource that is asked about'),
  }),
};

const CONTEXT_COMMANDS = {
  NOP: command(0, '0.8', 'Does nothing.', atLeast(0), {
    padding: data(1, 'ignored', { minDwords: 0, as: 'u32' }),
  }),
  CREATE_OBJECT: command(1, '0.8', 'Makes an object; its layout is one of OBJECTS.', atLeast(1), {
    type: oneOf('ObjectType', 0, 'kind of object', headerType),
    handle: object(1, 'handle of the new object, not 0'),
    state: data(2, 'the rest of the layout of this kind', { minDwords: 0, as: 'u32' }),
  }),
  BIND_OBJECT: command(2, '0.8', 'Makes an object current.', exactly(1), {
    type: oneOf('ObjectType', 0, 'BLEND, RASTERIZER, DSA or VERTEX_ELEMENTS', headerType),
    handle: object(1, 'object; 0 = unbind'),
  }),
  DESTROY_OBJECT: command(3, '0.8', 'Destroys an object.', exactly(1), {
    type: oneOf('ObjectType', 0, 'kind of object; ignored by hosts', { ...headerType, default: 0 }),
    handle: object(1, 'object'),
  }),
  SET_SUB_CTX: command(28, '0.8', 'Switches to a sub-context.', exactly(1), {
    id: u32(1, 'sub-context', { unit: 'subContext' }),
  }),
  CREATE_SUB_CTX: command(29, '0.8', 'Makes a sub-context and switches to it.', exactly(1), {
    id: u32(1, 'sub-context', { unit: 'subContext' }),
  }),
  DESTROY_SUB_CTX: command(30, '0.8', 'Destroys a sub-context.', exactly(1), {
    id: u32(1, 'sub-context; 0 is ignored', { unit: 'subContext' }),
  }),
  SET_DEBUG_FLAGS: command(41, '0.8', 'Sets debug output of the host.', atLeast(2), {
    flags: text(1, 'flags as in VREND_DEBUG', 'terminated', { optional: true, minDwords: 2 }),
    unterminated: text(1, 'flags without a NUL', 'open', { optional: true }),
  }),
  SET_TWEAKS: command(46, '0.8', 'Changes a workaround of the host.', atLeast(2), {
    id: oneOf('Tweak', 1, 'which'),
    value: u32(2, 'new value'),
  }),
  PIPE_RESOURCE_CREATE: command(48, '0.9', 'Makes a resource that a blob then claims.', exactly(11), {
    target: oneOf('TextureTarget', 1, 'shape'),
    format: oneOf('Format', 2, 'format'),
    bind: flags('Bind', 3, 'what it may be used for'),
    width: u32(4, 'width, or bytes of a buffer', { unit: 'pixels' }),
    height: u32(5, 'height', { default: 1, unit: 'pixels' }),
    depth: u32(6, 'depth', { default: 1 }),
    arraySize: u32(7, 'layers', { default: 1 }),
    lastLevel: u32(8, 'number of the smallest level', { default: 0 }),
    samples: u32(9, 'samples per pixel; 0 = not multisampled', { default: 0 }),
    flags: flags('ResourceFlag', 10, 'resource flags', { default: 0 }),
    blobId: u32(11, 'id that the blob is created with', { unit: 'blob' }),
  }),
  PIPE_RESOURCE_SET_TYPE: command(49, '0.9', 'Gives an untyped blob a format.', repeating(8, 2), {
    resource: resource(1, 'untyped blob'),
    format: oneOf('Format', 2, 'format'),
    bind: flags('Bind', 3, 'what it may be used for'),
    width: u32(4, 'width', { unit: 'pixels' }),
    height: u32(5, 'height', { unit: 'pixels' }),
    usage: u32(6, 'Gallium usage', { default: 0 }),
    modifierLow: u32(7, 'low half of the DRM modifier', { default: 0 }),
    modifierHigh: u32(8, 'high half of the DRM modifier', { default: 0 }),
    planes: list(
      9,
      'planes',
      struct(0, 2, 'plane', {
        stride: u32(0, 'bytes per row', { unit: 'bytes' }),
        offset: u32(1, 'start in the blob', { default: 0, unit: 'bytes' }),
      }),
      { min: 1, max: Limit.PLANES },
    ),
  }),
  SEND_STRING_MARKER: command(51, '0.9', 'Passes a string to the debugger of the host.', atLeast(2), {
    text: text(2, 'the string', 'counted', { countDword: 1 }),
  }),
  LINK_SHADER: command(52, '0.10', 'Hint: links these shaders now.', exactly(6), {
    vertex: object(1, 'vertex shader; 0 = none', { default: 0 }),
    fragment: object(2, 'fragment shader; 0 = none', { default: 0 }),
    geometry: object(3, 'geometry shader; 0 = none', { default: 0 }),
    tessCtrl: object(4, 'tessellation control shader; 0 = none', { default: 0 }),
    tessEval: object(5, 'tessellation evaluation shader; 0 = none', { default: 0 }),
    compute: object(6, 'compute shader; 0 = none', { default: 0 }),
  }),
};

const VIDEO_COMMANDS = {
  CREATE_VIDEO_CODEC: command(53, '0.10', 'Makes a video codec.', atLeast(7), {
    handle: codec(1),
    profile: oneOf('VideoProfile', 2, 'profile'),
    entrypoint: oneOf('VideoEntrypoint', 3, 'what it does'),
    chromaFormat: u32(4, 'chroma format'),
    level: u32(5, 'level'),
    width: u32(6, 'width', { unit: 'pixels' }),
    height: u32(7, 'height', { unit: 'pixels' }),
    maxReferences: u32(8, 'reference frames; 2 if absent', { optional: true }),
  }),
  DESTROY_VIDEO_CODEC: command(54, '0.10', 'Destroys a video codec.', atLeast(1), { handle: codec(1) }),
  CREATE_VIDEO_BUFFER: command(55, '0.10', 'Makes a video buffer of planes.', atLeast(5), {
    handle: videoBuffer(1, 'video buffer'),
    format: oneOf('Format', 2, 'format'),
    width: u32(3, 'width', { unit: 'pixels' }),
    height: u32(4, 'height', { unit: 'pixels' }),
    planes: list(5, 'planes; hosts use at most 3', resource(0, 'plane'), { min: 1, max: 65531 }),
  }),
  DESTROY_VIDEO_BUFFER: command(56, '0.10', 'Destroys a video buffer.', atLeast(1), {
    handle: videoBuffer(1, 'video buffer'),
  }),
  BEGIN_FRAME: command(57, '0.10', 'Begins a frame.', atLeast(2), {
    codec: codec(1),
    target: videoBuffer(2, 'video buffer'),
  }),
  DECODE_MACROBLOCK: command(58, '0.10', 'Does nothing yet.', atLeast(0), {
    padding: data(1, 'ignored', { minDwords: 0, as: 'u32' }),
  }),
  DECODE_BITSTREAM: command(59, '0.10', 'Decodes a picture.', atLeast(5), {
    codec: codec(1),
    target: videoBuffer(2, 'where the picture goes'),
    descResource: resource(3, 'picture description'),
    bitstreamResource: resource(4, 'coded picture'),
    bitstreamSize: u32(5, 'length of the coded picture', { unit: 'bytes' }),
  }),
  ENCODE_BITSTREAM: command(60, '0.10', 'Encodes a picture.', atLeast(5), {
    codec: codec(1),
    source: videoBuffer(2, 'the picture'),
    dstResource: resource(3, 'where the coded picture goes'),
    descResource: resource(4, 'picture description'),
    feedbackResource: resource(5, 'where status and size go'),
  }),
  END_FRAME: command(61, '0.10', 'Ends a frame.', atLeast(2), {
    codec: codec(1),
    target: videoBuffer(2, 'video buffer'),
  }),
};

/** The commands by name. Values are plain data: see {@link CommandSchema}. */
export const COMMANDS = {
  ...CONTEXT_COMMANDS,
  ...STATE_COMMANDS,
  ...DRAW_COMMANDS,
  ...COPY_COMMANDS,
  ...QUERY_COMMANDS,
  ...VIDEO_COMMANDS,
};

/** Name of a command. */
export type CommandName = keyof typeof COMMANDS;
