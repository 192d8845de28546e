// The state of a draw as sections of the page, from what the tracker knows.

import { formatName } from '../../protocol';
import { layoutOf } from '../../protocol/layout-of';
import type { BoundSlot, StateName, SubContextState, TrackedObject } from '../inspect';
import { fieldRows, fieldWord } from './field-words';
import type { PageSection, PageShader, PageTable } from './page-data';
import type { PageStore } from './page-store';
import { constantTable } from './tables';

/** Sections of plain tables: title and the states in it. */
const SECTIONS: readonly { title: string; states: readonly StateName[] }[] = [
  { title: 'Framebuffer', states: ['framebuffer', 'framebufferShape'] },
  {
    title: 'Rasterizer, viewports, scissors',
    states: [
      'rasterizer',
      'viewports',
      'scissors',
      'clipPlanes',
      'polygonStipple',
      'sampleMask',
      'minSamples',
    ],
  },
  { title: 'Depth, stencil, alpha', states: ['depthStencilAlpha', 'stencilRef'] },
  { title: 'Blending', states: ['blend', 'blendColor'] },
  { title: 'Vertex elements and buffers', states: ['vertexElements', 'vertexBuffers', 'indexBuffer'] },
  { title: 'Sampler states', states: ['samplerStates'] },
  {
    title: 'Buffers and images of shaders',
    states: ['uniformBuffers', 'shaderBuffers', 'shaderImages', 'atomicBuffers'],
  },
  {
    title: 'Other',
    states: [
      'streamOutput',
      'tessellationLevels',
      'renderCondition',
      'activeQueries',
      'linkedShaders',
      'tweaks',
    ],
  },
];

const COMPUTE_SECTIONS: readonly string[] = ['Sampler states', 'Buffers and images of shaders', 'Other'];

const objectTable = (object: TrackedObject): PageTable => {
  const fields = layoutOf({ name: 'CREATE_OBJECT', object: object.kind })?.fields ?? {};
  const made = object.madeBy[0]?.number;
  return {
    caption: `${object.kind} ${object.handle}${made === undefined ? '' : `, made by command ${made}`}`,
    rows: fieldRows(fields, object.fields).filter(([name]) => name !== 'handle'),
  };
};

const isHandleOnly = ({ value }: BoundSlot): boolean =>
  typeof value === 'number' ||
  Object.keys(value as object).every((key) => key === 'handle' || key === 'type');

const slotTables = (slot: BoundSlot): PageTable[] => {
  const objects = slot.objects.filter(({ kind }) => kind !== 'SHADER').map(objectTable);
  if (isHandleOnly(slot) && objects.length > 0)
    return objects.map((table) => ({ ...table, caption: `${slot.slot}: ${table.caption}` }));
  const { field, value } = slot;
  const rows: [string, string][] =
    field.kind === 'struct'
      ? fieldRows(field.fields, value as Record<string, unknown>)
      : [['value', fieldWord(field, value)]];
  return [{ caption: `${slot.slot}, set by command ${slot.setBy.number}`, rows }, ...objects];
};

const nameOf = (format: unknown): string => formatName(Number(format)) ?? String(format);

const samplerViews = (state: SubContextState): PageTable[] => {
  const slots = state.slotsOf('samplerViews');
  if (slots.length === 0) return [];
  const rows = slots.map(({ slot, objects, value }) => {
    const {
      resource,
      format,
      firstLevel = 0,
      lastLevel = 0,
    } = (objects[0]?.fields ?? {}) as Record<string, unknown>;
    return [slot, String(value), String(resource ?? ''), nameOf(format), `${firstLevel} to ${lastLevel}`];
  });
  return [{ head: ['slot', 'view', 'resource', 'format', 'levels'], rows }];
};

const shadersOf = (state: SubContextState, store: PageStore, isCompute: boolean): PageShader[] =>
  state
    .slotsOf('shader')
    .filter(({ stage }) => (stage === 'COMPUTE') === isCompute)
    .flatMap(({ stage = '', objects }): PageShader[] => {
      const [object] = objects;
      if (object?.shader === undefined) return [];
      const { text, isComplete } = object.shader;
      return [{ stage, facts: `${object.handle}${isComplete ? '' : ', cut off'}`, text: store.text(text) }];
    });

const constantsOf = (state: SubContextState, isCompute: boolean): PageTable[] =>
  state
    .slotsOf('constants')
    .filter(({ stage }) => (stage === 'COMPUTE') === isCompute)
    .map(({ stage, value, setBy }) => {
      const { data } = value as { data: Uint32Array | Float32Array };
      return {
        ...constantTable(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
        caption: `${stage}, set by command ${setBy.number}`,
      };
    });

/** Everything bound, with the shaders and inline constants. */
export const stateSections = (
  state: SubContextState,
  store: PageStore,
  isCompute: boolean,
): PageSection[] => {
  const sections: PageSection[] = [];
  const shaders = shadersOf(state, store, isCompute);
  if (shaders.length > 0)
    sections.push({
      title: 'Shaders',
      about: shaders.map(({ stage }) => stage.toLowerCase()).join(', '),
      open: true,
      shaders,
    });
  const constants = constantsOf(state, isCompute);
  if (constants.length > 0)
    sections.push({ title: 'Constants', about: `${constants.length} stages`, tables: constants });
  const views = samplerViews(state);
  if (views.length > 0)
    sections.push({ title: 'Sampler views', about: `${views[0].rows.length}`, tables: views });
  for (const { title, states } of SECTIONS) {
    if (isCompute && !COMPUTE_SECTIONS.includes(title)) continue;
    const slots = states.flatMap((name) => state.slotsOf(name));
    if (slots.length === 0) continue;
    sections.push({
      title,
      about: slots
        .map(({ slot }) => slot)
        .slice(0, 6)
        .join(', '),
      tables: slots.flatMap(slotTables),
    });
  }
  return sections;
};
