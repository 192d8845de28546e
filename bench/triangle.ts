// The picture that both kinds of frames show.

/** Red, green and blue corners around the centre, by x, y and red, green, blue. */
export const TRIANGLE = [
  [-0.75, -0.75, 1, 0, 0],
  [0.75, -0.75, 0, 1, 0],
  [0, 0.75, 0, 0, 1],
] as const;

/** Red, green, blue, alpha. */
export const CLEAR_COLOR = [0.125, 0.25, 0.375, 1] as const;

/** What the centre and the corner of the picture look like. */
export const TRIANGLE_PIXELS = { centre: '404080ff', corner: '204060ff' } as const;
