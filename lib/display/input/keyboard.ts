// From what viewers say of keys to what a keyboard does. A scan code says which key it is, whatever the layout of the viewer; the
// guest's own layout decides what it means. Viewers without scan codes name a character, which is typed as on the US layout.

import type { KeyInput } from '../source';
import { keyOfScancode, type KeysymPlace, placeOfKeysym } from './key-table';

/** One key of the keyboard goes down or up. */
export interface KeyStroke {
  /** QEMU's name of the key. */
  qcode: string;
  down: boolean;
}

const SHIFTS: readonly string[] = ['shift', 'shift_r'];
const CAPS_LOCK = 'caps_lock';

const isLetter = ({ key }: KeysymPlace): boolean => /^[a-z]$/.test(key.qcode);

/** A keyboard that remembers what is down on it. */
export class Keyboard {
  readonly #down = new Set<string>();
  /** What went down for a keysym goes up for it again, even if another table would say otherwise by then. */
  readonly #byKeysym = new Map<number, string>();
  #capsLock = false;

  /** What has to be done for this; nothing for a key that no keyboard has. */
  strokes({ keysym, scancode, down }: KeyInput): KeyStroke[] {
    const physical = scancode === undefined ? undefined : keyOfScancode(scancode);
    if (physical !== undefined) return [this.#stroke(physical.qcode, down)];
    return down ? this.#press(keysym) : this.#release(keysym);
  }

  /** Lets go of everything. */
  releaseAll(): KeyStroke[] {
    this.#byKeysym.clear();
    return [...this.#down].map((qcode) => this.#stroke(qcode, false));
  }

  #stroke(qcode: string, down: boolean): KeyStroke {
    if (down && qcode === CAPS_LOCK && !this.#down.has(qcode)) this.#capsLock = !this.#capsLock;
    if (down) this.#down.add(qcode);
    else this.#down.delete(qcode);
    return { qcode, down };
  }

  #press(keysym: number): KeyStroke[] {
    const place = placeOfKeysym(keysym);
    if (place === undefined) return [];
    const { qcode } = place.key;
    this.#byKeysym.set(keysym, qcode);
    const stroke = this.#stroke(qcode, true);
    if (place.shift === undefined) return [stroke];
    const held = SHIFTS.filter((shift) => this.#down.has(shift));
    const needsShift = place.shift !== (isLetter(place) && this.#capsLock);
    if (needsShift === held.length > 0) return [stroke];
    // The viewer's layout has this character elsewhere: Shift is changed around the key and is as it was behind it.
    const changed = needsShift ? SHIFTS.slice(0, 1) : held;
    return [
      ...changed.map((shift) => ({ qcode: shift, down: needsShift })),
      stroke,
      ...changed.map((shift) => ({ qcode: shift, down: !needsShift })),
    ];
  }

  #release(keysym: number): KeyStroke[] {
    const qcode = this.#byKeysym.get(keysym) ?? placeOfKeysym(keysym)?.key.qcode;
    this.#byKeysym.delete(keysym);
    return qcode === undefined ? [] : [this.#stroke(qcode, false)];
  }
}
