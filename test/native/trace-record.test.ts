// Recorded examples, played again: every read-back and every picture the same.

import { NativeHost, type RenderHost } from '../../lib/host';
import { Renderer } from '../../lib/renderer';
import { play } from '../../lib/trace/play/player';
import { RecordingHost } from '../../lib/trace/record/recording-host';
import { ListTrace } from '../trace/list-trace';
import { describeNative } from '../support/native-library';
import { EXAMPLES } from '../../examples/catalogue';

const SIZE = { width: 96, height: 72 };

const record = async (name: keyof typeof EXAMPLES): Promise<ListTrace> => {
  const trace = new ListTrace();
  const host = new RecordingHost(await NativeHost.open(), trace);
  const renderer = await Renderer.open({ host });
  const { render } = await EXAMPLES[name].load();
  await render(renderer as never, SIZE, () => undefined);
  await renderer.close();
  return trace;
};

const onNative = async <Result>(use: (host: RenderHost) => Promise<Result>): Promise<Result> => {
  await using host = await NativeHost.open();
  return await use(host);
};

describeNative('recorded examples', () => {
  test.each(Object.keys(EXAMPLES) as (keyof typeof EXAMPLES)[])('%s', async (name) => {
    const trace = await record(name);
    const report = await onNative((host) => play(trace, host, { verify: true }));
    console.log(name, JSON.stringify({ ...report, differences: report.differences.slice(0, 3) }), trace.list.length);
    expect(report.differences).toEqual([]);
    expect(report.compared).toBeGreaterThan(0);
    expect(report.equal).toBe(report.compared);
    expect(report.frames).toBeGreaterThan(0);
    expect(report.isGood).toBe(true);
    expect(trace.isClosed).toBe(true);
  });
});
