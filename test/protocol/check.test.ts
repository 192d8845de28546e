// Static checks: a broken stream for every rule, silence on recorded streams, no crash on anything.

import {
  assemble,
  CHECK_RULES,
  checkStream,
  decode,
  encode,
  resourceFaults,
  StreamChecker,
  VirglError,
  type CheckOptions,
  type CheckResource,
  type CheckRule,
  type ResourceShape,
} from '../../lib/protocol';
import { mutated } from '../support/mutations';
import { fixtureBuffers, fixtureNames } from './fixture-streams';

const MUTATIONS = 500;
const MUTATED_DWORDS = 200;

const wordsOf = (bytes: Uint8Array): Uint32Array => new Uint32Array(bytes.slice().buffer);
const texture: CheckResource = { target: 2, format: 67, width: 16, height: 8, lastLevel: 1, bind: 10 };
const buffer: CheckResource = { target: 0, format: 64, width: 64, bind: 0x20000, backingBytes: 128 };
const resources = new Map([
  [1, texture],
  [2, buffer],
  [3, { target: 5, format: 67, width: 16, height: 16 }],
  [4, { ...buffer, bind: 0x20 }],
]);

const FRAGMENT = 'FRAG\nDCL OUT[0], COLOR\nIMM[0] FLT32 {1, 1, 1, 1}\n  0: MOV OUT[0], IMM[0]\n  1: END\n';
const shader = (fields: string, text = FRAGMENT): string =>
  `CREATE_OBJECT SHADER handle=1 stage=FRAGMENT ${fields} ${JSON.stringify(text).replace(/^"/, 'text="')}`;
const whole = `lengthOrOffset=${FRAGMENT.length + 1} numTokens=300`;
// 2 tokens of the header, 3 of the declaration, 4 of each MOV, 1 of END.
const PACKED = `FRAG\nDCL OUT[0], COLOR\n${'MOV OUT[0], CONST[0][1]\n'.repeat(2)}END\n`;
const SURFACE = 'CREATE_OBJECT SURFACE handle=7 resource=1 format=R8G8B8A8_UNORM';
const INLINE = 'RESOURCE_INLINE_WRITE resource=1';

type Case = readonly [rule: CheckRule, text: string, field: string | undefined, options?: CheckOptions];

