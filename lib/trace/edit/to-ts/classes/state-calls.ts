// State: which key of `ContextState` a command sets, and to what.

import { type CommandName, ObjectType, ShaderStage } from '../../../../protocol';
import { layoutOf } from '../../../../protocol/layout-of';
import { dwordsOf } from '../../../../protocol/text/dwords';
import {
  Blend,
  type ContextObject,
  type ContextState,
  DepthStencilAlpha,
  Query,
  Rasterizer,
  SamplerState,
  SamplerView,
  Shader,
  StreamOutputTarget,
  Surface,
  VertexElements,
} from '../../../../renderer';
import { lean, type ValueWriter } from '../values';
import type { ImplicitView, LiveContext } from './live-context';
import { type Entry, expressible, listTerm, objectTerm, plainTerm, type Term, unless } from './term';

type Values = Readonly<Record<string, unknown>>;
type Kind = abstract new (...args: never[]) => ContextObject;

/** A key of the state of a context, with its value. */
export type StateEntry = readonly [key: keyof ContextState, term: Term];

/** What state is made with. */
export interface StateScope {
  readonly live: LiveContext;
  readonly values: ValueWriter;
  /** The surface or resource of a handle; the view or resource of one. */
  attachment(handle: number): Term;
  samplerView(handle: number): Term;
}

const NULL = plainTerm(null);

const STAGE_NAMES = new Map<unknown, string>(
  Object.entries(ShaderStage).map(([name, stage]) => [stage, name]),
);

const perStage = (stage: unknown, term: Term): Term => {
  const name = STAGE_NAMES.get(stage);
  expressible(name !== undefined, 'stage');
  return objectTerm([[name, term]]);
};

const fromSlot0 = ({ startSlot }: Values): void => expressible(startSlot === 0, 'startSlot');

const isZero = (values: Values): boolean => Object.values(values).every((value) => value === 0);

// A field as the schema has it.
const fieldTerm = (name: CommandName, key: string, value: unknown, { values }: StateScope): Term => {
  const field = layoutOf({ name })?.fields[key];
  expressible(field !== undefined, key);
  return { value, code: values.value(field, value) };
};

// All fields of a command as they are.
const recordTerm = (name: CommandName, fields: Values, { values }: StateScope): Term => {
  const layout = layoutOf({ name });
  expressible(layout !== undefined, name);
  const value = lean(layout.fields, fields);
  return { value, code: values.record(layout.fields, value) };
};

const rangeTerm = (range: Values, { live }: StateScope): Term => {
  if (isZero(range)) return NULL;
  const [offset, length] = [Number(range.offset), Number(range.length)];
  const resource = live.resources.term(Number(range.resource));
  const rest = resource.value.descriptor.width - offset;
  return objectTerm([
    ['resource', resource],
    ...unless(offset === 0, 'offset', () => plainTerm(offset)),
    ...unless(length === rest, 'length', () => plainTerm(length)),
  ]);
};

const rangesTerm = (ranges: unknown, scope: StateScope): Term =>
  listTerm((ranges as Values[]).map((range) => rangeTerm(range, scope)));

const imageTerm = (image: Values, scope: StateScope): Term => {
  const { resource: id, format, ...rest } = image;
  if (isZero(image)) return NULL;
  const resource = scope.live.resources.term(Number(id));
  const entries = Object.entries(rest).filter(([, value]) => value !== 0);
  const { values } = scope;
  return objectTerm([
    ['resource', resource],
    ...unless(format === resource.value.descriptor.format, 'format', () => ({
      value: format,
      code: values.names.enumeration('Format', Number(format)),
    })),
    ...entries.map(([key, value]): Entry => {
      if (key !== 'access') return [key, plainTerm(Number(value))];
      return [key, { value, code: values.names.flags('ImageAccess', Number(value)) }];
    }),
  ]);
};

const viewportTerm = (viewport: Values, scope: StateScope): Term => {
  const [scale, translate] = [viewport.scale as number[], viewport.translate as number[]];
  const [sx = 0, sy = 0, sz = 0] = scale;
  const [tx = 0, ty = 0, tz = 0] = translate;
  const [near, far] = [tz - sz, tz + sz];
  if (sx <= 0 || sy >= 0) {
    const field = layoutOf({ name: 'SET_VIEWPORT_STATE' })?.fields.viewports;
    expressible(field?.kind === 'list', 'viewports');
    return { value: viewport, code: scope.values.value(field.item, viewport) };
  }
  return objectTerm([
    ...unless(tx - sx === 0, 'x', () => plainTerm(tx - sx)),
    ...unless(ty + sy === 0, 'y', () => plainTerm(ty + sy)),
    ['width', plainTerm(2 * sx)],
    ['height', plainTerm(-2 * sy)],
    ...unless(near === 0, 'near', () => plainTerm(near)),
    ...unless(far === 1, 'far', () => plainTerm(far)),
  ]);
};

