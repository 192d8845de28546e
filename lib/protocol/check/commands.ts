// Checks of commands other than CREATE_OBJECT, by name.

import { Limit, ShaderStage } from '../enums';
import {
  checkBind,
  checkDestroy,
  checkQueryOrder,
  checkQueryResult,
  handle,
  handles,
  useObject,
  VERTEX_BYTES,
} from './objects';
import { checkPipeResource } from './resource-shape';
import { hasRelease } from './releases';
import { listAt, numberAt, type Check } from './site';
import { SLOT_LIMITS } from './values';

const SYNCHRONIZED_ONLY = 0x1;
const INDEX_SIZES: readonly number[] = [1, 2, 4];
// Hosts return before they look at the first slot when there is nothing to set.
const EMPTY_IS_FINE = new Set(['SET_SHADER_BUFFERS', 'SET_SHADER_IMAGES', 'SET_ATOMIC_BUFFERS']);

/** Slots that a command sets. */
export const checkSlots: Check = ({ command, values, report }) => {
  const [list, limit] = SLOT_LIMITS[command.name] ?? [];
  if (list === undefined || limit === undefined) return;
  const count = listAt(values, list).length;
  const start = numberAt(values, 'startSlot');
  if (count === 0 && EMPTY_IS_FINE.has(command.name)) return;
  const last = command.name === 'SET_SCISSOR_STATE' ? Math.min(limit - 1, limit - count) : limit - count;
  if (start > last)
    report(
      'slots',
      `expected a first slot up to ${last} for ${count} ${list} but found ${start}`,
      'startSlot',
    );
};

const checkFramebuffer: Check = (site) => {
  const colors = listAt<number>(site.values, 'colorBuffers');
  handle('zsurf', 'SURFACE', 'handle-unknown')(site);
  handles('colorBuffers', 'SURFACE', 'handle-unknown')(site);
  const first = [numberAt(site.values, 'zsurf'), ...colors].find((surface) => surface !== 0);
  site.state.current.bound.set('framebuffer', first ?? 0);
  if (colors.length > 0 && colors.every((surface) => surface === 0)) {
    site.report(
      'framebuffer-empty',
      'expected a colour buffer that is not 0, or none at all',
      'colorBuffers',
    );
  }
};

// Its number stands for a surface.
const checkNoAttach: Check = ({ state }) => {
  state.current.bound.set('framebuffer', 1);
};

const needFramebuffer: Check = ({ state, report }) => {
  if (state.current.isUnbound('framebuffer'))
    report('framebuffer-missing', 'expected a framebuffer to be set: GL refuses this without one');
};

const checkVertexBuffers: Check = ({ values, state, report }) => {
  const buffers = listAt<{ stride: number; resource: number }>(values, 'buffers');
  state.current.vertexBuffers = buffers.map(({ resource }) => resource);
  buffers.forEach(({ stride }, index) => {
    if (stride <= VERTEX_BYTES) return;
    report(
      'vertex-layout',
      `expected a stride up to ${VERTEX_BYTES} but found ${stride}`,
      `buffers[${index}].stride`,
    );
  });
};

const checkRenderCondition: Check = (site) => {
  const value = numberAt(site.values, 'handle');
  const { bound } = site.state.current;
  if (value !== 0) {
    checkQueryResult(site);
    if ((bound.get('renderCondition') ?? 0) !== 0)
      site.report(
        'query-order',
        'expected the condition that holds to be removed first, by query 0',
        'handle',
      );
  } else if (site.state.current.isUnbound('renderCondition')) {
    site.report('query-order', 'expected a condition that holds, to be removed by query 0', 'handle');
  }
  bound.set('renderCondition', value);
};

const checkResultQuery: Check = (site) => {
  const rule = hasRelease(site.settings.release, '1.0') ? 'handle-unknown' : 'handle-ignored';
  handle('handle', 'QUERY', rule, false)(site);
  checkQueryResult(site);
};