const CASES: readonly Case[] = [
  ['truncated', 'UNKNOWN opcode=8 lengthDwords=12 payload=[1 2]', 'lengthDwords'],
  ['opcode', 'UNKNOWN opcode=64', 'opcode'],
  ['opcode', 'CLEAR_TEXTURE resource=1 box={w=1}', undefined, { release: '0.8' }],
  ['object-type', 'UNKNOWN opcode=1 objectType=12 payload=[1]', 'objectType'],
  ['object-type', 'CREATE_OBJECT NULL handle=1', undefined],
  ['object-type', SURFACE.replace('SURFACE', 'MSAA_SURFACE sampleCount=4'), undefined, { release: '0.9' }],
  ['length', 'UNKNOWN opcode=8 payload=[0*13]', 'lengthDwords'],
  ['length', 'SET_FRAMEBUFFER_STATE colorBuffers=[] extra=[0]', undefined],
  ['length-odd', 'UNKNOWN opcode=34 payload=[0 0 1 2]', 'lengthDwords'],
  ['extra-dwords', 'SET_TWEAKS id=SAMPLES_PASSED_MULTIPLIER value=2 extra=[1]', undefined],
  ['header-type', 'SET_SAMPLE_MASK mask=1 residue=[{dword=0 replaces=24 value=280}]', undefined],
  ['count', 'UNKNOWN opcode=6 payload=[0*99]', 'buffers.length'],
  ['count', 'UNKNOWN opcode=51 payload=[9 0]', 'text.length'],
  ['handle-zero', 'CREATE_OBJECT BLEND handle=0', 'handle'],
  ['handle-reused', 'CREATE_OBJECT BLEND handle=1\nCREATE_OBJECT DSA handle=1', 'handle'],
  ['handle-unknown', 'BIND_OBJECT type=BLEND handle=1', 'handle'],
  ['handle-unknown', 'CREATE_OBJECT BLEND handle=1\nBIND_OBJECT type=DSA handle=1', 'handle'],
  ['handle-unknown', 'SET_SAMPLER_VIEWS stage=VERTEX views=[0 5]', 'views[1]'],
  ['handle-unknown', 'SET_STREAMOUT_TARGETS targets=[5]', 'targets[0]'],
  ['handle-unknown', 'SET_FRAMEBUFFER_STATE zsurf=4 colorBuffers=[]', 'zsurf'],
  ['handle-unknown', 'END_QUERY handle=0', 'handle'],
  ['handle-unknown', `${SURFACE}\nCREATE_SUB_CTX id=1\nSET_FRAMEBUFFER_STATE colorBuffers=[7]`, 'colorBuffers[0]'],
  ['handle-ignored', 'BIND_SAMPLER_STATES stage=VERTEX states=[5]', 'states[0]'],
  ['handle-ignored', 'DESTROY_OBJECT handle=5', 'handle'],
  ['handle-ignored', 'BIND_SHADER stage=VERTEX handle=5', 'handle'],
  ['handle-ignored', 'BEGIN_FRAME codec=1 target=2', 'codec', { video: true }],
  ['bind-type', 'BIND_OBJECT type=SURFACE handle=1', 'type'],
  ['sub-context', 'SET_SUB_CTX id=3', 'id'],
  ['sub-context', 'CREATE_SUB_CTX id=3\nCREATE_SUB_CTX id=3', 'id'],
  ['sub-context', 'DESTROY_SUB_CTX id=0', 'id'],
  ['stage', 'SET_CONSTANT_BUFFER stage=6', 'stage'],
  ['stage-ignored', 'BIND_SHADER stage=6 handle=1', 'stage'],
  ['stage-ignored', `${shader(whole)}\nBIND_SHADER stage=VERTEX handle=1`, 'handle'],
  ['slots', 'SET_SCISSOR_STATE startSlot=16 scissors=[]', 'startSlot'],
  ['slots', 'SET_SAMPLER_VIEWS stage=VERTEX startSlot=127 views=[0 0]', 'startSlot'],
  ['slots', 'SET_ATOMIC_BUFFERS startSlot=32 buffers=[{resource=0}]', 'startSlot'],
  ['index', 'SET_UNIFORM_BUFFER stage=VERTEX index=32 resource=0', 'index'],
  ['index', 'CREATE_OBJECT VERTEX_ELEMENTS handle=1 elements=[{srcFormat=R32_FLOAT vertexBufferIndex=32}]', 'elements[0].vertexBufferIndex'],
  ['format', 'CREATE_OBJECT SAMPLER_VIEW handle=1 resource=1 format=NONE', 'format'],
  ['format', 'CREATE_OBJECT SAMPLER_VIEW handle=1 resource=1 format=440', 'format', { release: '0.10' }],
  ['format', 'SET_SHADER_IMAGES stage=COMPUTE images=[{format=500 resource=1}]', 'images[0].format'],
  ['format', 'PIPE_RESOURCE_CREATE target=TEXTURE_2D format=600 bind=SAMPLER_VIEW width=4 blobId=1', 'format'],
  ['format', 'PIPE_RESOURCE_CREATE target=TEXTURE_2D format=NONE bind=SAMPLER_VIEW width=4 blobId=1', 'format'],
  ['format-unnamed', 'CREATE_OBJECT VERTEX_ELEMENTS handle=1 elements=[{srcFormat=NONE}]', 'elements[0].srcFormat'],
  ['format-unnamed', 'CREATE_OBJECT SURFACE handle=1 resource=1 format=73', 'format'],
  ['value', 'TRANSFER3D resource=1 box={w=1} direction=3', 'direction'],
  ['value', 'CREATE_OBJECT SAMPLER_STATE handle=1 minMipFilter=3', 'minMipFilter'],
  ['value', 'CREATE_OBJECT SAMPLER_VIEW handle=1 resource=1 format=R8_UNORM swizzleB=6', 'swizzleB'],
  ['value-unknown', 'CREATE_OBJECT SAMPLER_VIEW handle=1 resource=1 format=R8_UNORM swizzleB=6', 'swizzleB', { release: '0.10' }],
  ['handle-unknown', 'GET_QUERY_RESULT handle=5', 'handle'],
  ['handle-ignored', 'GET_QUERY_RESULT handle=5', 'handle', { release: '0.10' }],
  ['buffer-range', 'SET_SHADER_BUFFERS stage=COMPUTE buffers=[{offset=32 length=36 resource=4}]', 'buffers[0].length', { resources }],
  ['value', 'CREATE_OBJECT QUERY handle=1 resource=1 queryType=PIPELINE_STATISTICS index=11', 'index'],
  ['value-unknown', 'SET_RENDER_CONDITION handle=0 mode=4', 'mode'],
  ['value-unknown', 'MEMORY_BARRIER flags=0x8001', 'flags'],
  ['query-type', 'CREATE_OBJECT QUERY handle=1 resource=1 queryType=GPU_FINISHED', 'queryType'],
  ['query-order', 'CREATE_OBJECT QUERY handle=1 resource=1 queryType=TIMESTAMP\nBEGIN_QUERY handle=1', 'handle'],
  ['query-order', 'CREATE_OBJECT QUERY handle=1 resource=1 queryType=TIME_ELAPSED\nEND_QUERY handle=1', 'handle'],
  ['framebuffer-empty', 'SET_FRAMEBUFFER_STATE colorBuffers=[0 0]', 'colorBuffers'],
  ['layers', `${SURFACE} firstLayer=2 lastLayer=1`, 'lastLayer', { resources }],
  ['query-order', 'CREATE_OBJECT QUERY handle=1 resource=1 queryType=TIME_ELAPSED\nGET_QUERY_RESULT handle=1', 'handle'],
  ['query-order', 'CREATE_OBJECT QUERY handle=1 resource=1 queryType=TIME_ELAPSED\nCREATE_OBJECT QUERY handle=2 resource=1 queryType=TIME_ELAPSED\nBEGIN_QUERY handle=1\nBEGIN_QUERY handle=2', 'handle'],
  ['query-order', 'CREATE_OBJECT QUERY handle=1 resource=1 queryType=OCCLUSION_COUNTER\nBEGIN_QUERY handle=1\nEND_QUERY handle=1\nSET_RENDER_CONDITION handle=1 mode=WAIT\nSET_RENDER_CONDITION handle=1 mode=WAIT', 'handle'],
  ['view-range', `${SURFACE} level=2`, 'level', { resources }],
  ['view-range', `${SURFACE} lastLayer=1`, 'lastLayer', { resources }],
  ['view-range', 'CREATE_OBJECT SAMPLER_VIEW handle=1 resource=1 format=R8G8B8A8_UNORM firstLevel=1 lastLevel=2', 'lastLevel', { resources }],
  ['vertex-layout', 'CREATE_OBJECT VERTEX_ELEMENTS handle=1 elements=[{srcOffset=2048 srcFormat=R32_FLOAT}]', 'elements[0].srcOffset'],
  ['vertex-layout', 'SET_VERTEX_BUFFERS buffers=[{stride=2049 resource=2}]', 'buffers[0].stride'],
  ['framebuffer-missing', 'CLEAR buffers=COLOR0 depth=1 stencil=0', undefined],
  ['framebuffer-missing', 'SET_FRAMEBUFFER_STATE colorBuffers=[]\nDRAW_VBO count=3 mode=TRIANGLES', undefined],
  ['range-unchecked', 'CREATE_OBJECT STREAMOUT_TARGET handle=1 resource=2 bufferOffset=4 bufferSize=64', 'bufferSize', { resources }],
  ['range-unchecked', 'CREATE_OBJECT STREAMOUT_TARGET handle=1 resource=2 bufferOffset=2 bufferSize=4', 'bufferOffset', { resources }],
  ['range-unchecked', 'SET_ATOMIC_BUFFERS buffers=[{offset=0 length=0 resource=4}]', 'buffers[0].length'],
  ['range-unchecked', 'SET_ATOMIC_BUFFERS buffers=[{offset=2 length=4 resource=4}]', 'buffers[0].offset'],
  ['range-unchecked', 'SET_UNIFORM_BUFFER stage=VERTEX index=1 offset=32 length=64 resource=4', 'length', { resources }],
  ['range-unchecked', 'SET_SHADER_BUFFERS stage=COMPUTE buffers=[{offset=32 length=36 resource=4}]', 'buffers[0].length', { resources, release: '0.10' }],
  ['range-unchecked', 'GET_QUERY_RESULT_QBO handle=1 resource=4 resultType=I64 offset=60', 'offset', { resources }],
  ['view-kind', SURFACE.replace('R8G8B8A8_UNORM', 'R8_UNORM'), 'format', { resources }],
  ['view-kind', SURFACE.replace('R8G8B8A8_UNORM', 'Z24X8_UNORM'), 'format', { resources }],
  ['view-kind', 'CREATE_OBJECT SAMPLER_VIEW handle=1 resource=1 format=R8G8B8A8_UNORM target=TEXTURE_CUBE', 'target', { resources }],
  ['view-kind', 'BLIT dstResource=1 dstFormat=67 dstBox={w=4} srcResource=1 srcFormat=Z16_UNORM srcBox={w=4}', 'srcFormat', { resources }],
  ['resource-target', 'BLIT dstResource=2 dstFormat=67 dstBox={w=4} srcResource=1 srcFormat=67 srcBox={w=4}', 'dstResource', { resources }],
  ['view-range', 'CREATE_OBJECT SAMPLER_VIEW handle=1 resource=2 format=R32_FLOAT firstElement=0 lastElement=16', 'lastElement', { resources }],
  ['query-order', 'SET_RENDER_CONDITION handle=0', 'handle'],
  ['gl-value', 'SET_VIEWPORT_STATE viewports=[{scale=[-1 1 1] translate=[0 0 0]}]', 'viewports[0].scale'],
  ['gl-value', 'SET_VIEWPORT_STATE viewports=[{scale=[0x7fc00000 1 1] translate=[0 0 0]}]', 'viewports[0].scale'],
  ['gl-value', 'SET_SCISSOR_STATE scissors=[{minX=4 minY=0 maxX=3 maxY=0}]', 'scissors[0].maxX'],
  ['gl-value', 'SET_SCISSOR_STATE scissors=[{minX=4 minY=9 maxX=4 maxY=0}]', 'scissors[0].maxY'],
  ['gl-value', 'DRAW_VBO start=0x80000000 count=3 mode=TRIANGLES', 'start'],
  ['gl-value', 'DRAW_VBO count=4 mode=QUADS', 'mode'],
  ['gl-value', 'LAUNCH_GRID grid=[1 65536 1]', 'grid[1]'],
  ['gl-value', 'CREATE_OBJECT RASTERIZER handle=1 pointSize=-1', 'pointSize'],
  ['format-unnamed', SURFACE.replace('R8G8B8A8_UNORM', 'NONE'), 'format'],
  ['stream-output', shader(`${whole} streamOutput={strides=[65 0 0 0] outputs=[{numComponents=4}]}`), 'streamOutput.strides[0]'],
  ['layers-order', `${SURFACE} firstLayer=2 lastLayer=1`, 'lastLayer'],
  ['vertex-buffer-missing', 'CREATE_OBJECT VERTEX_ELEMENTS handle=1 elements=[{srcFormat=R32_FLOAT}]\nBIND_OBJECT type=VERTEX_ELEMENTS handle=1\nDRAW_VBO count=3 mode=TRIANGLES', undefined],
  ['draw-incomplete', 'DRAW_VBO count=3 mode=TRIANGLES', undefined],
  ['draw-incomplete', 'LAUNCH_GRID grid=[1 1 1]', undefined],
  ['index-size', 'SET_INDEX_BUFFER resource=1', 'indexSize'],
  ['shader-order', shader(`${whole} continuation=true`), 'continuation'],
  ['shader-order', `${shader('lengthOrOffset=400 numTokens=9', 'FRAG\n')}\n${shader(whole).replace('handle=1', 'handle=2')}`, 'continuation'],
  ['shader-order', `${shader('lengthOrOffset=400 numTokens=9', 'FRAG\n')}\n${shader('lengthOrOffset=12 continuation=true numTokens=9')}`, 'lengthOrOffset'],
  ['shader-order', `${shader('lengthOrOffset=400 numTokens=9', 'FRAG\n')}\n${shader('lengthOrOffset=8 continuation=true numTokens=9').replace('handle=1', 'handle=2')}`, 'handle'],
  ['shader-length', shader('lengthOrOffset=4 numTokens=300'), 'lengthOrOffset'],
  ['shader-length', `${shader('lengthOrOffset=12 numTokens=9', 'FRAG\n')}\n${shader('lengthOrOffset=8 continuation=true numTokens=9')}`, 'text'],
  ['shader-nul', 'CREATE_OBJECT SHADER handle=1 stage=FRAGMENT lengthOrOffset=4 numTokens=300 chunk="FRAG"', 'text'],
  ['shader-tokens', shader(`lengthOrOffset=${PACKED.length + 1} numTokens=1`, PACKED), 'numTokens'],
  ['shader-tokens', shader(whole.replace('300', '1')), 'numTokens'],
  ['shader-unfinished', `${shader('lengthOrOffset=400 numTokens=9', 'FRAG\n')}\nBIND_SHADER stage=FRAGMENT handle=1`, 'handle'],
  ['stream-output', shader(`${whole} streamOutput={strides=[4 0 0 0] outputs=[{startComponent=2 numComponents=4}]}`), 'streamOutput.outputs[0].numComponents'],
  ['resource-zero', 'GET_MEMORY_INFO resource=0', 'resource'],
  ['resource-unknown', 'SET_VERTEX_BUFFERS buffers=[{stride=4 resource=0} {stride=4 resource=9}]', 'buffers[1].resource', { resources }],
  ['resource-kind', 'CREATE_OBJECT QUERY handle=1 resource=1 queryType=TIMESTAMP', 'resource', { resources }],
  ['resource-target', 'SET_VERTEX_BUFFERS buffers=[{stride=4 resource=4} {stride=4 resource=1}]', 'buffers[1].resource', { resources }],
  ['resource-target', 'SET_INDEX_BUFFER resource=4 indexSize=2 offset=0', 'resource', { resources: new Map([[4, { ...buffer, bind: 0x80000 }]]) }],
  ['resource-target', 'SET_INDEX_BUFFER resource=1 indexSize=2 offset=0', 'resource', { resources }],
  ['resource-shape', 'PIPE_RESOURCE_CREATE target=TEXTURE_3D format=R8_UNORM bind=VERTEX_BUFFER width=4 blobId=1', 'bind'],
  ['level', `${INLINE} level=2 box={w=1} data=[1]`, 'level', { resources }],
  ['box', `${INLINE} box={x=15 w=2} data=[1 2]`, 'box', { resources }],
  ['box', `TRANSFER3D resource=1 level=1 box={w=8 h=5} direction=TO_HOST`, 'box', { resources }],
  ['box', 'RESOURCE_COPY_REGION dstResource=1 dstX=10 srcResource=1 srcBox={w=8 h=8}', 'dstX', { resources }],
  ['box', 'BLIT dstResource=1 dstFormat=67 dstBox={w=4} srcResource=1 srcFormat=67 srcBox={z=1 w=4}', 'srcBox', { resources }],
  ['box', 'TRANSFER3D resource=1 box={z=0xffffffff w=1} direction=TO_HOST', 'box', { resources }],
  ['box-unchecked', 'TRANSFER3D resource=1 box={z=0xffffffff w=1} direction=TO_HOST', 'box', { resources, release: '0.10' }],
  ['box', 'TRANSFER3D resource=1 box={z=2 w=1} direction=TO_HOST', 'box', { resources, release: '0.10' }],
  ['box-unchecked', 'CLEAR_TEXTURE resource=1 box={w=17}', 'box', { resources }],
  ['box-unchecked', 'RESOURCE_COPY_REGION dstResource=1 srcResource=1 srcBox={w=17}', 'srcBox', { resources, release: '0.10' }],
  ['data-length', `${INLINE} box={w=4 h=2} data=[0*8]`, 'data', { resources }],
  ['data-length', 'RESOURCE_INLINE_WRITE resource=2 box={w=9} data=[1 2]', 'data', { resources }],
  ['backing', 'TRANSFER3D resource=2 box={w=8} offset=121 direction=TO_HOST', 'offset', { resources }],
  ['backing', 'COPY_TRANSFER3D resource=1 box={w=16 h=8} stagingResource=2', 'stagingOffset', { resources }],
  ['backing', 'TRANSFER3D resource=4 box={w=8} direction=TO_HOST', 'resource', { resources: new Map([[4, { ...buffer, backingBytes: 0 }]]) }],
  ['backing', 'GET_MEMORY_INFO resource=4', 'resource', { resources: new Map([[4, { ...buffer, backingBytes: 16 }]]) }],
  ['stride', `${INLINE} box={w=4 h=2} stride=15 data=[0*8]`, 'stride', { resources }],
  ['stride', 'TRANSFER3D resource=1 box={w=4 h=2} stride=16 layerStride=31 direction=TO_HOST', 'layerStride', { resources }],
  ['release', 'COPY_TRANSFER3D resource=1 box={w=1} stagingResource=2 flags=READ_FROM_HOST', 'flags', { release: '0.9' }],
  ['video', 'DECODE_MACROBLOCK', undefined],
  ['video-off', 'DECODE_MACROBLOCK', undefined, { video: false }],
]; // prettier-ignore

