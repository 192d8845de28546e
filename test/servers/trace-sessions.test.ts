// Recorded sessions of real Mesa clients, played into a server whose host is recorded. What was recorded is written as a file is,
// read, and played on the host alone: the same bytes come back.

import { encodeTrace, play, TraceReader } from '../../lib/trace';
import { SESSIONS } from '../clients/support/sessions';
import { describeNative } from '../support/native-library';
import { openSessionHost, traceOfSession } from '../support/session-traces';

describeNative('sessions that are recorded and played', () => {
  test.each(SESSIONS)('%s', async (name) => {
    const trace = await traceOfSession(name);
    using reader = TraceReader.fromBytes(encodeTrace(trace.meta, trace.records()));
    await using host = await openSessionHost();
    const report = await play(reader, host, { verify: true });
    expect(report).toMatchObject({ differences: [], capsetDifferences: [] });
    expect(report.equal).toBe(report.compared);
  });
});
