// Which resources virglrenderer makes. Facts: vrend_renderer.c `check_resource_valid`; what depends on the GL behind
// it (largest sizes, multisampled formats) is left out.

import { Bind, ResourceFlag, TextureTarget } from '../enums';
import type { CheckRule } from './rules';
import { numberAt, type Check } from './site';

/** What a resource is made of; see PIPE_RESOURCE_CREATE. */
export interface ResourceShape {
  readonly target: number;
  readonly format: number;
  readonly bind: number;
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly arraySize: number;
  readonly lastLevel: number;
  readonly samples: number;
  readonly flags: number;
}

type Fault = readonly [field: keyof ResourceShape, message: string];
type ShapeRule = (shape: ResourceShape) => Fault | false;

const TARGETS = Object.keys(TextureTarget).length;
const FACES = 6;
const ALL_FLAGS = ResourceFlag.Y_0_TOP | ResourceFlag.MAP_PERSISTENT | ResourceFlag.MAP_COHERENT;
const { BUFFER, TEXTURE_2D, TEXTURE_RECT, TEXTURE_CUBE, TEXTURE_CUBE_ARRAY } = TextureTarget;
const { TEXTURE_1D, TEXTURE_3D, TEXTURE_1D_ARRAY, TEXTURE_2D_ARRAY } = TextureTarget;

const BUFFER_BINDS: readonly number[] = [
  0,
  Bind.CUSTOM,
  Bind.STAGING,
  Bind.INDEX_BUFFER,
  Bind.STREAM_OUTPUT,
  Bind.VERTEX_BUFFER,
  Bind.CONSTANT_BUFFER,
  Bind.QUERY_BUFFER,
  Bind.COMMAND_ARGS,
  Bind.SHADER_BUFFER,
];
const TEXTURE_BINDS =
  Bind.SAMPLER_VIEW | Bind.DEPTH_STENCIL | Bind.RENDER_TARGET | Bind.CURSOR | Bind.SHARED | Bind.LINEAR;

const has = (targets: readonly number[], target: number): boolean => targets.includes(target);
const mostLevels = ({ width, height }: ResourceShape): number =>
  Math.floor(Math.log2(Math.max(width, height, 1))) + 1;

const RULES: readonly ShapeRule[] = [
  ({ target }) => target >= TARGETS && ['target', `expected a target below ${TARGETS} but found ${target}`],
  ({ samples, target }) =>
    samples > 1 && !has([TEXTURE_2D, TEXTURE_2D_ARRAY], target) && ['samples', 'expected one sample: only TEXTURE_2D and TEXTURE_2D_ARRAY can have more'],
  ({ samples, lastLevel }) =>
    samples > 1 && lastLevel > 0 && ['lastLevel', `expected 0 for a multisampled texture but found ${lastLevel}`],
  ({ target, lastLevel }) =>
    lastLevel > 0 && has([BUFFER, TEXTURE_RECT], target) && ['lastLevel', `expected 0 for this target but found ${lastLevel}`],
  (shape) =>
    shape.lastLevel > mostLevels(shape) && ['lastLevel', `expected at most ${mostLevels(shape)} for this size but found ${shape.lastLevel}`],
  ({ flags }) => (flags & ~ALL_FLAGS) !== 0 && ['flags', `expected flags in 0x${ALL_FLAGS.toString(16)} but found 0x${flags.toString(16)}`],
  ({ flags, target }) =>
    (flags & ResourceFlag.Y_0_TOP) !== 0 && !has([TEXTURE_2D, TEXTURE_RECT], target) && ['flags', 'expected no Y_0_TOP: only TEXTURE_2D and TEXTURE_RECT can have it'],
  ({ target, arraySize }) =>
    target === TEXTURE_CUBE && arraySize !== FACES && ['arraySize', `expected ${FACES} for a cube map but found ${arraySize}`],
  ({ target, arraySize }) =>
    target === TEXTURE_CUBE_ARRAY && arraySize % FACES !== 0 && ['arraySize', `expected a multiple of ${FACES} but found ${arraySize}`],
  ({ target, arraySize }) =>
    arraySize > 1 && !has([TEXTURE_CUBE, TEXTURE_CUBE_ARRAY, TEXTURE_1D_ARRAY, TEXTURE_2D_ARRAY], target) && ['arraySize', `expected 1 for this target but found ${arraySize}`],
  ({ target, width }) => target !== BUFFER && width === 0 && ['width', 'expected more than 0: only buffers may be empty'],
  ({ target, bind }) =>
    has(BUFFER_BINDS, bind) && target !== BUFFER && ['bind', 'expected flags of a texture, such as SAMPLER_VIEW or RENDER_TARGET: these are for buffers'],
  ({ bind }) =>
    !has(BUFFER_BINDS, bind) && (bind & TEXTURE_BINDS) === 0 && ['bind', 'expected one flag of a buffer, or SAMPLER_VIEW, DEPTH_STENCIL, RENDER_TARGET, CURSOR, SHARED or LINEAR'],
  ({ target, bind }) =>
    target === BUFFER && !has(BUFFER_BINDS, bind) && (bind & Bind.SAMPLER_VIEW) === 0 && ['bind', 'expected SAMPLER_VIEW or one flag of a buffer'],
  ({ bind, height, depth }) =>
    has(BUFFER_BINDS, bind) && (height !== 1 || depth !== 1) && ['height', 'expected height and depth 1 for a buffer'],
  ({ target, height, depth }) =>
    has([TEXTURE_1D, TEXTURE_1D_ARRAY], target) && (height !== 1 || depth !== 1) && ['height', 'expected height and depth 1 for this target'],
  ({ target, depth }) =>
    target !== TEXTURE_3D && target !== BUFFER && depth !== 1 && ['depth', `expected 1 for this target but found ${depth}`],
  ({ target, width, height }) =>
    has([TEXTURE_CUBE, TEXTURE_CUBE_ARRAY], target) && width !== height && ['height', `expected ${width}, as the width, for a cube map but found ${height}`],
]; // prettier-ignore

/**
 * What keeps virglrenderer from making a resource of this shape.
 * @returns field and reason, in the order of the host's own checks; empty if nothing does, as far as is known without
 * the GL behind it
 */
export const resourceFaults = (shape: ResourceShape): { field: keyof ResourceShape; message: string }[] =>
  RULES.flatMap((rule) => {
    const fault = rule(shape);
    return fault === false ? [] : [{ field: fault[0], message: fault[1] }];
  });

const RULE: CheckRule = 'resource-shape';

/** PIPE_RESOURCE_CREATE. */
export const checkPipeResource: Check = ({ values, settings, report }) => {
  const shape = values as unknown as ResourceShape; // the decoder gives every field of the command
  for (const { field, message } of resourceFaults(shape)) report(RULE, message, field);
  const format = numberAt(values, 'format');
  if (format === 0 && shape.target !== BUFFER)
    report('format', 'expected a format other than NONE for a texture', 'format');
  if (format >= settings.formatMax) {
    report('format', `expected a format below ${settings.formatMax} but found ${format}`, 'format');
  }
};
