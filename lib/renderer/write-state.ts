// Writes a context's state into commands, in one order.

import { invalidArgument } from '../protocol/error';
import { checkList, checkObject } from './check-input';
import type { ContextState, StateTarget } from './context-state';
import { Surface } from './objects';
import { Resource } from './resource';
import { CLEARERS, FRAMEBUFFER_KEYS, OPERATION, type Setter, SETTERS } from './state-setters';

type Key = keyof ContextState;

const KEYS = Object.keys(SETTERS) as readonly Key[];

const ORDER: ReadonlyMap<Key, number> = new Map(KEYS.map((key, index) => [key, index]));
/** Where a key stands among those that are written together. */
export const stateOrder = (key: Key): number => ORDER.get(key) ?? KEYS.length;

/** The keys in the order of {@link SETTERS}. */
const inOrder = (keys: Key[]): Key[] => {
  // Mostly they are already: that is found out faster than by sorting.
  let last = -1;
  for (const key of keys) {
    const order = stateOrder(key);
    if (order < last) return keys.sort((a, b) => stateOrder(a) - stateOrder(b));
    last = order;
  }
  return keys;
};

/** The rectangle of the first attachment, when a framebuffer comes without a viewport. */
export const withViewport = (state: ContextState): ContextState => {
  checkObject(OPERATION, 'state', state);
  const { framebuffer, viewport } = state;
  if (framebuffer === undefined) return state;
  checkObject(OPERATION, 'framebuffer', framebuffer, FRAMEBUFFER_KEYS);
  const { color = [], depthStencil } = framebuffer;
  checkList(OPERATION, 'framebuffer.color', color);
  if (viewport !== undefined) return state;
  const first = [...color, depthStencil].find((attachment) => attachment != null);
  if (first instanceof Surface) return { ...state, viewport: first.size };
  if (!(first instanceof Resource)) return state;
  const { width, height } = first.descriptor;
  return { ...state, viewport: { width, height } };
};

/**
 * Writes state into commands.
 * @throws VirglError after which the commands are of no use
 */
export const writeState = (target: StateTarget, state: ContextState): void => {
  checkObject(OPERATION, 'state', state, KEYS);
  // There are few: to look up each key that there could be would take longer.
  for (const key of inOrder(Object.keys(state) as Key[])) {
    const value = state[key];
    if (value === undefined) continue;
    if (value !== null) {
      (SETTERS[key] as Setter<typeof key>)(target, value);
      continue;
    }
    const clear = CLEARERS[key];
    if (clear === undefined) throw invalidArgument(OPERATION, key, 'a value', value);
    clear(target);
  }
};
