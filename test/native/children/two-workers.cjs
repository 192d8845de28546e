// Two workers want the one renderer of the process, first at the same time, then one after the other.

const { isMainThread, parentPort, Worker } = require('node:worker_threads');
const { openReady } = require('./stages.cjs');

const ask = (worker, what) =>
  new Promise((resolve) => {
    worker.once('message', resolve);
    worker.postMessage(what);
  });

const main = async () => {
  const [first, second] = [new Worker(module.filename), new Worker(module.filename)];
  console.log('first opens:', await ask(first, 'open'));
  console.log('second opens:', await ask(second, 'open'));
  console.log('first closes:', await ask(first, 'close'));
  console.log('second opens:', await ask(second, 'open'));
  console.log('first opens:', await ask(first, 'open'));
  await Promise.all([first.terminate(), second.terminate()]);
};

const serve = () => {
  let host;
  const answers = { open: async () => (host = await openReady()), close: () => host.close() };
  parentPort.on('message', (what) => {
    answers[what]().then(
      () => parentPort.postMessage('done'),
      ({ code, message }) => parentPort.postMessage(`${code} ${message}`),
    );
  });
};

if (isMainThread) main();
else serve();
