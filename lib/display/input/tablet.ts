// From what viewers say of the mouse to what a tablet does: absolute places, and buttons one by one. The wheel is buttons, as in RFB.

import type { PointerInput, Size } from '../source';

/** An event of `input-send-event` (qapi/ui.json, `InputEvent`) that is not about a key. */
export type TabletEvent =
  | { type: 'abs'; data: { axis: 'x' | 'y'; value: number } }
  | { type: 'btn'; data: { button: string; down: boolean } };

/** `InputButton` by the bit in RFB's mask. */
const BUTTONS = [
  'left',
  'middle',
  'right',
  'wheel-up',
  'wheel-down',
  'wheel-left',
  'wheel-right',
  'side',
  'extra',
] as const;

/** QEMU's axes go from 0 to 32767 (`INPUT_EVENT_ABS_MAX`). */
const AXIS_STEPS = 0x8000;

/** The middle of a pixel, so that it stays the same pixel whichever way a guest rounds. */
export const axisValue = (pixel: number, pixels: number): number => {
  const inside = Math.min(Math.max(Math.floor(pixel), 0), pixels - 1);
  return pixels < 1 ? 0 : Math.floor(((inside + 0.5) * AXIS_STEPS) / pixels);
};

/** A tablet that remembers which of its buttons are down. */
export class Tablet {
  #buttons = 0;

  /** What has to be told for this. */
  events({ x, y, buttons }: PointerInput, { width, height }: Size): TabletEvent[] {
    const changed = buttons ^ this.#buttons;
    this.#buttons = buttons;
    const axis = (name: 'x' | 'y', value: number): TabletEvent => ({
      type: 'abs',
      data: { axis: name, value },
    });
    return [
      axis('x', axisValue(x, width)),
      axis('y', axisValue(y, height)),
      ...BUTTONS.flatMap((button, bit): TabletEvent[] =>
        ((changed >> bit) & 1) === 0
          ? []
          : [{ type: 'btn', data: { button, down: ((buttons >> bit) & 1) === 1 } }],
      ),
    ];
  }
}
