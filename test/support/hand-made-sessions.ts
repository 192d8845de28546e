// Small streams with the commands that the examples don't send.

import { assemble, Bind, Format, TextureTarget } from '../../lib/protocol';
import type { ResourceCreateArgs } from '../../lib/host';
import type { Session } from './recorded-sessions';

const texture = (resourceId: number, more: Partial<ResourceCreateArgs> = {}): ResourceCreateArgs => ({
  resourceId,
  target: TextureTarget.TEXTURE_2D,
  format: Format.R8G8B8A8_UNORM,
  bind: Bind.RENDER_TARGET | Bind.SAMPLER_VIEW,
  width: 16,
  height: 16,
  ...more,
});

const buffer = (resourceId: number, bind: number, width = 1024): ResourceCreateArgs => ({
  resourceId,
  target: TextureTarget.BUFFER,
  format: Format.R8_UNORM,
  bind,
  width,
});

const RESOURCES: readonly ResourceCreateArgs[] = [
  texture(1),
  texture(2, { lastLevel: 2 }),
  texture(3, { format: Format.S8_UINT_Z24_UNORM, bind: Bind.DEPTH_STENCIL | Bind.SAMPLER_VIEW }),
  texture(4, { target: TextureTarget.TEXTURE_2D_ARRAY, arraySize: 4 }),
  texture(5, { target: TextureTarget.TEXTURE_3D, depth: 4 }),
  texture(6, { target: TextureTarget.TEXTURE_CUBE, arraySize: 6 }),
  texture(7, { format: Format.R32_FLOAT }),
  texture(8, { nrSamples: 4 }),
  buffer(10, Bind.VERTEX_BUFFER),
  buffer(11, Bind.INDEX_BUFFER),
  buffer(12, Bind.CONSTANT_BUFFER),
  buffer(13, Bind.SHADER_BUFFER),
  buffer(14, Bind.STREAM_OUTPUT),
  buffer(15, Bind.CUSTOM),
  buffer(16, Bind.STAGING, 4096),
  buffer(17, Bind.QUERY_BUFFER),
  { ...buffer(18, Bind.SAMPLER_VIEW), format: Format.R32_FLOAT, width: 64 },
];

const shader = (handle: number, stage: string, text: string): string =>
  `CREATE_OBJECT SHADER handle=${handle} stage=${stage} lengthOrOffset=${text.length + 1} numTokens=300 text=${JSON.stringify(text)}`;

const VERTEX = 'VERT\nDCL IN[0]\nDCL OUT[0], POSITION\nMOV OUT[0], IN[0]\nEND\n';
const FRAGMENT = `FRAG
DCL IN[0], GENERIC[0], PERSPECTIVE
DCL OUT[0], COLOR
DCL SAMP[0]
DCL SVIEW[0], 2D, FLOAT
DCL CONST[0][0..1]
DCL CONST[1][0..3]
DCL TEMP[0..1]
IMM[0] FLT32 {1.0000, 0.5000, 0.0000, 1.0000}
IMM[1] UINT32 {0, 1, 2, 3}
MUL TEMP[0], IMM[0], CONST[0][1]
ADD TEMP[1].xy, TEMP[0].yxxx, IN[0]
UIF IMM[1].xxxx
TEX TEMP[0], TEMP[1], SAMP[0], 2D
ELSE
MAD TEMP[0], TEMP[1], CONST[1][2], -TEMP[0]
ENDIF
MOV_SAT OUT[0], TEMP[0]
END
`;
const GEOMETRY = `GEOM
PROPERTY GS_INPUT_PRIMITIVE TRIANGLES
PROPERTY GS_OUTPUT_PRIMITIVE TRIANGLE_STRIP
PROPERTY GS_MAX_OUTPUT_VERTICES 3
PROPERTY GS_INVOCATIONS 1
DCL IN[][0], POSITION
DCL OUT[0], POSITION
IMM[0] INT32 {0, 0, 0, 0}
MOV OUT[0], IN[0][0]
EMIT IMM[0].xxxx
ENDPRIM IMM[0].xxxx
END
`;
const COMPUTE = `COMP
PROPERTY CS_FIXED_BLOCK_WIDTH 4
PROPERTY CS_FIXED_BLOCK_HEIGHT 1
PROPERTY CS_FIXED_BLOCK_DEPTH 1
DCL SV[0], THREAD_ID
DCL BUFFER[0]
DCL IMAGE[0], 2D, PIPE_FORMAT_R32_FLOAT, WR
DCL TEMP[0..1]
IMM[0] UINT32 {4, 0, 1, 2}
UMUL TEMP[0].x, SV[0].xxxx, IMM[0].xxxx
LOAD TEMP[1].x, BUFFER[0], TEMP[0].xxxx
UADD TEMP[1].x, TEMP[1].xxxx, IMM[0].zzzz
STORE BUFFER[0].x, TEMP[0].xxxx, TEMP[1].xxxx
END
`;