const BOUND: Readonly<Record<number, readonly [key: keyof ContextState, kind: Kind]>> = {
  [ObjectType.BLEND]: ['blend', Blend],
  [ObjectType.RASTERIZER]: ['rasterizer', Rasterizer],
  [ObjectType.DSA]: ['depthStencilAlpha', DepthStencilAlpha],
  [ObjectType.VERTEX_ELEMENTS]: ['vertexElements', VertexElements],
};

type ToState = (fields: Values, scope: StateScope) => StateEntry;

const handlesTerm = (handles: unknown, one: (handle: number) => Term): Term =>
  listTerm(Array.from(handles as number[], (handle) => (handle === 0 ? NULL : one(handle))));

/** What commands set, by their names. */
export const STATE_CALLS: Readonly<Partial<Record<CommandName, ToState>>> = {
  SET_FRAMEBUFFER_STATE: ({ colorBuffers, zsurf }, scope) => {
    const color = colorBuffers as number[];
    return [
      'framebuffer',
      objectTerm([
        ...unless(color.length === 0, 'color', () => handlesTerm(color, scope.attachment)),
        ...unless(zsurf === 0, 'depthStencil', () => scope.attachment(Number(zsurf))),
      ]),
    ];
  },
  SET_FRAMEBUFFER_STATE_NO_ATTACH: (fields, scope) => [
    'framebufferSize',
    recordTerm('SET_FRAMEBUFFER_STATE_NO_ATTACH', fields, scope),
  ],
  SET_VIEWPORT_STATE: (fields, scope) => {
    fromSlot0(fields);
    const viewports = (fields.viewports as Values[]).map((viewport) => viewportTerm(viewport, scope));
    const [first, ...others] = viewports;
    const isOne = first !== undefined && others.length === 0 && 'width' in (first.value as object);
    return ['viewport', isOne ? first : listTerm(viewports)];
  },
  SET_SCISSOR_STATE: (fields, scope) => {
    fromSlot0(fields);
    return ['scissors', fieldTerm('SET_SCISSOR_STATE', 'scissors', fields.scissors, scope)];
  },
  BIND_OBJECT: ({ type, handle }, { live }) => {
    const bound = BOUND[Number(type)];
    expressible(bound !== undefined, 'type');
    return [bound[0], handle === 0 ? NULL : live.object(Number(handle), bound[1])];
  },
  SET_VERTEX_BUFFERS: ({ buffers }, { live }) => [
    'vertexBuffers',
    listTerm(
      (buffers as Record<string, number>[]).map(({ resource = 0, stride = 0, offset = 0 }) =>
        objectTerm([
          ['resource', live.resources.term(resource)],
          ['stride', plainTerm(stride)],
          ...unless(offset === 0, 'offset', () => plainTerm(offset)),
        ]),
      ),
    ),
  ],
  SET_INDEX_BUFFER: ({ resource, indexSize, offset = 0 }, { live }) => [
    'indexBuffer',
    resource === 0
      ? NULL
      : objectTerm([
          ['resource', live.resources.term(Number(resource))],
          ['indexSize', plainTerm(Number(indexSize))],
          ...unless(offset === 0, 'offset', () => plainTerm(Number(offset))),
        ]),
  ],
  BIND_SHADER: ({ handle, stage }, { live }) => {
    if (handle !== 0) return ['shaders', listTerm([live.object(Number(handle), Shader)])];
    const name = STAGE_NAMES.get(stage);
    expressible(name !== undefined, 'stage');
    return ['withoutShaders', listTerm([plainTerm(name)])];
  },
  SET_CONSTANT_BUFFER: ({ stage, index, data }, { values }) => {
    const dwords = dwordsOf(data as ArrayBufferView);
    if (dwords.length === 0)
      return ['withoutConstants', perStage(stage, listTerm([plainTerm(Number(index))]))];
    expressible(index === 0, 'index');
    const value = new Float32Array(dwords.slice().buffer);
    return ['constants', perStage(stage, { value, code: values.floats(dwords) })];
  },
  SET_UNIFORM_BUFFER: ({ stage, index, ...range }, scope) => [
    'uniformBuffers',
    perStage(stage, objectTerm([[String(index), rangeTerm(range, scope)]])),
  ],
  SET_SAMPLER_VIEWS: (fields, scope) => {
    fromSlot0(fields);
    return ['samplerViews', perStage(fields.stage, handlesTerm(fields.views, scope.samplerView))];
  },
  BIND_SAMPLER_STATES: (fields, { live }) => {
    fromSlot0(fields);
    const states = handlesTerm(fields.states, (handle) => live.object(handle, SamplerState));
    return ['samplerStates', perStage(fields.stage, states)];
  },
  SET_SHADER_BUFFERS: (fields, scope) => {
    fromSlot0(fields);
    return ['shaderBuffers', perStage(fields.stage, rangesTerm(fields.buffers, scope))];
  },
  SET_SHADER_IMAGES: (fields, scope) => {
    fromSlot0(fields);
    const images = (fields.images as Values[]).map((image) => imageTerm(image, scope));
    return ['shaderImages', perStage(fields.stage, listTerm(images))];
  },
  SET_ATOMIC_BUFFERS: (fields, scope) => {
    fromSlot0(fields);
    return ['atomicBuffers', rangesTerm(fields.buffers, scope)];
  },
  SET_STREAMOUT_TARGETS: ({ targets }, { live }) => [
    'streamOutputTargets',
    listTerm(Array.from(targets as number[], (handle) => live.object(handle, StreamOutputTarget))),
  ],
  SET_STENCIL_REF: (fields, scope) => ['stencilRef', recordTerm('SET_STENCIL_REF', fields, scope)],
  SET_BLEND_COLOR: ({ color }, scope) => ['blendColor', fieldTerm('SET_BLEND_COLOR', 'color', color, scope)],
  SET_SAMPLE_MASK: ({ mask }, scope) => ['sampleMask', fieldTerm('SET_SAMPLE_MASK', 'mask', mask, scope)],
  SET_MIN_SAMPLES: ({ minSamples }) => ['minSamples', plainTerm(Number(minSamples))],
  SET_CLIP_STATE: ({ planes }, scope) => ['clipPlanes', fieldTerm('SET_CLIP_STATE', 'planes', planes, scope)],
  SET_POLYGON_STIPPLE: ({ stipple }, scope) => [
    'polygonStipple',
    fieldTerm('SET_POLYGON_STIPPLE', 'stipple', stipple, scope),
  ],
  SET_TESS_STATE: (fields, scope) => ['tessellation', recordTerm('SET_TESS_STATE', fields, scope)],
  SET_RENDER_CONDITION: ({ handle, condition, mode }, { live, values }) => {
    if (handle === 0) return ['renderCondition', NULL];
    return [
      'renderCondition',
      objectTerm([
        ['query', live.object(Number(handle), Query)],
        ...unless(condition === false, 'drawIfZero', () => plainTerm(true)),
        ...unless(mode === 0, 'mode', () => ({
          value: mode,
          code: values.names.enumeration('RenderConditionMode', Number(mode)),
        })),
      ]),
    ];
  },
};

