// A worker blocks its thread in a call that never returns; the main thread ends it: ipc-blocked.cjs CALL terminate|exit PATH

const { setTimeout } = require('node:timers');
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads');
const { UnixListener, UnixSocket } = require('../../../dist/host');

const [call, way, path] = isMainThread ? process.argv.slice(2) : workerData;

const CALLS = {
  receiving: () => UnixSocket.pair('stream')[0].receiveSync(new Uint8Array(1)),
  sending: () => {
    const [near, far] = UnixSocket.pair('stream');
    near.sendSync(new Uint8Array(1 << 24));
    far.close();
  },
  accepting: () => UnixListener.listen(path).acceptSync(),
  connecting: () => {
    // Kept from the garbage collector.
    globalThis.kept = [UnixListener.listen(path, { backlog: 0 })];
    for (;;) globalThis.kept.push(UnixSocket.connect(path));
  },
};

if (isMainThread) {
  const worker = new Worker(module.filename, { workerData: [call, way, path] });
  worker.on('exit', (code) => console.log(`terminated: ${code}`));
  worker.on('message', () => {
    // By then it is in the call.
    setTimeout(() => (way === 'exit' ? process.exit(7) : worker.terminate()), 100);
  });
} else {
  parentPort.postMessage('ready');
  CALLS[call]();
}