const DRAWING = [
  'CREATE_SUB_CTX id=1',
  'SET_SUB_CTX id=1',
  'CREATE_OBJECT SURFACE handle=1 resource=1 format=R8G8B8A8_UNORM',
  'CREATE_OBJECT SURFACE handle=2 resource=3 format=S8_UINT_Z24_UNORM',
  'SET_FRAMEBUFFER_STATE zsurf=2 colorBuffers=[1]',
  'SET_VIEWPORT_STATE viewports=[{scale=[8 8 0.5] translate=[8 8 0.5]}]',
  'SET_SCISSOR_STATE scissors=[{minX=0 minY=0 maxX=16 maxY=16}]',
  'CREATE_OBJECT BLEND handle=3 rt=[{blendEnable=true rgbSrcFactor=ONE alphaSrcFactor=ONE rgbDstFactor=ZERO alphaDstFactor=ZERO}]',
  'CREATE_OBJECT RASTERIZER handle=4 depthClip=true',
  'CREATE_OBJECT DSA handle=5 depthEnabled=true depthFunc=LESS',
  'BIND_OBJECT type=BLEND handle=3',
  'BIND_OBJECT type=RASTERIZER handle=4',
  'BIND_OBJECT type=DSA handle=5',
  'CREATE_OBJECT VERTEX_ELEMENTS handle=6 elements=[{srcFormat=R32G32B32A32_FLOAT}]',
  'BIND_OBJECT type=VERTEX_ELEMENTS handle=6',
  'SET_VERTEX_BUFFERS buffers=[{stride=16 resource=10}]',
  'SET_INDEX_BUFFER resource=11 indexSize=2 offset=0',
  'CREATE_OBJECT SAMPLER_VIEW handle=9 resource=2 format=R8G8B8A8_UNORM lastLevel=2',
  'CREATE_OBJECT SAMPLER_VIEW handle=19 resource=18 format=R32_FLOAT firstElement=0 lastElement=15',
  'CREATE_OBJECT SAMPLER_STATE handle=10 minMipFilter=NONE',
  'SET_SAMPLER_VIEWS stage=FRAGMENT views=[9 0 19]',
  'BIND_SAMPLER_STATES stage=FRAGMENT states=[10]',
  'SET_CONSTANT_BUFFER stage=FRAGMENT data=[1 2 3 4 5 6 7 8]',
  'SET_UNIFORM_BUFFER stage=FRAGMENT index=1 resource=12 offset=0 length=64',
  shader(7, 'VERTEX', VERTEX),
  shader(8, 'FRAGMENT', FRAGMENT),
  'BIND_SHADER stage=VERTEX handle=7',
  'BIND_SHADER stage=FRAGMENT handle=8',
  'LINK_SHADER vertex=7 fragment=8',
  'SET_STENCIL_REF front=1 back=2',
  'SET_BLEND_COLOR color=[0 0 0 1]',
  'SET_SAMPLE_MASK mask=1',
  'SET_MIN_SAMPLES minSamples=1',
  `SET_CLIP_STATE planes=[${'[0 0 1 0] '.repeat(8)}]`,
  `SET_POLYGON_STIPPLE stipple=[${'0xffffffff '.repeat(32)}]`,
  'SET_TESS_STATE outer=[1 1 1 1] inner=[1 1]',
  'CLEAR buffers=COLOR0|DEPTH color=[0 0 0 0] depth=1 stencil=0',
  'DRAW_VBO count=3 mode=TRIANGLES maxIndex=2',
  'DRAW_VBO count=3 mode=TRIANGLES indexed=true maxIndex=2',
  'SET_FRAMEBUFFER_STATE_NO_ATTACH width=16 height=16 layers=1 samples=1',
  'TEXTURE_BARRIER flags=SAMPLER',
  'DESTROY_OBJECT type=SHADER handle=8',
  'CREATE_SUB_CTX id=2',
  'SET_SUB_CTX id=0',
  'DESTROY_SUB_CTX id=2',
];

