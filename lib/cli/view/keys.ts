// Keys that `virgl view` itself understands, by X11's keysyms (keysymdef.h).

/** By name. */
export const KEYSYM = {
  space: 0x20,
  home: 0xff50,
  left: 0xff51,
  up: 0xff52,
  right: 0xff53,
  down: 0xff54,
} as const;