test.each(CASES.map(([rule, text, field, options]) => ({ rule, text, field, options })))(
  '$rule: $text',
  ({ rule, text, field, options }) => {
    const stream = assemble(text);
    const found = checkStream(stream, options).filter((diagnostic) => diagnostic.rule === rule);
    expect(found.length).toBeGreaterThan(0);
    const [diagnostic] = found;
    expect(diagnostic).toMatchObject({
      severity: CHECK_RULES[rule].severity,
      ...(field !== undefined && { field }),
    });
    expect(diagnostic?.message).toMatch(/expected|needs|query/);
    const commands = [...decode(stream, { onError: 'raw' })];
    const { byteOffset = 0, lengthDwords = 0 } = commands[diagnostic?.commandIndex ?? 0] ?? {};
    expect(diagnostic?.byteOffset).toBeGreaterThanOrEqual(byteOffset);
    expect(diagnostic?.byteOffset).toBeLessThanOrEqual(byteOffset + 4 * lengthDwords);
  },
);

test('there is a case for every rule', () => {
  const tried = new Set([...CASES.map(([rule]) => rule), 'stream-length']);
  expect(Object.keys(CHECK_RULES).filter((rule) => !tried.has(rule))).toEqual([]);
});

test('bytes behind the last dword are a warning', () => {
  expect(checkStream(new Uint8Array(6))).toEqual([
    expect.objectContaining({ rule: 'stream-length', severity: 'warning', byteOffset: 4, commandIndex: 1 }),
  ]);
});

