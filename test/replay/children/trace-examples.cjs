// Records every example on the installed library, in small, plays each recording and tells its parent how that went.

const { NativeHost, Renderer } = require('../../../dist');
const { EXAMPLES } = require('../../../dist/examples/catalogue.js');
const { play } = require('../../../dist/trace/play/player.js');
const { keepRecord } = require('../../../dist/trace/record/record-queue.js');
const { RecordingHost } = require('../../../dist/trace/record/recording-host.js');

const SIZE = { width: 96, height: 72 };

const record = async (name) => {
  const list = [];
  const trace = {
    meta: { writer: 'test', recordedAt: '' },
    records: () => list,
    append: (record) => void list.push(keepRecord(record)),
    close: () => Promise.resolve(),
  };
  const renderer = await Renderer.open({ host: new RecordingHost(await NativeHost.open(), trace) });
  const { render } = await EXAMPLES[name].load();
  await render(renderer, SIZE, () => undefined);
  await renderer.close();
  return trace;
};

const main = async () => {
  for (const name of Object.keys(EXAMPLES)) {
    const trace = await record(name);
    const host = await NativeHost.open();
    const report = await play(trace, host, { verify: true });
    await host.close();
    process.send({ name, report });
  }
  process.disconnect();
};

void main();
