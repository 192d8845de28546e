// What the command streams of one context draw to, and what they move between resources and backings. Every submit is walked
// by its headers; only the few commands that matter here are decoded.

import { PumpCommandKind as Kind } from '../../host';
import { Clear, CopyTransferFlag, type Command, decode, QueryType, TransferDirection } from '../../protocol';
import { opcodeOf, parseHeader, payloadDwords } from '../../protocol/header';
import type { Region } from '../../vtest/host/layout';
import { CLEARED_DWORD, COMMAND_KINDS, WATCHED_OBJECTS } from './stream-rules';

/** A transfer inside a stream: between a resource and the backing of (mostly) the same one. */
export interface StreamTransfer extends Region {
  toHost: boolean;
  resourceId: number;
  backingId: number;
  stride: number;
  layerStride: number;
  offset: number;
}

/** What a stream does, as far as it matters to whoever watches. */
export interface StreamEffects {
  readonly transfers: StreamTransfer[];
  /** Resources whose level 0 is cleared, or drawn to, as a colour target; the last one last. */
  readonly cleared: Set<number>;
  readonly drawn: Set<number>;
  /** Buffers for answers that are different each time. */
  readonly moody: Set<number>;
}

/** A surface: what of a resource is drawn to. */
interface Target {
  resourceId: number;
  isWhole: boolean;
}

/** What is drawn to in the current sub-context. */
export interface DrawingState {
  subContextId: number;
  /** By handle. */
  surfaces: ReadonlyMap<number, Readonly<Target>>;
  /** Resources of the colour buffers of the framebuffer. */
  targets: readonly number[];
}

interface SubContext {
  surfaces: Map<number, Target>;
  /** Resources of the colour buffers of the framebuffer. */
  targets: readonly number[];
}

const CLOCKS: readonly number[] = [QueryType.TIMESTAMP, QueryType.TIMESTAMP_DISJOINT, QueryType.TIME_ELAPSED];

const newSubContext = (): SubContext => ({ surfaces: new Map(), targets: [] });

/** Follows the streams of one context. */
export class ContextWatch {
  readonly #subs = new Map<number, SubContext>([[0, newSubContext()]]);
  #currentId = 0;
  #current = this.#subs.get(0) as SubContext;

  /** What streams depend on that only clear and draw. */
  lend(): DrawingState {
    const { surfaces, targets } = this.#current;
    return { subContextId: this.#currentId, surfaces, targets };
  }

  /** Such streams have set what is drawn to. */
  takeBack(targets: readonly number[]): void {
    this.#current.targets = targets;
  }

  /** Walks a stream to its end, or to where nobody could find the next command. */
  walk(words: Uint32Array): StreamEffects {
    const effects: StreamEffects = { transfers: [], cleared: new Set(), drawn: new Set(), moody: new Set() };
    // Draws to the same targets as the draw before add nothing.
    let drawnTargets: readonly number[] | undefined;
    for (let at = 0; at < words.length;) {
      const header = words[at];
      const end = at + 1 + payloadDwords(header);
      if (end > words.length) break;
      const kind = COMMAND_KINDS[opcodeOf(header)];
      if (kind === Kind.draws) {
        if (drawnTargets !== this.#current.targets) {
          drawnTargets = this.#current.targets;
          for (const id of drawnTargets) draw(effects, id);
        }
      } else if (kind === Kind.clears) {
        if (at + CLEARED_DWORD < end && (words[at + CLEARED_DWORD] & Clear.COLOR) !== 0)
          for (const id of this.#current.targets) clear(effects, id);
        drawnTargets = undefined;
      } else if (
        kind === Kind.object ? WATCHED_OBJECTS.includes(parseHeader(header).objectType) : kind !== Kind.plain
      ) {
        for (const command of decode(words.subarray(at, end), { onError: 'raw' }))
          this.#apply(command, effects);
        drawnTargets = undefined;
      }
      at = end;
    }
    return effects;
  }

  #apply(command: Command, effects: StreamEffects): void {
    switch (command.name) {
      case 'SET_FRAMEBUFFER_STATE':
        return this.#setTargets(command.fields.colorBuffers);
      case 'CLEAR_TEXTURE':
        return command.fields.level === 0 ? draw(effects, command.fields.resource) : undefined;
      case 'BLIT':
      case 'RESOURCE_COPY_REGION':
        return command.fields.dstLevel === 0 ? draw(effects, command.fields.dstResource) : undefined;
      case 'TRANSFER3D': {
        const { resource, direction, ...fields } = command.fields;
        const toHost = direction === TransferDirection.TO_HOST;
        effects.transfers.push({ ...fields, toHost, resourceId: resource, backingId: resource });
        return;
      }
      case 'COPY_TRANSFER3D': {
        const { resource, stagingResource, stagingOffset, flags, ...fields } = command.fields;
        const toHost = (flags & CopyTransferFlag.READ_FROM_HOST) === 0;
        effects.transfers.push({
          ...fields,
          toHost,
          resourceId: resource,
          backingId: stagingResource,
          offset: stagingOffset,
        });
        return;
      }
      case 'SET_SUB_CTX':
        return this.#switch(command.fields.id);
      case 'CREATE_SUB_CTX':
        if (!this.#subs.has(command.fields.id)) this.#subs.set(command.fields.id, newSubContext());
        return this.#switch(command.fields.id);
      case 'DESTROY_SUB_CTX':
        if (command.fields.id === 0) return;
        if (command.fields.id === this.#currentId) this.#switch(0);
        this.#subs.delete(command.fields.id);
        return;
      case 'GET_MEMORY_INFO':
        effects.moody.add(command.fields.resource);
        return;
      case 'CREATE_OBJECT':
        return this.#create(command, effects);
      case 'DESTROY_OBJECT':
        this.#current.surfaces.delete(command.fields.handle);
        return;
      default:
        return;
    }
  }

  #create(command: Command & { name: 'CREATE_OBJECT' }, effects: StreamEffects): void {
    if (command.object === 'SURFACE' || command.object === 'MSAA_SURFACE') {
      const { handle, resource, level = 0, firstLayer = 0 } = command.fields;
      this.#current.surfaces.set(handle, { resourceId: resource, isWhole: level === 0 && firstLayer === 0 });
    } else if (command.object === 'QUERY' && CLOCKS.includes(command.fields.queryType)) {
      effects.moody.add(command.fields.resource);
    }
  }

  #setTargets(handles: readonly number[]): void {
    const { surfaces } = this.#current;
    const targets = handles
      .map((handle) => surfaces.get(handle))
      .filter((target) => target?.isWhole === true);
    this.#current.targets = targets.map((target) => target?.resourceId ?? 0);
  }

  #switch(id: number): void {
    const sub = this.#subs.get(id);
    if (sub === undefined) return;
    this.#currentId = id;
    this.#current = sub;
  }
}

/** Sets keep the order in which things came; what comes again is the last then. */
const draw = ({ drawn }: StreamEffects, id: number): void => {
  drawn.delete(id);
  drawn.add(id);
};

const clear = (effects: StreamEffects, id: number): void => {
  effects.cleared.add(id);
  draw(effects, id);
};