describe('what is right is not reported', () => {
  const complete = [
    'CREATE_SUB_CTX id=1',
    SURFACE,
    'SET_FRAMEBUFFER_STATE colorBuffers=[7 0]',
    shader(whole),
    'CREATE_OBJECT SHADER handle=2 stage=VERTEX lengthOrOffset=11 numTokens=1 text="VERT\\n0:END\\n"',
    'BIND_SHADER stage=FRAGMENT handle=1',
    'BIND_SHADER stage=VERTEX handle=2',
    'CREATE_OBJECT VERTEX_ELEMENTS handle=3 elements=[]',
    'BIND_OBJECT type=VERTEX_ELEMENTS handle=3',
    'SET_INDEX_BUFFER resource=4 indexSize=2 offset=0',
    'DRAW_VBO count=3 mode=TRIANGLES indexed=true',
    'DESTROY_OBJECT type=SURFACE handle=7',
    'TRANSFER3D resource=1 level=1 box={w=8 h=4} direction=TO_HOST',
    `${INLINE} box={w=4 h=2} stride=16 data=[0*8]`,
    'BLIT dstResource=1 dstFormat=67 dstBox={x=4 w=-4} srcResource=1 srcFormat=67 srcBox={w=4}',
  ];

  test('a small stream', () => {
    expect(checkStream(assemble(complete.join('\n')), { resources })).toEqual([]);
  });

  test('the same in several submissions', () => {
    const checker = new StreamChecker({ resources });
    for (const line of complete) expect(checker.check(assemble(line))).toEqual([]);
  });

  test('a part of it, when it is told to be one', () => {
    const part = assemble(complete.slice(2, 3).concat(complete.slice(9)).join('\n'));
    expect(checkStream(part).length).toBeGreaterThan(0);
    expect(checkStream(part, { complete: false })).toEqual([]);
  });

  test.each(fixtureNames())('%s', (name) => {
    const checker = new StreamChecker();
    for (const bytes of fixtureBuffers(name)) expect(checker.check(bytes)).toEqual([]);
  });
});

