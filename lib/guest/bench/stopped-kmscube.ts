// kmscube, held at one of its frames. It turns its cube by a frame counter, so that equal frames are equal pictures everywhere.

import { whileRunning } from '../machine/while-running';
import type { Guest } from '../machine/guest';

/** Frames that it could go on for. */
const REST = 100;

// kmscube waits for each flip by one select: it is stopped when it waits for the frame's.
const script = (frame: number): string => `
  rm -f /tmp/strace
  exec 7<&0
  strace -qq -o /tmp/strace -e trace=select,pselect6 \\
    -e inject=select,pselect6:signal=SIGSTOP:when=${frame + 1} kmscube -c ${frame + REST} <&7 >/dev/null 2>&1 &
  until grep -q 'SIGSTOP' /tmp/strace 2>/dev/null; do sleep 0.1; done
  sleep 1
  echo shown
  wait`;

/**
 * Has a guest draw kmscube up to a frame (from 0), does something while that is on its screen, and ends it.
 * @returns what was done
 */
export const atKmscubeFrame = <T>(guest: Guest, frame: number, act: () => Promise<T>): Promise<T> =>
  whileRunning(guest, script(frame), 'shown', act);
