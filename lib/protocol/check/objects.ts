// Checks of objects: made with a handle, used where there are such objects, of the right kind.

import { Limit, PipelineStatistic, QueryType, TextureTarget } from '../enums';
import { hasRelease } from './releases';
import type { ObjectName } from '../objects';
import type { CheckRule } from './rules';
import { listAt, nameOf, numberAt, type Check, type Site } from './site';
import type { KnownObject } from './state';

const STATISTICS = Object.keys(PipelineStatistic).length;
const UNMAPPED_QUERIES: readonly number[] = [
  QueryType.TIMESTAMP_DISJOINT,
  QueryType.SO_STATISTICS,
  QueryType.GPU_FINISHED,
];
const STREAM_OUTPUT_BUFFERS = 4;
// What every GL takes; others abort with more.
const STREAM_OUTPUT_STRIDE = 64;
const CHANNELS = 4;
/** What every GL takes for a stride; offsets in a vertex stay below. */
export const VERTEX_BYTES = 2048;

/**
 * The object of a handle, if it is there and of the right kind. Otherwise the rule is broken, unless it may have been
 * made before the first checked command.
 */
export const useObject = (
  { state, report }: Site,
  handle: number,
  type: ObjectName,
  rule: CheckRule,
  field: string,
): KnownObject | undefined => {
  const sub = state.current;
  const known = sub.objects.get(handle);
  if (known?.type === type) return known;
  if (known === undefined && sub.isPartial) return undefined;
  const found = known === undefined ? `there is no object ${handle}` : `${handle} is a ${known.type}`;
  report(rule, `expected the handle of a ${type}, but ${found}`, field);
  return undefined;
};

/** Checks a list of handles of which 0 is none. */
export const handles =
  (list: string, type: ObjectName, rule: CheckRule): Check =>
  (site) => {
    listAt<number>(site.values, list).forEach((handle, index) => {
      if (handle !== 0) useObject(site, handle, type, rule, `${list}[${index}]`);
    });
  };

/** Checks a field that holds a handle; 0 is none unless `zero` is the rule that it breaks. */
export const handle =
  (field: string, type: ObjectName, rule: CheckRule, isOptional = true): Check =>
  (site) => {
    const value = numberAt(site.values, field);
    if (value !== 0 || !isOptional) useObject(site, value, type, rule, field);
  };

const checkLayers: Check = ({ values, settings, report }) => {
  const first = numberAt(values, 'firstLayer');
  const last = numberAt(values, 'lastLayer');
  if (last >= first) return;
  const target = settings.resources?.get(numberAt(values, 'resource'))?.target;
  if (target === TextureTarget.BUFFER) return;
  const message = `expected a layer from ${first}, which is the first, but found ${last}`;
  report(target === undefined ? 'layers-order' : 'layers', message, 'lastLayer');
};

const checkQuery: Check = ({ values, settings, report }) => {
  const type = numberAt(values, 'queryType');
  const index = numberAt(values, 'index');
  const known = Object.values(QueryType) as number[];
  if (!known.includes(type) || UNMAPPED_QUERIES.includes(type)) {
    const allowed = Object.entries(QueryType).filter(([, value]) => !UNMAPPED_QUERIES.includes(value));
    const names = allowed.map(([name]) => name).join(', ');
    report('query-type', `expected one of ${names} but found ${type}`, 'queryType');
  }
  if (type !== QueryType.PIPELINE_STATISTICS) return;
  if (!hasRelease(settings.release, '1.0')) {
    report(
      'query-type',
      `expected no PIPELINE_STATISTICS, which ${settings.release} does not know`,
      'queryType',
    );
  } else if (index >= STATISTICS) {
    report('value', `expected a statistic from 0 to ${STATISTICS - 1} but found ${index}`, 'index');
  }
};

interface VertexElement {
  readonly vertexBufferIndex: number;
  readonly srcOffset: number;
}

const checkVertexElements: Check = ({ values, report }) => {
  listAt<VertexElement>(values, 'elements').forEach(({ vertexBufferIndex, srcOffset }, index) => {
    if (srcOffset >= VERTEX_BYTES) {
      const message = `expected an offset below ${VERTEX_BYTES} but found ${srcOffset}`;
      report('vertex-layout', message, `elements[${index}].srcOffset`);
    }
    if (vertexBufferIndex < Limit.VERTEX_BUFFERS) return;
    const message = `expected a vertex buffer below ${Limit.VERTEX_BUFFERS} but found ${vertexBufferIndex}`;
    report('index', message, `elements[${index}].vertexBufferIndex`);
  });
};

interface Output {
  readonly numComponents: number;
  readonly startComponent: number;
  readonly outputBuffer: number;
}

interface StreamOutput {
  readonly strides: readonly number[];
  readonly outputs: readonly Output[];
}