test('a check of shaders gets complete texts', () => {
  const seen: [string, number][] = [];
  const options: CheckOptions = {
    checkShader: (text, stage) => {
      seen.push([text, stage]);
      return [{ severity: 'error', rule: 'syntax', message: 'no', line: 2, column: 3 }];
    },
  };
  const text = `FRAG\n${'# long\n'.repeat(20)}END\n`;
  const cut = [text.slice(0, 40), text.slice(40)];
  const head = 'CREATE_OBJECT SHADER handle=1 stage=FRAGMENT';
  const stream = assemble(
    `${head} lengthOrOffset=${text.length + 1} numTokens=1 chunk=${JSON.stringify(cut[0])}\n` +
      `${head} lengthOrOffset=40 continuation=true numTokens=300 text=${JSON.stringify(cut[1])}`,
  );
  expect(checkStream(stream, options)).toEqual([
    expect.objectContaining({
      rule: 'shader/syntax',
      severity: 'error',
      message: 'line 2, column 3: no',
      commandIndex: 1,
      field: 'text',
    }),
  ]);
  expect(seen).toEqual([[text, 1]]);
});

test('options are checked', () => {
  const codeOf = (options: object): string => {
    try {
      checkStream(new Uint32Array(), options);
    } catch (error) {
      if (error instanceof VirglError) return `${error.code} ${error.message}`;
    }
    return '';
  };
  expect(codeOf({ relase: '1.0' })).toMatch(/^ERR_VIRGL_ARGUMENT .*did you mean release\?/);
  expect(codeOf({ release: '2.0' })).toMatch(/^ERR_VIRGL_ARGUMENT .*one of 0\.8/);
});

