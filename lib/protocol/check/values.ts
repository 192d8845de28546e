// Checks of single fields, by the schema and by tables: enumerations, flags, formats, resources.

import { Limit } from '../enums';
import { FLAGS } from '../enum-registry';
import { formatName } from '../formats';
import { layoutOf } from '../layout-of';
import { hasRelease } from './releases';
import type { Field, Fields, ScalarField } from '../schema-types';
import { enumWord, wordsOf } from '../text/words';
import type { CheckRule } from './rules';
import { nameOf, type Site, type Values } from './site';

type ScalarCheck = (site: Site, field: ScalarField, value: number, path: string, key: string) => void;

// Enumerations whose unknown values hosts refuse, and where. Other unknown values are let through, or ignored.
const REFUSED_VALUES = new Set([
  'TRANSFER3D.direction',
  'CREATE_OBJECT SAMPLER_VIEW.target',
  'CREATE_OBJECT SAMPLER_STATE.minMipFilter',
]);

// The same from 1.0 on.
const REFUSED_LATELY = new Set(
  ['R', 'G', 'B', 'A'].map((channel) => `CREATE_OBJECT SAMPLER_VIEW.swizzle${channel}`),
);

// Fields that hosts do not look at, or whose odd values mean "not used", and those with a rule of their own.
const FREE = new Set([
  'RESOURCE_INLINE_WRITE.usage',
  'TRANSFER3D.usage',
  'COPY_TRANSFER3D.usage',
  'CREATE_OBJECT QUERY.queryType',
  'DESTROY_OBJECT.type',
  'BIND_OBJECT.type',
  'PIPE_RESOURCE_CREATE.target',
  'PIPE_RESOURCE_CREATE.format',
  'PIPE_RESOURCE_CREATE.flags',
]);

// Formats that may be NONE.
const FORMAT_OR_NONE = new Set(['SET_SHADER_IMAGES.images[].format']);

// Hosts take NONE there, for no good.
const NONE_UNCHECKED = new Set([
  'CREATE_OBJECT SURFACE.format',
  'CREATE_OBJECT MSAA_SURFACE.format',
  'CREATE_OBJECT VERTEX_ELEMENTS.elements[].srcFormat',
]);

// Fields where resource 0 stands for none.
const RESOURCE_OR_NONE = new Set([
  'SET_VERTEX_BUFFERS.buffers[].resource',
  'SET_INDEX_BUFFER.resource',
  'SET_UNIFORM_BUFFER.resource',
  'SET_SHADER_BUFFERS.buffers[].resource',
  'SET_SHADER_IMAGES.images[].resource',
  'SET_ATOMIC_BUFFERS.buffers[].resource',
  'DRAW_VBO.indirectResource',
  'DRAW_VBO.indirectDrawCountResource',
  'LAUNCH_GRID.indirectResource',
  'CREATE_VIDEO_BUFFER.planes[]',
]);

// Blend factors of a target that does not blend are often 0, which is no factor.
const isUnusedFactor = (field: ScalarField, value: number): boolean =>
  field.enum === 'BlendFactor' && value === 0;

const checkEnum: ScalarCheck = ({ report, settings }, field, value, path, key) => {
  if (field.enum === undefined || enumWord(field.enum, value) !== undefined) return;
  if (FREE.has(key) || isUnusedFactor(field, value)) return;
  if (field.enum === 'ShaderStage') {
    const rule: CheckRule = key === 'BIND_SHADER.stage' ? 'stage-ignored' : 'stage';
    return report(rule, `expected a stage from 0 to 5 but found ${value}`, path);
  }
  const isRefused =
    REFUSED_VALUES.has(key) || (REFUSED_LATELY.has(key) && hasRelease(settings.release, '1.0'));
  const rule: CheckRule = isRefused ? 'value' : 'value-unknown';
  report(rule, `expected one of ${wordsOf(field.enum).join(', ')} but found ${value}`, path);
};

const FLAG_BITS = new Map<string, number>(
  Object.entries(FLAGS).map(([name, values]) => [
    name,
    Object.values(values as Record<string, number>).reduce((mask, bits) => (mask | bits) >>> 0, 0),
  ]),
);