/** A view that is bound by its handle. */
export const viewTerms = (
  live: LiveContext,
  pending: ReadonlyMap<number, ImplicitView>,
): Pick<StateScope, 'attachment' | 'samplerView'> => {
  const ofHandle = (handle: number, kind: typeof Surface | typeof SamplerView): Term => {
    const implicit = pending.get(handle) ?? live.implicit.get(handle);
    if (implicit === undefined) return live.object(handle, kind);
    return live.resources.term(implicit.resource.id);
  };
  return {
    attachment: (handle) => ofHandle(handle, Surface),
    samplerView: (handle) => ofHandle(handle, SamplerView),
  };
};

/** Keys whose values are lists or records that go together where commands follow each other. */
const MERGED = new Set<keyof ContextState>([
  'shaders',
  'withoutShaders',
  'constants',
  'uniformBuffers',
  'samplerViews',
  'samplerStates',
  'shaderBuffers',
  'shaderImages',
  'withoutConstants',
]);

const codeItems = ({ code }: Term) => (typeof code === 'string' ? undefined : code);

// Two terms of one key as one; undefined where one would hide the other.
const mergedTerm = (key: keyof ContextState, a: Term, b: Term): Term | undefined => {
  const [left, right] = [codeItems(a), codeItems(b)];
  if (left === undefined || right === undefined) return undefined;
  const code = { ...left, items: [...left.items, ...right.items] };
  if (Array.isArray(a.value)) return { value: [...a.value, ...(b.value as unknown[])], code };
  const [one, other] = [a.value as Values, b.value as Values];
  if (Object.keys(other).every((key) => !(key in one))) return { value: { ...one, ...other }, code };
  return key === 'withoutConstants' ? mergedLists(a, b) : undefined;
};

// A list for a stage that goes on with the next command.
const mergedLists = (a: Term, b: Term): Term | undefined => {
  const [one, other] = [a.value as Values, b.value as Values];
  const [key, ...others] = Object.keys(other);
  const [left, right] = [codeItems(a), codeItems(b)];
  if (left === undefined || right === undefined || key === undefined || others.length > 0) return undefined;
  if (Object.keys(one).at(-1) !== key) return undefined;
  const [list, more] = [left.items.at(-1), right.items.at(0)];
  if (typeof list !== 'object' || typeof more !== 'object') return undefined;
  const longer = { ...list, items: [...list.items, ...more.items] };
  return {
    value: { ...one, [key]: [...(one[key] as unknown[]), ...(other[key] as unknown[])] },
    code: { ...left, items: [...left.items.slice(0, -1), longer] },
  };
};

/** A state with one more entry, if `setState` can say both at once. */
export const withEntry = (
  entries: readonly StateEntry[],
  [key, term]: StateEntry,
): readonly StateEntry[] | undefined => {
  const last = entries.at(-1);
  if (last === undefined || !entries.some(([other]) => other === key)) return [...entries, [key, term]];
  if (last[0] !== key || !MERGED.has(key)) return undefined;
  const merged = mergedTerm(key, last[1], term);
  return merged === undefined ? undefined : [...entries.slice(0, -1), [key, merged]];
};
