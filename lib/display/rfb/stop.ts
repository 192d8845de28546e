// A connection that has to end.

import type { RfbEndKind } from './options';

/** Thrown where a connection can't go on; becomes its `RfbEnd`. */
export class Stop extends Error {
  readonly kind: RfbEndKind;

  constructor(kind: RfbEndKind, reason: string) {
    super(reason);
    this.name = 'Stop';
    this.kind = kind;
  }
}

/** The viewer said something that RFB does not know, or too much of it. */
export const protocolError = (reason: string): Stop => new Stop('protocol', reason);
