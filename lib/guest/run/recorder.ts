// Recording guests: the same for guests of ours and for those of others.

import path from 'node:path';
import { recordSessions } from '../../trace';

/** Keeps a trace of each guest of a server: in `file`, then with `.2` before the extension, and so on. */
export const recordGuests = (file: string): ReturnType<typeof recordSessions> =>
  // What a guest flushes to a display is a frame; nothing else says so better.
  recordSessions({ file: path.resolve(file), flags: ['threadSync'], record: { frames: 'none' } });
