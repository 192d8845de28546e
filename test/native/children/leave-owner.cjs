// Leaves the process by process.exit(7) on the main thread while a worker owns the host: leave-owner.cjs STAGE

const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads');
const { STAGES } = require('./stages.cjs');

if (isMainThread) {
  new Worker(module.filename, { workerData: process.argv[2] }).on('message', () => process.exit(7));
} else {
  STAGES[workerData]().then(() => parentPort.postMessage('ready'));
}
