// A display, and viewers on it, without a network.

import { duplexPair } from 'node:stream';
import { Display, type RfbEnd, type RfbEvent, type RfbOptions, serveRfbConnection } from 'virgl/display';
import type { TestPattern } from './test-pattern';
import { TestViewer } from './test-viewer';

/** A viewer's connection. */
export interface Connected {
  viewer: TestViewer;
  ended: Promise<RfbEnd>;
  events: RfbEvent[];
}

/** Connects a viewer that has not said anything yet. */
export const connect = (display: Display, options: Partial<RfbOptions> = {}): Connected => {
  const [near, far] = duplexPair();
  const events: RfbEvent[] = [];
  const ended = serveRfbConnection(near, { display, onEvent: (event) => events.push(event), ...options });
  return { viewer: new TestViewer(far), ended, events };
};

/** A display that encodes on this thread, and a viewer that was let in. Ends both. */
export const withViewer = async (
  source: TestPattern,
  use: (connected: Connected & { display: Display }) => Promise<void>,
  options: Partial<RfbOptions> = {},
): Promise<void> => {
  using display = new Display(source, { encoderThreads: 0 });
  const connected = connect(display, options);
  await connected.viewer.open();
  await use({ ...connected, display });
  connected.viewer.stream.end();
  await connected.ended;
};