const QUERIES = [
  'CREATE_OBJECT SURFACE handle=1 resource=1 format=R8G8B8A8_UNORM',
  'CREATE_OBJECT SURFACE handle=2 resource=4 format=R8G8B8A8_UNORM firstLayer=0 lastLayer=3',
  'CREATE_OBJECT SURFACE handle=3 resource=2 format=R8G8B8A8_UNORM level=1',
  'CREATE_OBJECT MSAA_SURFACE handle=4 resource=1 format=R8G8B8A8_UNORM sampleCount=4',
  'SET_FRAMEBUFFER_STATE colorBuffers=[1]',
  'SET_FRAMEBUFFER_STATE colorBuffers=[0 2]',
  'CREATE_OBJECT QUERY handle=5 queryType=OCCLUSION_COUNTER resource=15',
  'CREATE_OBJECT QUERY handle=6 queryType=TIMESTAMP resource=15',
  'BEGIN_QUERY handle=5',
  'CLEAR buffers=COLOR0 color=[0 1 0 0] depth=1 stencil=0',
  'END_QUERY handle=5',
  'END_QUERY handle=6',
  'GET_QUERY_RESULT handle=5',
  'GET_QUERY_RESULT_QBO handle=5 resource=17 resultType=U32',
  'SET_RENDER_CONDITION handle=5 condition=false mode=WAIT',
  'SET_RENDER_CONDITION handle=0',
  'GET_MEMORY_INFO resource=15',
  'SET_TWEAKS id=SAMPLES_PASSED_MULTIPLIER value=2',
  'SEND_STRING_MARKER text="marker"',
  'SET_DEBUG_FLAGS flags="none"',
  'NOP',
  'PIPE_RESOURCE_CREATE target=TEXTURE_2D format=R8G8B8A8_UNORM bind=SAMPLER_VIEW|RENDER_TARGET width=16 height=16 blobId=1',
  'PIPE_RESOURCE_CREATE target=BUFFER format=R8_UNORM bind=VERTEX_BUFFER width=64 blobId=2',
  'PIPE_RESOURCE_CREATE target=TEXTURE_CUBE format=R8_UNORM bind=SAMPLER_VIEW width=8 height=8 arraySize=6 lastLevel=1 blobId=3',
  'DESTROY_OBJECT type=QUERY handle=6',
];

const COPIES = [
  'RESOURCE_INLINE_WRITE resource=1 box={w=4 h=2} stride=16 data=[0*8]',
  'RESOURCE_INLINE_WRITE resource=2 level=1 box={x=1 y=1 w=4 h=2} data=[0*16]',
  'RESOURCE_INLINE_WRITE resource=10 box={w=32} data=[0*8]',
  'RESOURCE_INLINE_WRITE resource=5 box={z=1 w=2 h=2 d=2} stride=8 layerStride=16 data=[0*8]',
  'TRANSFER3D resource=1 box={w=16 h=16} direction=TO_HOST',
  'TRANSFER3D resource=2 level=2 box={w=4 h=4} stride=16 layerStride=64 offset=64 direction=FROM_HOST',
  'TRANSFER3D resource=4 box={z=1 w=16 h=16 d=3} direction=TO_HOST',
  'TRANSFER3D resource=10 box={x=8 w=64} offset=8 direction=TO_HOST',
  'COPY_TRANSFER3D resource=1 box={w=16 h=16} stagingResource=16 flags=SYNCHRONIZED',
  'COPY_TRANSFER3D resource=10 box={w=64} stagingResource=16 stagingOffset=64 flags=SYNCHRONIZED',
  'COPY_TRANSFER3D resource=4 box={z=1 w=8 h=8} stagingResource=16 flags=SYNCHRONIZED|READ_FROM_HOST',
  'RESOURCE_COPY_REGION dstResource=1 dstX=4 srcResource=2 srcBox={w=8 h=8}',
  'RESOURCE_COPY_REGION dstResource=10 dstX=4 srcResource=11 srcBox={w=64}',
  'RESOURCE_COPY_REGION dstResource=6 dstZ=2 srcResource=4 srcBox={z=1 w=16 h=16}',
  'CLEAR_TEXTURE resource=1 box={w=4 h=4} data=[1 0 0 0]',
  'CLEAR_TEXTURE resource=4 box={z=1 w=4 h=4 d=2} data=[1 0 0 0]',
  'END_TRANSFERS',
];

