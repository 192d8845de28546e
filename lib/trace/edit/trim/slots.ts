// State by slots: which commands set which slot of a sub-context, so that a later one makes an earlier one needless, and which of them
// hold what a draw may write.

import type { Command } from '../../../protocol';

type Values = Readonly<Record<string, unknown>>;

/** What a setter sets. */
export interface Slot {
  /** Setters of the same key replace each other. */
  key: string;
  /** A draw may write the resources behind it. */
  isWritten: boolean;
}

// Fields that tell slots of one command apart.
const SLOT_FIELDS: Readonly<Record<string, readonly string[]>> = {
  SET_VIEWPORT_STATE: ['startSlot', 'viewports.length'],
  SET_FRAMEBUFFER_STATE: [],
  SET_VERTEX_BUFFERS: [],
  SET_SAMPLER_VIEWS: ['stage', 'startSlot', 'views.length'],
  SET_INDEX_BUFFER: [],
  SET_CONSTANT_BUFFER: ['stage', 'index'],
  SET_STENCIL_REF: [],
  SET_BLEND_COLOR: [],
  SET_SCISSOR_STATE: ['startSlot', 'scissors.length'],
  BIND_SAMPLER_STATES: ['stage', 'startSlot', 'states.length'],
  SET_POLYGON_STIPPLE: [],
  SET_CLIP_STATE: [],
  SET_SAMPLE_MASK: [],
  SET_STREAMOUT_TARGETS: [],
  SET_UNIFORM_BUFFER: ['stage', 'index'],
  SET_RENDER_CONDITION: [],
  BIND_SHADER: ['stage'],
  SET_TESS_STATE: [],
  SET_MIN_SAMPLES: [],
  SET_SHADER_BUFFERS: ['stage', 'startSlot', 'buffers.length'],
  SET_SHADER_IMAGES: ['stage', 'startSlot', 'images.length'],
  SET_FRAMEBUFFER_STATE_NO_ATTACH: [],
  SET_ATOMIC_BUFFERS: ['startSlot', 'buffers.length'],
  BIND_OBJECT: ['type'],
};

const WRITTEN: ReadonlySet<string> = new Set([
  'SET_FRAMEBUFFER_STATE',
  'SET_STREAMOUT_TARGETS',
  'SET_SHADER_BUFFERS',
  'SET_SHADER_IMAGES',
  'SET_ATOMIC_BUFFERS',
]);

const valueAt = (fields: Values, path: string): unknown => {
  const [name = '', inner] = path.split('.');
  const value = fields[name];
  return inner === undefined ? value : (value as ArrayLike<unknown>).length;
};

/** The slot that a command sets; undefined for one that sets none. */
export const slotOf = (command: Command): Slot | undefined => {
  const fields = SLOT_FIELDS[command.name];
  if (fields === undefined) return undefined;
  const key = [command.name, ...fields.map((path) => String(valueAt(command.fields as Values, path)))].join(
    ' ',
  );
  return { key, isWritten: WRITTEN.has(command.name) };
};
