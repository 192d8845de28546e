// Which part of which resource a command changes, so that it can be shown before and after.

import type { Command } from '../../protocol';
import type { SubContextState, TrackedObject, TrackedResource } from '../inspect';
import { DESTINATIONS } from './command-kinds';
import type { ResourcePart } from './read-resource';
import { type Shape, shapeOf } from './resource-shape';

/** A part that a command changes. */
export interface ChangedPart {
  shape: Shape;
  part: ResourcePart;
}

/** What can be shown of the effect of a command. */
export interface Changes {
  color?: ChangedPart;
  depth?: ChangedPart;
}

type Resources = ReadonlyMap<number, TrackedResource>;
type Values = Readonly<Record<string, unknown>>;

const changed = (
  resources: Resources,
  resourceId: number,
  { level, layer }: { level: number; layer: number },
): ChangedPart | undefined => {
  const shape = shapeOf(resources.get(resourceId));
  return shape && { shape, part: { resourceId, level, layer, offset: 0, length: 0 } };
};

const surfacePart = (surface: TrackedObject | undefined, resources: Resources): ChangedPart | undefined => {
  if (surface === undefined) return undefined;
  const { resource, level = 0, firstLayer = 0 } = surface.fields as Record<string, number | undefined>;
  return changed(resources, resource ?? 0, { level, layer: firstLayer });
};

const framebufferParts = (state: SubContextState, resources: Resources): Changes => {
  const slot = state.slot('framebuffer');
  if (slot === undefined) return {};
  const { zsurf, colorBuffers } = slot.value as { zsurf: number; colorBuffers: readonly number[] };
  const surface = (handle: number | undefined): TrackedObject | undefined =>
    slot.objects.find((object) => object.handle === handle);
  const color = surfacePart(surface(colorBuffers.find((handle) => handle !== 0)), resources);
  const depth = surfacePart(surface(zsurf), resources);
  return { ...(color && { color }), ...(depth && { depth }) };
};

const fieldAt = (fields: Values, path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => (value as Values | undefined)?.[key], fields);

/** What a command changes, after the state that it found. */
export const changesOf = (command: Command, state: SubContextState, resources: Resources): Changes => {
  if (command.name === 'DRAW_VBO' || command.name === 'CLEAR') return framebufferParts(state, resources);
  if (command.name === 'CLEAR_SURFACE') {
    const color = surfacePart(state.objects.get(command.fields.surface), resources);
    return color ? { color } : {};
  }
  if (command.name === 'UNKNOWN' || command.name === 'CREATE_OBJECT') return {};
  const destination = DESTINATIONS[command.name];
  if (destination === undefined) return {};
  const { fields } = command;
  const number = (path: string | undefined): number =>
    path === undefined ? 0 : Number(fieldAt(fields, path) ?? 0);
  const color = changed(resources, number(destination.resource), {
    level: number(destination.level),
    layer: number(destination.layer),
  });
  // Buffers have no picture.
  return color === undefined || color.shape.target === 0 ? {} : { color };
};