const checkStreamOutput: Check = ({ values, report }) => {
  const { outputs = [], strides = [] } = (values['streamOutput'] as Partial<StreamOutput> | undefined) ?? {};
  strides.forEach((stride, index) => {
    if (stride <= STREAM_OUTPUT_STRIDE) return;
    const message = `expected up to ${STREAM_OUTPUT_STRIDE} dwords but found ${stride}`;
    report('stream-output', message, `streamOutput.strides[${index}]`);
  });
  outputs.forEach(({ numComponents, startComponent, outputBuffer }, index) => {
    const path = `streamOutput.outputs[${index}]`;
    if (numComponents === 0 || startComponent + numComponents > CHANNELS) {
      const message = `expected 1 to ${CHANNELS - startComponent} channels but found ${numComponents}`;
      report('stream-output', message, `${path}.numComponents`);
    }
    if (outputBuffer >= STREAM_OUTPUT_BUFFERS) {
      const message = `expected a buffer below ${STREAM_OUTPUT_BUFFERS} but found ${outputBuffer}`;
      report('stream-output', message, `${path}.outputBuffer`);
    }
  });
};

const OBJECT_CHECKS: Readonly<Partial<Record<ObjectName, readonly Check[]>>> = {
  NULL: [({ report }) => report('object-type', 'expected a kind of object other than NULL')],
  SURFACE: [checkLayers],
  MSAA_SURFACE: [checkLayers],
  QUERY: [checkQuery],
  VERTEX_ELEMENTS: [checkVertexElements],
  SHADER: [checkStreamOutput],
};

// A continuation of a shader goes on with its object.
const isContinuation = ({ values }: Site): boolean => values['continuation'] === true;

const insert = (site: Site, type: ObjectName, value: number): void => {
  const { state, values, report } = site;
  const { objects } = state.current;
  const old = objects.get(value);
  if (old) report('handle-reused', `expected a new handle: ${value} is a living ${old.type}`, 'handle');
  objects.set(value, {
    type: type === 'MSAA_SURFACE' ? 'SURFACE' : type,
    ...(type === 'SHADER' && { stage: numberAt(values, 'stage') }),
    ...(type === 'VERTEX_ELEMENTS' && {
      vertexBuffers: listAt<VertexElement>(values, 'elements').map((element) => element.vertexBufferIndex),
    }),
    ...(type === 'QUERY' && {
      queryType: numberAt(values, 'queryType'),
      queryIndex: numberAt(values, 'index'),
    }),
  });
};

/** CREATE_OBJECT, but for what is special about shader packets. */
export const checkCreate: Check = (site) => {
  const { command, values, report } = site;
  if (command.name !== 'CREATE_OBJECT') return;
  for (const check of OBJECT_CHECKS[command.object] ?? []) check(site);
  const value = numberAt(values, 'handle');
  if (value === 0) report('handle-zero', 'expected a handle other than 0', 'handle');
  else if (!isContinuation(site) && command.object !== 'NULL') insert(site, command.object, value);
};

// By number.
const BIND_TYPES: readonly (ObjectName | undefined)[] = [
  undefined,
  'BLEND',
  'RASTERIZER',
  'DSA',
  undefined,
  'VERTEX_ELEMENTS',
];
const BINDABLE = BIND_TYPES.filter((name) => name !== undefined);

/** BIND_OBJECT. */
export const checkBind: Check = (site) => {
  const { values, report, state } = site;
  const objectName = BIND_TYPES[numberAt(values, 'type')];
  if (objectName === undefined) {
    return report(
      'bind-type',
      `expected one of ${BINDABLE.join(', ')} but found ${numberAt(values, 'type')}`,
      'type',
    );
  }
  const value = numberAt(values, 'handle');
  if (value !== 0) useObject(site, value, objectName, 'handle-unknown', 'handle');
  state.current.bound.set(objectName, value);
};

/** DESTROY_OBJECT. */
export const checkDestroy: Check = ({ values, state, report }) => {
  const value = numberAt(values, 'handle');
  const { objects, isPartial } = state.current;
  if (objects.delete(value) || isPartial) return;
  report('handle-ignored', `expected the handle of an object, but there is no object ${value}`, 'handle');
};

/** BEGIN_QUERY and END_QUERY. */
export const checkQueryOrder: Check = (site) => {
  const begins = site.command.name === 'BEGIN_QUERY';
  const value = numberAt(site.values, 'handle');
  const query = useObject(site, value, 'QUERY', 'handle-unknown', 'handle');
  if (query === undefined) return;
  if (query.queryType === QueryType.TIMESTAMP) {
    query.hasResult ||= !begins;
    if (begins) site.report('query-order', 'expected only END_QUERY for a TIMESTAMP query', 'handle');
    return;
  }
  if (begins === (query.active ?? false)) {
    const state = begins ? 'has begun and not ended' : 'has not begun';
    site.report('query-order', `${nameOf(site.command)}: query ${value} ${state}`, 'handle');
  }
  query.active = begins;
  if (!begins) {
    query.hasResult = true;
    return;
  }
  const { queryType, queryIndex } = query;
  const isSame = (other: KnownObject): boolean =>
    other !== query &&
    other.active === true &&
    other.queryType === queryType &&
    other.queryIndex === queryIndex;
  if ([...site.state.current.objects.values()].some(isSame)) {
    site.report('query-order', `expected no other query of the type of ${value} to have begun`, 'handle');
  }
};

/** Commands that use the result of a query. */
export const checkQueryResult: Check = (site) => {
  const value = numberAt(site.values, 'handle');
  const query = site.state.current.objects.get(value);
  if (query?.type !== 'QUERY' || (query.hasResult === true && query.active !== true)) return;
  site.report('query-order', `${nameOf(site.command)}: query ${value} has not ended`, 'handle');
};
