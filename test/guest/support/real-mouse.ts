// A mouse under Xvfb. `xdotool mousemove` warps the pointer, which is no event of a device: viewers that look at devices (TigerVNC's, for
// touch) pass over it. A relative movement comes from XTEST's device.

/** Runs xdotool on a display, and returns what it says. */
export type Xdotool = (...words: string[]) => string;

/** Moves the mouse to a place on the screen as a hand does. */
export const moveMouse = (xdotool: Xdotool, { x, y }: { x: number; y: number }): void => {
  const [, nowX, nowY] = /x:(\d+) y:(\d+)/.exec(xdotool('getmouselocation')) ?? [];
  xdotool('mousemove_relative', '--', String(x - Number(nowX)), String(y - Number(nowY)));
};
