// Checks of numbers that hosts hand to GL as they are: only builds with CHECK_GL_ERRORS refuse what GL does not take.
// Facts: the OpenGL 4.5 specification, errors of glViewport, glScissor, glDrawArrays, glPointSize, glDispatchCompute.

import { Primitive } from '../enums';
import { listAt, numberAt, type Check } from './site';

// GL counts in signed numbers.
const MOST = 0x7fffffff;
/** What every GL takes for the groups of a grid in one direction. */
const MOST_GROUPS = 0xffff;
const OLD_PRIMITIVES: readonly number[] = [Primitive.QUADS, Primitive.QUAD_STRIP, Primitive.POLYGON];

interface Viewport {
  readonly scale: readonly number[];
  readonly translate: readonly number[];
}

interface Scissor {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

const checkViewports: Check = ({ values, report }) => {
  listAt<Viewport>(values, 'viewports').forEach(({ scale: [width = 0, height = 0] }, index) => {
    // The height may be negative, which flips the picture; both are halves.
    const fits = width >= 0 && 2 * width <= MOST && Math.abs(2 * height) <= MOST;
    if (fits) return;
    const message = `expected a width from 0 and sizes that a window can have but found half sizes of ${width} and ${height}`;
    report('gl-value', message, `viewports[${index}].scale`);
  });
};

const checkScissors: Check = ({ values, report }) => {
  listAt<Scissor>(values, 'scissors').forEach(({ minX, minY, maxX, maxY }, index) => {
    if (maxX < minX)
      report('gl-value', `expected at least ${minX} but found ${maxX}`, `scissors[${index}].maxX`);
    if (maxY < minY)
      report('gl-value', `expected at least ${minY} but found ${maxY}`, `scissors[${index}].maxY`);
  });
};

const atMost =
  (most: number, ...fields: readonly string[]): Check =>
  ({ values, report }) => {
    for (const field of fields) {
      const value = numberAt(values, field);
      if (value > most) report('gl-value', `expected up to ${most} but found ${value}`, field);
    }
  };

// A NaN is no size either.
const notNegative =
  (...fields: readonly string[]): Check =>
  ({ values, report }) => {
    for (const field of fields) {
      const value = numberAt(values, field);
      if (!(value >= 0)) report('gl-value', `expected a size from 0 but found ${value}`, field);
    }
  };

const checkPrimitive: Check = ({ values, report }) => {
  if (OLD_PRIMITIVES.includes(numberAt(values, 'mode')))
    report('gl-value', 'expected no QUADS, QUAD_STRIP or POLYGON, which core profiles don’t have', 'mode');
};

const checkGroups: Check = ({ values, report }) => {
  listAt<number>(values, 'grid').forEach((groups, index) => {
    if (groups <= MOST_GROUPS) return;
    report('gl-value', `expected up to ${MOST_GROUPS} groups but found ${groups}`, `grid[${index}]`);
  });
};

/** Checks by full name of the command. */
export const GL_VALUE_CHECKS: Readonly<Record<string, readonly Check[]>> = {
  SET_VIEWPORT_STATE: [checkViewports],
  SET_SCISSOR_STATE: [checkScissors],
  DRAW_VBO: [checkPrimitive, atMost(MOST, 'start', 'count', 'instanceCount', 'countFromSo')],
  LAUNCH_GRID: [checkGroups],
  'CREATE_OBJECT RASTERIZER': [notNegative('pointSize', 'lineWidth')],
};
