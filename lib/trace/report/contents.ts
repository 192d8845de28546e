// What a draw reads, as sections of the page: vertices, indices, uniform buffers, textures with their levels.

import { formatName, TextureTarget } from '../../protocol';
import type { BoundSlot, SubContextState, TrackedObject, TrackedResource } from '../inspect';
import type { PageSection } from './page-data';
import type { PageStore } from './page-store';
import type { PartBytes, ResourcePart } from './read-resource';
import { shapeOf, type Shape } from './resource-shape';
import {
  constantTable,
  indexTable,
  indicesOf,
  vertexTable,
  type VertexBytes,
  type VertexElement,
} from './tables';

/** Reads a part of a resource, whose shape is as it was when the command was met. */
export type ReadPart = (shape: Shape, part: ResourcePart) => Promise<PartBytes>;

/** Makes a section, or none, once it can read. */
export type SectionMaker = (read: ReadPart, store: PageStore) => Promise<PageSection | undefined>;

/** The draw, as far as it tells what is read. */
export interface DrawRange {
  start: number;
  count: number;
  indexed: boolean;
  indexBias: number;
}

type Resources = ReadonlyMap<number, TrackedResource>;
type Values = Readonly<Record<string, unknown>>;

const MOST_VERTICES = 48;
const MOST_INDICES = 192;
const MOST_UNIFORM_BYTES = 4096;
const MOST_LEVELS = 12;
const MOST_LAYERS = 6;

const bufferPart = (resourceId: number, offset: number, length: number): ResourcePart => ({
  resourceId,
  level: 0,
  layer: 0,
  offset,
  length,
});

interface BoundBuffer {
  slot: number;
  resourceId: number;
  shape: Shape | undefined;
  offset: number;
  stride: number;
}

const vertexBuffers = (state: SubContextState, resources: Resources): BoundBuffer[] =>
  state.slotsOf('vertexBuffers').map(({ index = 0, value }) => {
    const { resource, offset, stride } = value as { resource: number; offset: number; stride: number };
    return { slot: index, resourceId: resource, shape: shapeOf(resources.get(resource)), offset, stride };
  });

const elementsOf = (state: SubContextState): VertexElement[] =>
  (state.slot('vertexElements')?.objects[0]?.fields.elements as VertexElement[] | undefined) ?? [];

// Only what the table shows is read: all vertices of a large mesh would take long, for nothing.
const readVertices = async (
  read: ReadPart,
  buffers: readonly BoundBuffer[],
  vertices: readonly number[],
): Promise<{ bytes: Map<number, VertexBytes>; problems: string[] }> => {
  const bytes = new Map<number, VertexBytes>();
  const problems: string[] = [];
  const first = Math.min(...vertices);
  const last = Math.max(...vertices);
  for (const { slot, resourceId, shape, offset, stride } of buffers) {
    if (shape === undefined) continue;
    const start = offset + first * stride;
    const length = (last - first + 1) * stride || shape.width - offset;
    const part = await read(shape, bufferPart(resourceId, start, length));
    if ('problem' in part) problems.push(`buffer ${resourceId}: ${part.problem}`);
    else bytes.set(slot, { bytes: part.bytes, start, offset, stride });
  }
  return { bytes, problems };
};

interface BoundIndices {
  resourceId: number;
  shape: Shape;
  indexSize: number;
  offset: number;
}

const boundIndices = (slot: BoundSlot | undefined, resources: Resources): BoundIndices | undefined => {
  const { resource = 0, indexSize = 2, offset = 0 } = (slot?.value ?? {}) as Record<string, number>;
  const shape = shapeOf(resources.get(resource));
  return shape && { resourceId: resource, shape, indexSize, offset };
};

const readIndices = async (
  read: ReadPart,
  { resourceId, shape, indexSize, offset }: BoundIndices,
  { start, count }: DrawRange,
): Promise<number[] | string> => {
  const length = Math.min(count, MOST_INDICES) * indexSize;
  const part = await read(shape, bufferPart(resourceId, offset + start * indexSize, length));
  return 'problem' in part ? part.problem : indicesOf(part.bytes, indexSize);
};

const counting = (start: number, count: number): number[] =>
  Array.from({ length: Math.min(count, MOST_VERTICES) }, (_, index) => start + index);

