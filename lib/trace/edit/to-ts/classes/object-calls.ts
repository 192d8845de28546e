// Objects: which `create…` method of a context makes them, from which descriptor.

import type { EnumName } from '../../../../protocol';
import { ShaderStage, TextureTarget } from '../../../../protocol';
import { layoutOf } from '../../../../protocol/layout-of';
import type { ObjectName, ShaderArguments } from '../../../../protocol';
import type { Context, Resource } from '../../../../renderer';
import type { SharedMemory } from '../../../../host';
import { leanest, lean, textCode, type ValueWriter } from '../values';
import type { KnownResources } from './live-context';
import { type Entry, expressible, plainTerm, unless } from './term';

type Values = Readonly<Record<string, unknown>>;

/** What descriptors are made with. */
export interface DescriptorScope {
  readonly values: ValueWriter;
  readonly resources: KnownResources;
}

/** How an object of a kind is made. */
export interface ObjectCall {
  readonly method: keyof Context & `create${string}`;
  /** What a variable for it is called, and its class. */
  readonly word: string;
  readonly type: string;
  /** Descriptors to try, without label and handle, the shortest first. */
  descriptors(fields: Values, scope: DescriptorScope): readonly (readonly Entry[])[];
}

const without = (values: Values, keys: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([key]) => !keys.includes(key)));

const fieldEntries = (object: string, fields: Values, { values }: DescriptorScope): readonly Entry[] => {
  const layout = layoutOf({ name: 'CREATE_OBJECT', object });
  expressible(layout !== undefined, object);
  return Object.entries(fields)
    .filter(([key]) => layout.fields[key] !== undefined)
    .map(([key, value]): Entry => {
      const field = layout.fields[key];
      expressible(field !== undefined, key);
      return [key, { value, code: values.value(field, value) }];
    });
};

// Those whose descriptor has the fields of the command.
const described = (
  object: ObjectName,
  method: ObjectCall['method'],
  word: string,
  type: string,
  /** What the class says where the schema says nothing. */
  defaults: Values = {},
): ObjectCall => ({
  method,
  word,
  type,
  descriptors: (all, scope) => {
    const fields = without(all, ['handle']);
    const layout = layoutOf({ name: 'CREATE_OBJECT', object });
    expressible(layout !== undefined, object);
    const told = Object.keys(defaults).filter((key) => fields[key] !== defaults[key]);
    const others = Object.fromEntries(Object.entries(fields).filter(([key]) => !(key in defaults)));
    const differing = Object.fromEntries(told.map((key) => [key, fields[key]]));
    return [leanest, lean].map((shorten) =>
      fieldEntries(object, { ...shorten(layout.fields, others), ...differing }, scope),
    );
  },
});

const VIEW_KEYS = new Set(['handle', 'resource', 'format']);

// The fields of a view of a whole resource, as `Context.createSamplerView` has them.
const wholeOf = ({ descriptor }: Resource): Values => {
  const { target, arraySize, lastLevel, width } = descriptor;
  if (target === TextureTarget.BUFFER) return { firstElement: 0, lastElement: width - 1 };
  const layers = target === TextureTarget.TEXTURE_3D ? 1 : arraySize;
  return { firstLayer: 0, lastLayer: layers - 1, firstLevel: 0, lastLevel };
};

// In the stream the elements of a buffer stand where a texture has its layers and levels.
const viewFields = (fields: Values, resource: Resource): Values => {
  if (resource.descriptor.target !== TextureTarget.BUFFER || 'firstElement' in fields) return fields;
  const { firstLayer, lastLayer, firstLevel, lastLevel } = fields as Record<string, number>;
  const rest = without(fields, ['firstLayer', 'lastLayer', 'firstLevel', 'lastLevel', 'level']);
  const [low = 0, high = 0, first = 0, last = 0] = [firstLayer, lastLayer, firstLevel, lastLevel];
  return { ...rest, firstElement: low + high * 0x10000, lastElement: first + last * 0x100 };
};

const view = (
  object: 'SURFACE' | 'SAMPLER_VIEW',
  method: ObjectCall['method'],
  word: string,
  type: string,
): ObjectCall => ({
  method,
  word,
  type,
  descriptors: (all, scope) => {
    const resource = scope.resources.term(Number(all.resource));
    const layout = layoutOf({ name: 'CREATE_OBJECT', object });
    expressible(layout !== undefined, object);
    const fields = viewFields(all, resource.value);
    const whole = object === 'SAMPLER_VIEW' ? wholeOf(resource.value) : {};
    const others = Object.entries(fields).filter(([key]) => !VIEW_KEYS.has(key));
    const told = others.filter(([key, value]) => whole[key] !== value);
    const shown = { ...lean(layout.fields, Object.fromEntries(told)) };
    // Zero says something where the default is another number.
    for (const [key, value] of told) if (key in whole) shown[key] = value;
    const head: readonly Entry[] = [
      ['resource', resource],
      ...unless(all.format === resource.value.descriptor.format, 'format', () => ({
        value: all.format,
        code: scope.values.names.enumeration('Format', Number(all.format)),
      })),
    ];
    return [
      [...head, ...fieldEntries(object, shown, scope)],
      [...head, ...fieldEntries(object, Object.fromEntries(others), scope)],
    ];
  },
});

