// What runs in a guest that somebody looks at: a shell on its screen, and what tells of input on stdout.

/** Each event of the tablet, as it comes. */
const TELL_OF_TABLET = `
for device in /sys/class/input/event*; do
  grep -q Tablet $device/device/name || continue
  while event=$(dd bs=24 count=1 2>/dev/null | base64) && [ -n "$event" ]; do echo "tablet $event"; done \\
    </dev/input/\${device##*/} &
done`;

/** A console whose picture stays the same unless somebody types, and a program by which its shell tells something. */
const TELL_OF_SHELL = `
echo 0 >/sys/class/graphics/fbcon/cursor_blink
: >/tmp/said
tail -f /tmp/said &
printf '#!/bin/sh\\necho "$@" >>/tmp/said\\n' >/tmp/say
chmod +x /tmp/say`;

/** As `virgl guest run --view` has it. */
const SHELL_ON_SCREEN = 'setsid -c sh -l </dev/tty1 >/dev/tty1 2>&1';

/** Ends when the shell on the screen does. */
export const SHELL_AND_TABLET = `${TELL_OF_TABLET}${TELL_OF_SHELL}
echo told of the tablet
${SHELL_ON_SCREEN}
exit $?`;

/** Linux' <linux/input-event-codes.h>. */
const EV_ABS = 3;
const EV_KEY = 1;
export const BTN_LEFT = 0x110;
const ABS_NAMES = ['x', 'y'] as const;
const ABS_MAX = 0x7fff;
/** struct input_event: the time comes first. */
const TYPE_OFFSET = 16;

/** Where the guest was told that the pointer is, as a share of the screen, and the buttons that went down. */
export interface TabletState {
  x: number;
  y: number;
  pressed: number[];
}

/** Reads what the guest told of its tablet. */
export const readTablet = (stdout: string): TabletState => {
  const state: TabletState = { x: NaN, y: NaN, pressed: [] };
  for (const [, base64] of stdout.matchAll(/^tablet (\S+)$/gm)) {
    const event = Buffer.from(base64, 'base64');
    const [type, code] = [event.readUInt16LE(TYPE_OFFSET), event.readUInt16LE(TYPE_OFFSET + 2)];
    const value = event.readInt32LE(TYPE_OFFSET + 4);
    const name = ABS_NAMES[code];
    if (type === EV_ABS && name !== undefined) state[name] = value / ABS_MAX;
    if (type === EV_KEY && value === 1) state.pressed.push(code);
  }
  return state;
};
