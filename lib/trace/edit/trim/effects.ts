// What each piece of a trace reads and writes, and whether it is state, a draw or something that must stay.

import { Clear, type Command, decode, formatLayout, TransferDirection } from '../../../protocol';
import type { ResourceCreateArgs } from '../../../host';
import type { Atom } from '../atoms';
import { makersOf } from '../dependents';
import { type Slot, slotOf } from './slots';

/** What a piece does. Things are resources and memories, by their keys. */
export interface Effect {
  /**
   * `keep`: must stay. `make`: an object. `end`: of an object. `state`: sets a slot. `work`: writes things. `query`: begins or ends one.
   * `look`: only matters to who looks at its answer.
   */
  role: 'keep' | 'make' | 'end' | 'state' | 'work' | 'query' | 'look';
  reads: readonly string[];
  writes: readonly string[];
  /** Written whole, so that nothing from before shows. */
  replaces: readonly string[];
  slot?: Slot;
  /** The sub-context it acts in, as a key. */
  place: string;
  /** Whether it uses the state of its place. */
  usesState: boolean;
}

const DRAWS: ReadonlySet<string> = new Set(['DRAW_VBO', 'LAUNCH_GRID', 'CLEAR']);
const QUERIES: ReadonlySet<string> = new Set(['BEGIN_QUERY', 'END_QUERY']);
// Calls whose only effect is their answer, or that something is waited for.
const LOOKS: ReadonlySet<string> = new Set([
  'createFence',
  'contextCreateFence',
  'contextPoll',
  'poll',
  'getRect',
  'getCursorData',
  'resourceGetInfo',
  'resourceGetInfoExt',
  'fillCaps',
  'getCapSet',
  'readback',
  'answer',
  'error',
  'fenceReached',
  'frame',
  'marker',
  'time',
  'log',
]);

const FRAMEBUFFER = 'SET_FRAMEBUFFER_STATE';

const isThing = (key: string): boolean => key.startsWith('resource ') || key.startsWith('memory ');
const isResource = (key: string): boolean => key.startsWith('resource ');

const fieldsOf = (command: Command): Readonly<Record<string, unknown>> => command.fields;

const resourceKey = (value: unknown): string => `resource ${String(value)}`;

// Whether a surface is all there is of its resource.
const isWhole = ({ record }: Atom): boolean => {
  if (record?.kind !== 'call' || record.name !== 'resourceCreate') return false;
  const { arraySize = 1, depth = 1, lastLevel = 0 } = record.args as ResourceCreateArgs;
  return arraySize === 1 && depth === 1 && lastLevel === 0;
};

const hasStencil = ({ record }: Atom): boolean =>
  record?.kind === 'call' &&
  record.name === 'resourceCreate' &&
  formatLayout((record.args as ResourceCreateArgs).format).channels.some(({ name }) => name === 'S');

class EffectReader {
  readonly #makers: ReadonlyMap<Atom, readonly Atom[]>;
  readonly #bound = new Map<string, Map<string, { slot: Slot; atom: Atom; command: Command }>>();
  /** Memory behind resources. */
  readonly #backings = new Map<string, readonly string[]>();
  readonly #resources = new Map<string, Atom>();
  readonly #subContexts = new Map<number, number>();
  #hasConditions = false;

  constructor(atoms: readonly Atom[]) {
    this.#makers = makersOf(atoms);
  }

  effectOf(atom: Atom): Effect {
    return atom.submit === undefined ? this.#call(atom) : this.#command(atom);
  }

  // Resources that a piece names, also by the objects that it names.
  #reached(atom: Atom): string[] {
    const found = new Set(atom.names.filter(isResource));
    for (const maker of this.#makers.get(atom) ?? [])
      if (maker.name === 'CREATE_OBJECT') for (const key of maker.names) if (isResource(key)) found.add(key);
    return [...found];
  }