const checkIndexBuffer: Check = ({ values, report, state }) => {
  const resource = numberAt(values, 'resource');
  const size = numberAt(values, 'indexSize');
  state.current.bound.set('indexBuffer', resource);
  if (resource !== 0 && !INDEX_SIZES.includes(size)) {
    report('index-size', `expected 1, 2 or 4 bytes but found ${size}`, 'indexSize');
  }
};

const checkBindShader: Check = (site) => {
  const { values, state, report } = site;
  const value = numberAt(values, 'handle');
  const stage = numberAt(values, 'stage');
  if (stage > ShaderStage.COMPUTE) return;
  if (value === 0) {
    state.current.bound.set(`shader${stage}`, 0);
    return;
  }
  const shader = useObject(site, value, 'SHADER', 'handle-ignored', 'handle');
  if (shader?.stage !== undefined && shader.stage !== stage) {
    return report(
      'stage-ignored',
      `expected a shader of stage ${stage}, but ${value} is of stage ${shader.stage}`,
      'handle',
    );
  }
  if (state.current.partialShaders.get(stage)?.handle === value) {
    report('shader-unfinished', `expected a complete shader, but packets of ${value} are missing`, 'handle');
  }
  if (shader !== undefined || state.current.isPartial) state.current.bound.set(`shader${stage}`, value);
};

const checkDraw: Check = ({ values, state, report }) => {
  const sub = state.current;
  const missing: string[] = [];
  if (sub.isUnbound('VERTEX_ELEMENTS')) missing.push('vertex elements');
  if (sub.isUnbound(`shader${ShaderStage.VERTEX}`)) missing.push('a vertex shader');
  if (sub.isUnbound(`shader${ShaderStage.FRAGMENT}`)) missing.push('a fragment shader');
  if (values['indexed'] === true && sub.isUnbound('indexBuffer')) missing.push('an index buffer');
  if (missing.length > 0)
    report('draw-incomplete', `expected ${missing.join(', ')} to be bound: the host drops the draw`);
};

const checkVertexSources: Check = ({ state, report }) => {
  const sub = state.current;
  const { vertexBuffers: read = [] } = sub.objects.get(sub.bound.get('VERTEX_ELEMENTS') ?? 0) ?? {};
  if (sub.vertexBuffers === undefined && sub.isPartial) return;
  const missing = [...new Set(read)].filter((slot) => (sub.vertexBuffers?.[slot] ?? 0) === 0);
  if (missing.length > 0)
    report('vertex-buffer-missing', `expected vertex buffers in the slots ${missing.join(', ')}`);
};

const checkGrid: Check = ({ state, report }) => {
  if (state.current.isUnbound(`shader${ShaderStage.COMPUTE}`)) {
    report('draw-incomplete', 'expected a compute shader to be bound: the host drops the work');
  }
};

const checkSubContext: Check = ({ command, values, state, report }) => {
  const id = numberAt(values, 'id');
  if (command.name === 'CREATE_SUB_CTX') {
    if (!state.create(id))
      report('sub-context', `expected a new sub-context: ${id} is ignored, it exists`, 'id');
  } else if (command.name === 'SET_SUB_CTX') {
    if (!state.use(id)) report('sub-context', `expected a sub-context that exists: ${id} is ignored`, 'id');
  } else if (!state.destroy(id)) {
    report('sub-context', `expected a sub-context that exists and is not 0: ${id} is ignored`, 'id');
  }
};

const checkUniformIndex: Check = ({ values, report }) => {
  const index = numberAt(values, 'index');
  if (index < Limit.CONSTANT_BUFFERS) return;
  report('index', `expected a slot below ${Limit.CONSTANT_BUFFERS} but found ${index}`, 'index');
};

const checkCopyFlags: Check = ({ values, settings, report }) => {
  const flags = numberAt(values, 'flags');
  if ((flags & ~SYNCHRONIZED_ONLY) === 0 || hasRelease(settings.release, '0.10')) return;
  report('release', `expected no READ_FROM_HOST: ${settings.release} copies the other way`, 'flags');
};

