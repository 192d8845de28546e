// What the connection of a viewer has to tell.

import type { Size } from '../source';
import type { RfbAccess } from './access';

/** Something that happened on a viewer's connection; one line of a log. Passwords, keys and texts are never in it. */
export type RfbEvent =
  /** The handshake is done. */
  | { event: 'ready'; version: string; security: string; access: RfbAccess; shared: boolean; size: Size }
  /** A password was wrong. */
  | { event: 'denied'; security: string }
  /** What the viewer can decode, by name, in its order. */
  | { event: 'encodings'; names: readonly string[] }
  /** The viewer asked for another size of the display. */
  | {
      event: 'resize';
      width: number;
      height: number;
      answer: 'done' | 'prohibited' | 'out of resources' | 'invalid';
    }
  /** About once a second while pictures are sent. */
  | { event: 'pace'; framesPerSecond: number; bytesPerSecond: number; roundTripMs: number | undefined };