  #withBacking(resource: string): string[] {
    return [resource, ...(this.#backings.get(resource) ?? [])];
  }

  #call(atom: Atom): Effect {
    const plain = { reads: [], writes: [], replaces: [], place: '', usesState: false };
    const things = atom.names.filter(isThing);
    const memories = things.filter((key) => !isResource(key));
    const [resource = ''] = [...atom.makes, ...things].filter(isResource);
    if (LOOKS.has(atom.name)) return { ...plain, role: 'look' };
    if (atom.makes.some(isResource)) this.#resources.set(resource, atom);
    if (atom.makes.some(isResource) || atom.name === 'resourceAttachIov')
      this.#backings.set(resource, memories);
    if (atom.name === 'write') return { ...plain, role: 'work', writes: things };
    if (atom.name === 'transferWriteIov') {
      const reads = memories.length > 0 ? memories : (this.#backings.get(resource) ?? []);
      return { ...plain, role: 'work', reads, writes: [resource] };
    }
    if (atom.name === 'transferReadIov') {
      const writes = memories.length > 0 ? memories : (this.#backings.get(resource) ?? []);
      return { ...plain, role: 'work', reads: [resource], writes };
    }
    return { ...plain, role: 'keep' };
  }

  #command(atom: Atom): Effect {
    const { contextId } = atom.submit?.call.args ?? { contextId: 0 };
    const [command] = decode(atom.dwords ?? new Uint32Array(0), { onError: 'raw' });
    if (command === undefined) return this.#keep('');
    if (command.name === 'SET_SUB_CTX' || command.name === 'CREATE_SUB_CTX')
      this.#subContexts.set(contextId, command.fields.id);
    const place = `${contextId} ${this.#subContexts.get(contextId) ?? 0}`;
    const plain = { reads: [], writes: [], replaces: [], place, usesState: false };
    const slot = slotOf(command);
    if (slot !== undefined) {
      if (command.name === 'SET_RENDER_CONDITION' && command.fields.handle !== 0) this.#hasConditions = true;
      this.#bind(place, { slot, atom, command });
      return { ...plain, role: 'state', slot };
    }
    if (command.name === 'CREATE_OBJECT') return { ...plain, role: 'make' };
    if (command.name === 'DESTROY_OBJECT') return { ...plain, role: 'end' };
    if (QUERIES.has(command.name)) return { ...plain, role: 'query', reads: [], writes: this.#reached(atom) };
    if (DRAWS.has(command.name)) return this.#draw(atom, command, place);
    return this.#copy(atom, command, place);
  }

  #keep(place: string): Effect {
    return { role: 'keep', reads: [], writes: [], replaces: [], place, usesState: false };
  }

  #bind(place: string, bound: { slot: Slot; atom: Atom; command: Command }): void {
    let slots = this.#bound.get(place);
    if (slots === undefined) this.#bound.set(place, (slots = new Map()));
    slots.set(bound.slot.key, bound);
  }

  #draw(atom: Atom, command: Command, place: string): Effect {
    const reads = new Set(atom.names.filter(isResource));
    const writes = new Set<string>();
    for (const { slot, atom: setter } of this.#bound.get(place)?.values() ?? [])
      // A clear has to do with nothing else.
      if (command.name !== 'CLEAR' || slot.key === FRAMEBUFFER)
        for (const key of this.#reached(setter)) {
          reads.add(key);
          if (slot.isWritten) writes.add(key);
        }
    const replaces = command.name === 'CLEAR' ? this.#cleared(command, place) : [];
    return { role: 'work', reads: [...reads], writes: [...writes], replaces, place, usesState: true };
  }

  // Textures that a clear of the framebuffer leaves nothing of.
  #cleared(command: Command, place: string): string[] {
    const setter = this.#bound.get(place)?.get(FRAMEBUFFER);
    if (setter === undefined || this.#hasConditions || command.name !== 'CLEAR') return [];
    if (setter.command.name !== 'SET_FRAMEBUFFER_STATE') return [];
    const { buffers } = command.fields;
    const { zsurf, colorBuffers } = setter.command.fields;
    const handles = colorBuffers.filter((_, index) => (buffers & (Clear.COLOR0 << index)) !== 0);
    const hasDepth = (buffers & Clear.DEPTH) !== 0;
    if (hasDepth) handles.push(zsurf);
    const isPart = hasDepth && (buffers & Clear.STENCIL) === 0;
    return handles.flatMap((handle) => {
      const suffix = ` ${handle}`;
      const surface = this.#makers
        .get(setter.atom)
        ?.find(({ makes }) => makes.some((key) => key.startsWith('object ') && key.endsWith(suffix)));
      const [resource] = surface?.names.filter(isResource) ?? [];
      const made = resource === undefined ? undefined : this.#resources.get(resource);
      if (resource === undefined || made === undefined || !isWhole(made)) return [];
      return isPart && handle === zsurf && hasStencil(made) ? [] : [resource];
    });
  }

  // Copies and transfers name what they write.
  #copy(atom: Atom, command: Command, place: string): Effect {
    const fields = fieldsOf(command);
    const plain = { replaces: [], place, usesState: false };
    const { name } = command;
    if (name === 'BLIT' || name === 'RESOURCE_COPY_REGION') {
      const [source, target] = [resourceKey(fields['srcResource']), resourceKey(fields['dstResource'])];
      // A blit may obey scissor and render condition.
      return {
        ...plain,
        role: 'work',
        reads: [source, target],
        writes: [target],
        usesState: name === 'BLIT',
      };
    }
    if (name === 'RESOURCE_INLINE_WRITE' || name === 'CLEAR_TEXTURE')
      return { ...plain, role: 'work', reads: [], writes: [resourceKey(fields['resource'])] };
    if (name === 'CLEAR_SURFACE')
      return { ...plain, role: 'work', reads: [], writes: this.#reached(atom), usesState: true };
    if (name === 'TRANSFER3D' || name === 'COPY_TRANSFER3D') {
      const resource = resourceKey(fields['resource']);
      const memory = this.#withBacking(
        name === 'TRANSFER3D' ? resource : resourceKey(fields['stagingResource']),
      ).slice(1);
      return fields['direction'] === TransferDirection.TO_HOST
        ? { ...plain, role: 'work', reads: memory, writes: [resource] }
        : { ...plain, role: 'work', reads: [resource], writes: memory };
    }
    return this.#keep(place);
  }
}

/** The effects of all pieces of a trace, in order. */
export const effectsOf = (atoms: readonly Atom[]): Effect[] => {
  const reader = new EffectReader(atoms);
  return atoms.map((atom) => reader.effectOf(atom));
};
