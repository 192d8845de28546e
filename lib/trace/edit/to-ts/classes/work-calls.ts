// Work: which method of a context records a clear, a draw, a grid, a blit or a copy, with which arguments.

import { Clear, type CommandName, ImageFilter } from '../../../../protocol';
import type { CommandEncoder } from '../../../../protocol';
import { layoutOf } from '../../../../protocol/layout-of';
import { type Context, Query, type Resource, Shader } from '../../../../renderer';
import * as drawing from '../../../../renderer/drawing';
import { lean, type ValueWriter } from '../values';
import type { LiveContext } from './live-context';
import { type Entry, expressible, listTerm, objectTerm, plainTerm, type Term, unless } from './term';

type Values = Readonly<Record<string, unknown>>;

/** What calls are made with. */
export interface WorkScope {
  readonly live: LiveContext;
  readonly values: ValueWriter;
}

type WorkMethod =
  | 'clear'
  | 'draw'
  | 'launchGrid'
  | 'blit'
  | 'copyRegion'
  | 'memoryBarrier'
  | 'textureBarrier'
  | 'linkShaders'
  | 'stringMarker'
  | 'beginQuery'
  | 'endQuery';

/** A call of a method with one argument. */
export interface WorkCall {
  readonly method: WorkMethod;
  readonly arg: Term;
}

const recordEntries = (
  name: CommandName,
  fields: Values,
  { values }: WorkScope,
  without: readonly string[] = [],
): readonly Entry[] => {
  const layout = layoutOf({ name });
  expressible(layout !== undefined, name);
  const kept = Object.entries(lean(layout.fields, fields)).filter(([key]) => !without.includes(key));
  return kept.map(([key, value]): Entry => {
    const field = layout.fields[key];
    expressible(field !== undefined, key);
    return [key, { value, code: values.value(field, value) }];
  });
};

const INDIRECT = [
  'indirectResource',
  'indirectOffset',
  'indirectStride',
  'indirectDrawCount',
  'indirectDrawCountOffset',
  'indirectDrawCountResource',
];

const indirectTerm = (fields: Values, { live }: WorkScope, drawCount = 1): Term => {
  const [offset, stride] = [Number(fields.indirectOffset ?? 0), Number(fields.indirectStride ?? 0)];
  return objectTerm([
    ['resource', live.resources.term(Number(fields.indirectResource))],
    ...unless(offset === 0, 'offset', () => plainTerm(offset)),
    ...unless(stride === 0, 'stride', () => plainTerm(stride)),
    ...unless(drawCount === 1, 'drawCount', () => plainTerm(drawCount)),
  ]);
};

const boxTerm = (box: Values): Term =>
  objectTerm(['x', 'y', 'z', 'w', 'h', 'd'].map((side): Entry => [side, plainTerm(Number(box[side]))]));

const isWhole = (box: Values, resource: Resource, level: number): boolean => {
  const [width, height] = resource.levelSize(level);
  const { x, y, z, w, h, d } = box;
  return x === 0 && y === 0 && z === 0 && w === width && h === height && d === 1;
};

const sideTerm = (side: 'src' | 'dst', fields: Values, { live, values }: WorkScope): Term => {
  const resource = live.resources.term(Number(fields[`${side}Resource`]));
  const level = Number(fields[`${side}Level`]);
  const box = fields[`${side}Box`] as Values;
  const format = fields[`${side}Format`];
  return objectTerm([
    ['resource', resource],
    ...unless(level === 0, 'level', () => plainTerm(level)),
    ...unless(isWhole(box, resource.value, level), 'box', () => boxTerm(box)),
    ...unless(format === undefined || format === resource.value.descriptor.format, 'format', () => ({
      value: format,
      code: values.names.enumeration('Format', Number(format)),
    })),
  ]);
};

const blitEntries = (fields: Values, scope: WorkScope): readonly Entry[] => {
  const { filter, scissorEnable, scissorMinX, scissorMinY, scissorMaxX, scissorMaxY } = fields;
  const scissor = { minX: scissorMinX, minY: scissorMinY, maxX: scissorMaxX, maxY: scissorMaxY };
  return [
    ['src', sideTerm('src', fields, scope)],
    ['dst', sideTerm('dst', fields, scope)],
    ...unless(filter === ImageFilter.NEAREST, 'filter', () => ({
      value: filter,
      code: scope.values.names.enumeration('ImageFilter', Number(filter)),
    })),
    ...unless(scissorEnable !== true, 'scissor', () =>
      objectTerm(Object.entries(scissor).map(([key, value]): Entry => [key, plainTerm(Number(value))])),
    ),
    ...unless(fields.renderConditionEnable !== true, 'renderCondition', () => plainTerm(true)),
    ...unless(fields.alphaBlend !== true, 'alphaBlend', () => plainTerm(true)),
  ];
};

const copyTarget = (fields: Values, { live }: WorkScope): Term => {
  const places = { level: fields.dstLevel, x: fields.dstX, y: fields.dstY, z: fields.dstZ };
  const told = Object.entries(places).filter(([, value]) => value !== 0);
  return objectTerm([
    ['resource', live.resources.term(Number(fields.dstResource))],
    ...told.map(([key, value]): Entry => [key, plainTerm(Number(value))]),
  ]);
};