// Each compiles shaders, which takes longer than everything else.
const BLITS = [
  'BLIT mask=RGBA filter=LINEAR dstResource=1 dstFormat=R8G8B8A8_UNORM dstBox={w=8 h=8} srcResource=2 srcFormat=R8G8B8A8_UNORM srcBox={w=16 h=16}',
  'BLIT mask=RGBA dstResource=4 dstFormat=R8G8B8A8_UNORM dstBox={z=1 w=16 h=16} srcResource=5 srcFormat=R8G8B8A8_UNORM srcBox={y=16 w=16 h=-16}',
  'BLIT mask=RGBA dstResource=1 dstFormat=R8G8B8A8_UNORM dstBox={w=16 h=16} srcResource=8 srcFormat=R8G8B8A8_UNORM srcBox={w=16 h=16}',
  'BLIT mask=ZS dstResource=3 dstFormat=S8_UINT_Z24_UNORM dstBox={w=8 h=8} srcResource=3 srcFormat=S8_UINT_Z24_UNORM srcBox={x=8 w=8 h=8}',
];

const SHADERS = [
  shader(1, 'COMPUTE', COMPUTE).replace('numTokens=300', 'numTokens=300 sharedMemoryBytes=0'),
  'BIND_SHADER stage=COMPUTE handle=1',
  'SET_SHADER_BUFFERS stage=COMPUTE buffers=[{offset=0 length=64 resource=13}]',
  'SET_SHADER_IMAGES stage=COMPUTE images=[{format=R32_FLOAT access=READ_WRITE resource=7}]',
  'SET_SHADER_BUFFERS stage=FRAGMENT startSlot=2 buffers=[{offset=0 length=64 resource=13} {resource=0}]',
  'SET_SHADER_IMAGES stage=FRAGMENT startSlot=1 images=[{format=R32_FLOAT access=READ resource=7} {resource=0}]',
  'SET_ATOMIC_BUFFERS startSlot=1 buffers=[{offset=0 length=16 resource=13}]',
  'LAUNCH_GRID grid=[1 1 1]',
  'MEMORY_BARRIER flags=SHADER_BUFFER',
  `${shader(2, 'VERTEX', VERTEX)} streamOutput={strides=[4 0 0 0] outputs=[{registerIndex=0 numComponents=4}]}`,
  shader(3, 'GEOMETRY', GEOMETRY),
  shader(4, 'FRAGMENT', FRAGMENT),
  'BIND_SHADER stage=VERTEX handle=2',
  'BIND_SHADER stage=GEOMETRY handle=3',
  'BIND_SHADER stage=GEOMETRY handle=0',
  'BIND_SHADER stage=FRAGMENT handle=4',
  'CREATE_OBJECT STREAMOUT_TARGET handle=5 resource=14 bufferOffset=0 bufferSize=256',
  'SET_STREAMOUT_TARGETS appendMask=0 targets=[5]',
  'SET_STREAMOUT_TARGETS appendMask=0 targets=[]',
  `CREATE_OBJECT SHADER handle=6 stage=FRAGMENT lengthOrOffset=${FRAGMENT.length + 1} numTokens=300 chunk=${JSON.stringify(FRAGMENT.slice(0, 80))}`,
  `CREATE_OBJECT SHADER handle=6 stage=FRAGMENT lengthOrOffset=80 continuation=true numTokens=300 text=${JSON.stringify(FRAGMENT.slice(80))}`,
];

/** One context each, with the same resources. */
export const handMadeSessions = (): Session[] =>
  Object.entries({ DRAWING, QUERIES, COPIES, BLITS, SHADERS }).map(([name, lines]) => ({
    name: name.toLowerCase(),
    resources: [...RESOURCES],
    stream: assemble(lines.join('\n')),
  }));
