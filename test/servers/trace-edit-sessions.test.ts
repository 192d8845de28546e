// Recorded sessions of real Mesa clients, edited: as programs they give a host the same bytes, and a frame cut out of them plays to the
// same pixels.

import { MemoryTrace, trim } from '../../lib/trace';
import { SESSIONS } from '../clients/support/sessions';
import { describeNative } from '../support/native-library';
import { openSessionHost, traceOfSession } from '../support/session-traces';
import { expectSameCalls } from '../trace/support/generated-program';

describeNative('sessions that are edited', () => {
  test.each(SESSIONS)('%s', async (name) => {
    const trace = await traceOfSession(name);
    const { counts } = await expectSameCalls(trace.list);
    expect(counts.raw).toBe(0);
    await expectSameCalls(trace.list, { classes: false });
    const frames = trace.list.filter(({ kind }) => kind === 'frame').length;
    const middle = Math.max(0, Math.floor(frames / 2) - 1);
    const result = await trim(
      trace,
      { frames: { from: middle, to: middle }, openHost: openSessionHost },
      new MemoryTrace(),
    );
    expect(result.verified?.equal).toBe(result.verified?.compared);
  });
});