const LINKED = ['vertex', 'fragment', 'geometry', 'tessCtrl', 'tessEval', 'compute'] as const;

const checkVideo: Check = ({ settings, report }) => {
  if (settings.video === false)
    report('video-off', 'expected no video command: this host is built without video');
  else if (settings.video === undefined) report('video', 'this needs a host that is built with video');
};

const videoHandle =
  (field: string, set: 'videoCodecs' | 'videoBuffers', change: 'create' | 'use' | 'destroy'): Check =>
  ({ values, state, report }) => {
    const value = numberAt(values, field);
    const known = state[set];
    if (change === 'create') known.add(value);
    else if (!known.has(value) && !state.isPartial) {
      report('handle-ignored', `expected a handle that exists: there is no ${value}`, field);
    }
    if (change === 'destroy') known.delete(value);
  };

const codec = videoHandle('codec', 'videoCodecs', 'use');
const target = videoHandle('target', 'videoBuffers', 'use');

/** The checks of each command beside those of its fields. */
export const COMMAND_CHECKS: Readonly<Record<string, readonly Check[]>> = {
  BIND_OBJECT: [checkBind],
  DESTROY_OBJECT: [checkDestroy],
  SET_FRAMEBUFFER_STATE: [checkFramebuffer],
  SET_FRAMEBUFFER_STATE_NO_ATTACH: [checkNoAttach],
  SET_VERTEX_BUFFERS: [checkVertexBuffers],
  CLEAR: [needFramebuffer],
  SET_SAMPLER_VIEWS: [handles('views', 'SAMPLER_VIEW', 'handle-unknown')],
  BIND_SAMPLER_STATES: [handles('states', 'SAMPLER_STATE', 'handle-ignored')],
  SET_STREAMOUT_TARGETS: [handles('targets', 'STREAMOUT_TARGET', 'handle-unknown')],
  SET_INDEX_BUFFER: [checkIndexBuffer],
  SET_UNIFORM_BUFFER: [checkUniformIndex],
  BIND_SHADER: [checkBindShader],
  LINK_SHADER: LINKED.map((field) => handle(field, 'SHADER', 'handle-ignored')),
  DRAW_VBO: [checkDraw, checkVertexSources, needFramebuffer],
  LAUNCH_GRID: [checkGrid],
  CLEAR_SURFACE: [handle('surface', 'SURFACE', 'handle-unknown', false)],
  BEGIN_QUERY: [checkQueryOrder],
  END_QUERY: [checkQueryOrder],
  GET_QUERY_RESULT: [checkResultQuery],
  GET_QUERY_RESULT_QBO: [checkResultQuery],
  SET_RENDER_CONDITION: [handle('handle', 'QUERY', 'handle-ignored'), checkRenderCondition],
  SET_SUB_CTX: [checkSubContext],
  CREATE_SUB_CTX: [checkSubContext],
  DESTROY_SUB_CTX: [checkSubContext],
  COPY_TRANSFER3D: [checkCopyFlags],
  PIPE_RESOURCE_CREATE: [checkPipeResource],
  CREATE_VIDEO_CODEC: [checkVideo, videoHandle('handle', 'videoCodecs', 'create')],
  DESTROY_VIDEO_CODEC: [checkVideo, videoHandle('handle', 'videoCodecs', 'destroy')],
  CREATE_VIDEO_BUFFER: [checkVideo, videoHandle('handle', 'videoBuffers', 'create')],
  DESTROY_VIDEO_BUFFER: [checkVideo, videoHandle('handle', 'videoBuffers', 'destroy')],
  BEGIN_FRAME: [checkVideo, codec, target],
  DECODE_MACROBLOCK: [checkVideo],
  DECODE_BITSTREAM: [checkVideo, codec, target],
  ENCODE_BITSTREAM: [checkVideo, codec, videoHandle('source', 'videoBuffers', 'use')],
  END_FRAME: [checkVideo, codec, target],
};