describe('resource shapes', () => {
  const plain: ResourceShape = {
    target: 2, format: 67, bind: 10, width: 8, height: 8, depth: 1, arraySize: 1, lastLevel: 0, samples: 0, flags: 0,
  }; // prettier-ignore
  const cases: [keyof ResourceShape, Partial<ResourceShape>][] = [
    ['target', { target: 9 }],
    ['samples', { samples: 4, target: 3 }],
    ['lastLevel', { samples: 4, lastLevel: 1 }],
    ['lastLevel', { target: 5, lastLevel: 1 }],
    ['lastLevel', { lastLevel: 5 }],
    ['flags', { flags: 8 }],
    ['flags', { flags: 1, target: 3 }],
    ['arraySize', { target: 4, arraySize: 1 }],
    ['arraySize', { target: 8, arraySize: 7 }],
    ['arraySize', { arraySize: 2 }],
    ['width', { width: 0 }],
    ['bind', { bind: 0x10 }],
    ['bind', { bind: 0x10 | 0x20 }],
    ['bind', { target: 0, bind: 0x10 | 0x2, height: 1 }],
    ['height', { target: 0, bind: 0x10 }],
    ['height', { target: 1 }],
    ['depth', { depth: 2 }],
    ['height', { target: 4, arraySize: 6, height: 4 }],
  ];
  test.each(cases)('%s of %j', (field, change) => {
    expect(resourceFaults({ ...plain, ...change }).map((fault) => fault.field)).toContain(field);
  });
  test('those that can be made', () => {
    for (const change of [
      {},
      { samples: 4 },
      { lastLevel: 4 },
      { target: 0, bind: 0x10, height: 1 },
      { target: 4, arraySize: 6 },
    ]) {
      expect(resourceFaults({ ...plain, ...change })).toEqual([]);
    }
  });
});

