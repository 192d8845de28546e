// Looking around a scene: drag to turn, wheel to come closer, Space to let it turn by itself, Home to begin again.

import type { InputSink, KeyInput, PointerInput } from '../../display';
import type { Camera } from '../example-catalogue';
import { KEYSYM } from './keys';

const LEFT_BUTTON = 1 << 0;
const WHEEL_UP = 1 << 3;
const WHEEL_DOWN = 1 << 4;
const RADIANS_PER_PIXEL = 0.008;
const RADIANS_PER_KEY = 0.1;
const TURN_PER_SECOND = 0.5;
const CLOSER = 0.9;
const DISTANCES: readonly [least: number, most: number] = [0.3, 4];
const MAX_TILT = Math.PI;
const STILL: Camera = { turn: 0, tilt: 0, distance: 1 };

const clamp = (value: number, [least, most]: readonly [number, number]): number =>
  Math.min(most, Math.max(least, value));

/** Arrow keys, as a change of the camera in steps. */
const ARROWS: Readonly<Record<number, readonly [turn: number, tilt: number]>> = {
  [KEYSYM.left]: [-1, 0],
  [KEYSYM.right]: [1, 0],
  [KEYSYM.up]: [0, 1],
  [KEYSYM.down]: [0, -1],
};

/** A camera that mouse and keyboard move. */
export class Orbit implements InputSink {
  #camera = STILL;
  #pointer: PointerInput = { x: 0, y: 0, buttons: 0 };
  #turnsByItself = true;
  #isMoved = true;

  /** Moves on by so much time. Undefined if nothing changed since it was asked for. */
  advance(seconds: number): Camera | undefined {
    if (this.#turnsByItself) this.#move(TURN_PER_SECOND * seconds, 0, 1);
    if (!this.#isMoved) return undefined;
    this.#isMoved = false;
    return this.#camera;
  }

  key({ keysym, down }: KeyInput): void {
    if (!down) return;
    const [turn, tilt] = ARROWS[keysym] ?? [0, 0];
    if (turn !== 0 || tilt !== 0) this.#hold(turn * RADIANS_PER_KEY, tilt * RADIANS_PER_KEY);
    if (keysym === KEYSYM.space) this.#turnsByItself = !this.#turnsByItself;
    if (keysym === KEYSYM.home) {
      this.#camera = STILL;
      this.#hold(0, 0);
    }
  }

  pointer(input: PointerInput): void {
    const { x, y, buttons } = this.#pointer;
    const pressed = input.buttons & ~buttons;
    this.#pointer = input;
    if ((buttons & input.buttons & LEFT_BUTTON) !== 0)
      this.#hold((x - input.x) * RADIANS_PER_PIXEL, (input.y - y) * RADIANS_PER_PIXEL);
    if ((pressed & LEFT_BUTTON) !== 0) this.#hold(0, 0);
    if ((pressed & WHEEL_UP) !== 0) this.#move(0, 0, CLOSER);
    if ((pressed & WHEEL_DOWN) !== 0) this.#move(0, 0, 1 / CLOSER);
  }

  /** Whoever takes it in the hand does not want it to turn away. */
  #hold(turn: number, tilt: number): void {
    this.#turnsByItself = false;
    this.#move(turn, tilt, 1);
  }

  #move(turn: number, tilt: number, farther: number): void {
    const camera = this.#camera;
    this.#isMoved = true;
    this.#camera = {
      turn: (camera.turn + turn) % (2 * Math.PI),
      tilt: clamp(camera.tilt + tilt, [-MAX_TILT, MAX_TILT]),
      distance: clamp(camera.distance * farther, DISTANCES),
    };
  }
}