const streamOutputTarget: ObjectCall = {
  method: 'createStreamOutputTarget',
  word: 'streamOutputTarget',
  type: 'StreamOutputTarget',
  descriptors: ({ resource: id, bufferOffset, bufferSize }, { resources }) => {
    const resource = resources.term(Number(id));
    const [offset, size] = [Number(bufferOffset), Number(bufferSize)];
    const { width } = resource.value.descriptor;
    return [
      [
        ['resource', resource],
        ...unless(offset === 0, 'bufferOffset', () => plainTerm(offset)),
        ...unless(size === width - offset, 'bufferSize', () => plainTerm(size)),
      ],
    ];
  },
};

/** Kinds of objects by the names of the protocol, apart from shaders and queries. */
export const OBJECT_CALLS: Readonly<Partial<Record<ObjectName, ObjectCall>>> = {
  BLEND: described('BLEND', 'createBlend', 'blend', 'Blend'),
  RASTERIZER: described('RASTERIZER', 'createRasterizer', 'rasterizer', 'Rasterizer', {
    depthClip: true,
    halfPixelCenter: true,
  }),
  DSA: described('DSA', 'createDepthStencilAlpha', 'depthStencilAlpha', 'DepthStencilAlpha'),
  VERTEX_ELEMENTS: described('VERTEX_ELEMENTS', 'createVertexElements', 'vertexElements', 'VertexElements'),
  SAMPLER_STATE: described('SAMPLER_STATE', 'createSamplerState', 'samplerState', 'SamplerState'),
  SURFACE: view('SURFACE', 'createSurface', 'surface', 'Surface'),
  SAMPLER_VIEW: view('SAMPLER_VIEW', 'createSamplerView', 'samplerView', 'SamplerView'),
  STREAMOUT_TARGET: streamOutputTarget,
};

const SHADER_WORDS: Readonly<Record<number, string>> = {
  [ShaderStage.VERTEX]: 'vertexShader',
  [ShaderStage.FRAGMENT]: 'fragmentShader',
  [ShaderStage.GEOMETRY]: 'geometryShader',
  [ShaderStage.TESS_CTRL]: 'tessControlShader',
  [ShaderStage.TESS_EVAL]: 'tessEvalShader',
  [ShaderStage.COMPUTE]: 'computeShader',
};

/** How a whole shader is made. */
export const shaderCall = ({ stage, text, streamOutput, ...args }: ShaderArguments): ObjectCall => ({
  method: 'createShader',
  word: SHADER_WORDS[stage] ?? 'shader',
  type: 'Shader',
  descriptors: (_fields, scope) => {
    const { numTokens } = args;
    const head = Object.entries(without({ ...args }, ['handle', 'numTokens']))
      .filter(([, value]) => value !== undefined)
      .map(([key, value]): Entry => [key, plainTerm(value as number)]);
    const output = fieldEntries('SHADER', streamOutput === undefined ? {} : { streamOutput }, scope);
    const tail: Entry = ['text', { value: text, code: textCode(text) }];
    return [
      [...head, ...output, tail],
      [...head, ['numTokens', plainTerm(numTokens ?? 0)], ...output, tail],
    ];
  },
});

const ENUM_OF_QUERY: EnumName = 'QueryType';

/** How a query is made whose result lands in memory of the program. */
export const queryCall = (memory: { value: SharedMemory; code: string } | undefined): ObjectCall => ({
  method: 'createQuery',
  word: 'query',
  type: 'Query',
  descriptors: ({ queryType, index, resource: id, offset = 0 }, { resources, values }) => {
    expressible(memory !== undefined && offset === 0, 'result');
    const buffer = resources.term(Number(id));
    return [
      [
        ['type', { value: queryType, code: values.names.enumeration(ENUM_OF_QUERY, Number(queryType)) }],
        ...unless(index === 0, 'index', () => plainTerm(Number(index))),
        [
          'result',
          {
            value: { buffer: buffer.value, memory: memory.value },
            code: {
              open: '{',
              close: '}',
              items: [`buffer: ${buffer.code as string}`, `memory: ${memory.code}`],
            },
          },
        ],
      ],
    ];
  },
});