/** Vertices and indices of a draw, decoded by its vertex elements. */
export const vertexSection = (
  state: SubContextState,
  resources: Resources,
  draw: DrawRange,
): SectionMaker => {
  // Taken now: the tracker goes on.
  const buffers = vertexBuffers(state, resources);
  const elements = elementsOf(state);
  const bound = draw.indexed ? boundIndices(state.slot('indexBuffer'), resources) : undefined;
  return async (read) => {
    if (elements.length === 0 || draw.count === 0) return undefined;
    const tables = [];
    let vertices = counting(draw.start, draw.count);
    const problems: string[] = [];
    if (bound !== undefined) {
      const indices = await readIndices(read, bound, draw);
      if (typeof indices === 'string') problems.push(`index buffer ${bound.resourceId}: ${indices}`);
      else {
        tables.push({ ...indexTable(indices, draw.start), caption: `Indices (buffer ${bound.resourceId})` });
        vertices = [...new Set(indices)].slice(0, MOST_VERTICES).map((index) => index + draw.indexBias);
      }
    }
    const used = buffers.filter(({ slot }) => elements.some((element) => element.vertexBufferIndex === slot));
    const { bytes, problems: more } = await readVertices(read, used, vertices);
    problems.push(...more);
    tables.push({ ...vertexTable(elements, bytes, vertices), caption: 'Vertices' });
    const shown =
      vertices.length < draw.count ? `first ${vertices.length} vertices` : `${vertices.length} vertices`;
    const about = `${draw.indexed ? `${draw.count} indices` : `${draw.count} vertices`}, ${shown} shown`;
    return {
      title: 'Vertices and indices',
      about,
      tables,
      ...(problems.length > 0 && { note: problems.join('; ') }),
    };
  };
};

/** Uniform buffers that are bound, as vec4. */
export const uniformSection = (state: SubContextState, resources: Resources): SectionMaker => {
  const slots = state.slotsOf('uniformBuffers').map(({ slot, value }) => {
    const { resource, offset, length } = value as { resource: number; offset: number; length: number };
    return { slot, resource, offset, length, shape: shapeOf(resources.get(resource)) };
  });
  return async (read) => {
    const tables = [];
    for (const { slot, resource, offset, length, shape } of slots) {
      if (shape === undefined) continue;
      const part = await read(shape, bufferPart(resource, offset, Math.min(length, MOST_UNIFORM_BYTES)));
      const caption = `${slot}: buffer ${resource}, ${length} bytes from ${offset}`;
      tables.push(
        'problem' in part ? { caption, rows: [[part.problem]] } : { ...constantTable(part.bytes), caption },
      );
    }
    return tables.length === 0 ? undefined : { title: 'Uniform buffers', about: `${tables.length}`, tables };
  };
};

const number = (fields: Values, name: string): number => Number(fields[name] ?? 0);

const layersOf = ({ target, arraySize, depth }: Shape): number =>
  target === TextureTarget.TEXTURE_3D ? depth : arraySize;

interface BoundView {
  slot: string;
  fields: Values;
  shape: Shape;
}

const boundView = (slot: string, view: TrackedObject | undefined, resources: Resources): BoundView[] => {
  const shape = view && shapeOf(resources.get(number(view.fields, 'resource')));
  return view === undefined || shape === undefined || shape.target === TextureTarget.BUFFER
    ? []
    : [{ slot, fields: view.fields, shape }];
};

/** Textures that are bound, every level and the first layers of each, as pictures. */
export const textureSection = (
  state: SubContextState,
  resources: Resources,
  isCompute: boolean,
): SectionMaker => {
  const views = state
    .slotsOf('samplerViews')
    .filter(({ stage }) => (stage === 'COMPUTE') === isCompute)
    .flatMap(({ slot, objects }) => boundView(slot, objects[0], resources));
  return async (read, store) => {
    const pictures = [];
    for (const { slot, fields, shape } of views) {
      const resourceId = number(fields, 'resource');
      const name = formatName(shape.format) ?? String(shape.format);
      const lastLevel = Math.min(
        shape.lastLevel,
        number(fields, 'lastLevel'),
        number(fields, 'firstLevel') + MOST_LEVELS,
      );
      const firstLayer = number(fields, 'firstLayer');
      const layers = Math.min(layersOf(shape) - firstLayer, MOST_LAYERS);
      for (let layer = firstLayer; layer < firstLayer + layers; layer += 1) {
        for (let level = number(fields, 'firstLevel'); level <= lastLevel; level += 1) {
          const part = await read(shape, { resourceId, level, layer, offset: 0, length: 0 });
          const caption = `${slot}: texture ${resourceId}, ${name}, level ${level}${layers > 1 ? `, layer ${layer}` : ''}`;
          pictures.push({ picture: store.picture(shape.format, name, part), caption });
        }
      }
    }
    return pictures.length === 0 ? undefined : { title: 'Textures', about: `${views.length}`, pictures };
  };
};