const checkFlags: ScalarCheck = ({ report }, field, value, path, key) => {
  if (field.flags === undefined || FREE.has(key)) return;
  const unknown = (value & ~(FLAG_BITS.get(field.flags) ?? 0)) >>> 0;
  if (unknown === 0) return;
  const allowed = wordsOf(field.flags).join(', ');
  report('value-unknown', `expected flags of ${allowed} but found the bits 0x${unknown.toString(16)}`, path);
};

const checkFormat: ScalarCheck = ({ report, settings }, field, value, path, key) => {
  if (field.enum !== 'Format' || FREE.has(key)) return;
  const { formatMax, release } = settings;
  if (value >= formatMax) {
    return report(
      'format',
      `expected a format below ${formatMax}, which is what ${release} knows, but found ${value}`,
      path,
    );
  }
  if (value === 0) {
    if (FORMAT_OR_NONE.has(key)) return;
    const rule = NONE_UNCHECKED.has(key) ? 'format-unnamed' : 'format';
    report(rule, 'expected a format other than NONE', path);
  } else if (formatName(value) === undefined) {
    report('format-unnamed', `expected a format but found ${value}, which stands for none`, path);
  }
};

const checkResource: ScalarCheck = ({ report, settings: { resources } }, field, value, path, key) => {
  if (field.unit !== 'resource') return;
  if (value === 0) {
    if (!RESOURCE_OR_NONE.has(key)) report('resource-zero', 'expected a resource but found 0', path);
  } else if (resources !== undefined && !resources.has(value)) {
    report(
      'resource-unknown',
      `expected a resource that is attached to the context but found ${value}`,
      path,
    );
  }
};

const interesting = new WeakMap<Field, boolean>();

// Most fields are plain numbers, which are not looked at.
const isInteresting = (field: Field): boolean => {
  let known = interesting.get(field);
  if (known !== undefined) return known;
  if (field.kind === 'scalar') known = Boolean(field.enum ?? field.flags) || field.unit === 'resource';
  else if (field.kind === 'struct') known = Object.values(field.fields).some(isInteresting);
  else known = field.kind === 'list' && isInteresting(field.item);
  interesting.set(field, known);
  return known;
};

const checkField = (site: Site, field: Field, value: unknown, path: string, key: string): void => {
  if (value === undefined || !isInteresting(field)) return;
  if (field.kind === 'struct') return checkFields(site, field.fields, value as Values, `${path}.`, `${key}.`);
  if (field.kind === 'list') {
    (value as readonly unknown[]).forEach((item, index) => {
      checkField(site, field.item, item, `${path}[${index}]`, `${key}[]`);
    });
    return;
  }
  if (field.kind !== 'scalar' || typeof value !== 'number') return;
  if (field.enum === 'Format') checkFormat(site, field, value, path, key);
  else if (field.enum !== undefined) checkEnum(site, field, value, path, key);
  else if (field.flags !== undefined) checkFlags(site, field, value, path, key);
  else checkResource(site, field, value, path, key);
};

const checkFields = (site: Site, fields: Fields, values: Values, path: string, key: string): void => {
  // What else is said of an image that is taken away is not read.
  if (key === 'SET_SHADER_IMAGES.images[].' && values['resource'] === 0) return;
  for (const [name, field] of Object.entries(fields)) {
    checkField(site, field, values[name], `${path}${name}`, `${key}${name}`);
  }
};

/** Checks every field of a command by what its schema says of it. */
export const checkValues = (site: Site): void => {
  const layout = layoutOf(site.command);
  if (layout) checkFields(site, layout.fields, site.values, '', `${nameOf(site.command)}.`);
};

/** Slots of a stage or of a sub-context that commands set from `startSlot` on, by the list that tells them. */
export const SLOT_LIMITS: Readonly<Record<string, readonly [list: string, limit: number]>> = {
  SET_VIEWPORT_STATE: ['viewports', Limit.VIEWPORTS],
  SET_SCISSOR_STATE: ['scissors', Limit.VIEWPORTS],
  SET_SAMPLER_VIEWS: ['views', Limit.SAMPLER_VIEWS],
  BIND_SAMPLER_STATES: ['states', Limit.SAMPLERS],
  SET_SHADER_BUFFERS: ['buffers', Limit.SHADER_BUFFERS],
  SET_SHADER_IMAGES: ['images', Limit.SHADER_IMAGES],
  SET_ATOMIC_BUFFERS: ['buffers', Limit.ATOMIC_BUFFERS],
};