// Whole commands of a recorded stream, from behind the transfer area, as far as they fit.
const sampleOf = (name: string): Uint32Array => {
  const commands = fixtureBuffers(name)
    .flatMap((bytes) => [...decode(wordsOf(bytes))])
    .filter(({ name: command }) => command !== 'END_TRANSFERS');
  const start = Math.floor(commands.length / 3);
  const chosen = [...commands.slice(0, 30), ...commands.slice(start)];
  let dwords = 0;
  const fitting = chosen.filter(({ lengthDwords }) => {
    const fits = dwords + lengthDwords < MUTATED_DWORDS;
    if (fits) dwords += lengthDwords + 1;
    return fits;
  });
  return encode(fitting);
};

describe.each(fixtureNames())(`${MUTATIONS} mutations of %s`, (name) => {
  test('are checked without a crash, and all that is reported lies inside', () => {
    const known = new Map<number, CheckResource>(
      Array.from({ length: 40 }, (_, id) => [id + 1, id % 2 ? texture : buffer]),
    );
    let found = 0;
    for (const stream of mutated(sampleOf(name), MUTATIONS)) {
      for (const { byteOffset, rule } of checkStream(stream, { resources: known, complete: false })) {
        found += 1;
        if (byteOffset < 0 || byteOffset > stream.byteLength || !(rule in CHECK_RULES)) {
          throw new Error(`${rule} at ${byteOffset} of ${stream.byteLength}`);
        }
      }
    }
    expect(found).toBeGreaterThan(MUTATIONS / 4);
  });
});
