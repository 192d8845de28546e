// Lets workers leave at a stage, each in another way, one after the other; then renders on the main thread and exits with 7.
//   leave-worker.cjs STAGE

const { setInterval } = require('node:timers');
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads');
const { proveRenders, STAGES, throwLater } = require('./stages.cjs');

const stage = process.argv[2];

// In the worker.
const WAYS = {
  exit: () => process.exit(5),
  end: () => parentPort.unref(),
  throw: throwLater,
  terminate: () => {
    // Or a worker with nothing left to do ends by itself before it is terminated.
    setInterval(() => undefined, 1000);
    parentPort.postMessage('ready');
  },
};

const leave = (way) =>
  new Promise((resolve) => {
    const worker = new Worker(module.filename, { workerData: { stage, way } });
    let failure = '';
    worker.on('message', () => worker.terminate());
    worker.on('error', (error) => (failure = error.message));
    worker.on('exit', (code) => resolve(`${way}: ${code} ${failure}`.trim()));
  });

const main = async () => {
  for (const way of Object.keys(WAYS)) console.log(await leave(way));
  await proveRenders();
  console.log('renders');
  process.exit(7);
};

if (isMainThread) main();
else STAGES[workerData.stage]().then(WAYS[workerData.way]);