const queryOf = ({ handle }: Values, { live }: WorkScope): Term => live.object(Number(handle), Query);

/** Calls to try, by the names of commands, the shortest first. */
export const WORK_CALLS: Readonly<
  Partial<Record<CommandName, (fields: Values, scope: WorkScope) => readonly WorkCall[]>>
> = {
  CLEAR: (fields, scope) => {
    const buffers = Number(fields.buffers);
    const told = {
      color: buffers >= Clear.COLOR0,
      depth: buffers & Clear.DEPTH,
      stencil: buffers & Clear.STENCIL,
    };
    const layout = layoutOf({ name: 'CLEAR' });
    const entries = Object.entries(told)
      .filter(([, isTold]) => isTold)
      .map(([key]): Entry => {
        const [field, value] = [layout?.fields[key], fields[key]];
        expressible(field !== undefined && value !== undefined, key);
        return [key, { value, code: scope.values.value(field, value) }];
      });
    return [{ method: 'clear', arg: objectTerm(entries) }];
  },
  DRAW_VBO: (fields, scope) => {
    if (fields.indirectResource === undefined || fields.indirectResource === 0)
      return [{ method: 'draw', arg: objectTerm(recordEntries('DRAW_VBO', fields, scope)) }];
    const direct = recordEntries('DRAW_VBO', fields, scope, INDIRECT);
    const indirect = indirectTerm(fields, scope, Number(fields.indirectDrawCount));
    return [{ method: 'draw', arg: objectTerm([...direct, ['indirect', indirect]]) }];
  },
  LAUNCH_GRID: (fields, scope) => {
    const grid = Array.from(fields.grid as number[]);
    const block = Array.from(fields.block as number[]);
    const entries: readonly Entry[] = [
      ['grid', { value: grid, code: `[${grid.join(', ')}]` }],
      ...unless(
        block.every((size) => size === 1),
        'block',
        () => ({
          value: block,
          code: `[${block.join(', ')}]`,
        }),
      ),
      ...unless(fields.indirectResource === 0, 'indirect', () => indirectTerm(fields, scope)),
    ];
    return [{ method: 'launchGrid', arg: objectTerm(entries) }];
  },
  BLIT: (fields, scope) => {
    const entries = blitEntries(fields, scope);
    const mask: Entry = [
      'mask',
      { value: fields.mask, code: scope.values.names.flags('ChannelMask', Number(fields.mask)) },
    ];
    return [entries, [...entries, mask]].map((all) => ({ method: 'blit', arg: objectTerm(all) }));
  },
  RESOURCE_COPY_REGION: (fields, scope) => [
    {
      method: 'copyRegion',
      arg: objectTerm([
        ['src', sideTerm('src', fields, scope)],
        ['dst', copyTarget(fields, scope)],
      ]),
    },
  ],
  MEMORY_BARRIER: ({ flags }, { values }) => [
    { method: 'memoryBarrier', arg: { value: flags, code: values.names.flags('Barrier', Number(flags)) } },
  ],
  TEXTURE_BARRIER: ({ flags }, { values }) => [
    {
      method: 'textureBarrier',
      arg: { value: flags, code: values.names.flags('TextureBarrier', Number(flags)) },
    },
  ],
  LINK_SHADER: (fields, { live }) => {
    const handles = Object.values(fields).map(Number);
    const shaders = handles.filter((handle) => handle !== 0).map((handle) => live.object(handle, Shader));
    return [{ method: 'linkShaders', arg: listTerm(shaders) }];
  },
  SEND_STRING_MARKER: ({ text }) => [{ method: 'stringMarker', arg: plainTerm(String(text)) }],
  BEGIN_QUERY: (fields, scope) => [{ method: 'beginQuery', arg: queryOf(fields, scope) }],
  END_QUERY: (fields, scope) => [{ method: 'endQuery', arg: queryOf(fields, scope) }],
};

/** The dwords that a call records, without making it. */
export const dryWork = (call: WorkCall, live: LiveContext): Uint32Array =>
  live.dry((commands: CommandEncoder) => {
    const target: drawing.DrawTarget = {
      commands,
      resourceId: (field, resource) => live.idOf(field, resource),
    };
    const value = call.arg.value as never;
    switch (call.method) {
      case 'clear':
        return drawing.recordClear(target, value, live.colorBuffers);
      case 'draw':
        return drawing.recordDraw(target, value);
      case 'launchGrid':
        return drawing.recordGrid(target, value);
      case 'blit':
        return drawing.recordBlit(target, value);
      case 'copyRegion':
        return drawing.recordCopy(target, value);
      case 'memoryBarrier':
        return commands.memoryBarrier({ flags: value });
      case 'textureBarrier':
        return commands.textureBarrier({ flags: value });
      case 'linkShaders':
        return drawing.recordLink(live.context, commands, value);
      case 'stringMarker':
        return commands.sendStringMarker({ text: value });
      case 'beginQuery':
        return commands.beginQuery({ handle: (value as Query).handle });
      case 'endQuery':
        return commands.endQuery({ handle: (value as Query).handle });
    }
  });

/** Makes a call. */
export const runWork = (call: WorkCall, context: Context): void =>
  (context[call.method] as (arg: unknown) => void)(call.arg.value);
