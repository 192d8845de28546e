// Leaves this process, or workers of it, at a stage: ipc-leave.cjs STAGE exit|throw|workers PATH

const { setInterval, setImmediate } = require('node:timers');
const { isMainThread, parentPort, threadId, Worker, workerData } = require('node:worker_threads');
const { EventFd, UnixListener, UnixSocket } = require('../../../dist/host');

const [stage, way, path] = isMainThread ? process.argv.slice(2) : workerData;
const ignore = () => undefined;
// Kept from the garbage collector.
const kept = [];
const pair = (type) => {
  const both = UnixSocket.pair(type);
  kept.push(...both);
  return both;
};
const receive = (socket) => socket.receive(new Uint8Array(1));
const talk = async (near, far) => {
  for (;;) {
    await near.send(new Uint8Array(1));
    await receive(far);
  }
};

// Each starts and returns without waiting for the end.
const STAGES = {
  idle: async () => {
    const [near, far] = pair('stream');
    setImmediate(() => far.sendSync(new Uint8Array(1)));
    await receive(near);
  },
  'receive pending': () => void receive(pair('stream')[0]).catch(ignore),
  'send pending': () =>
    void pair('stream')[0]
      .send(new Uint8Array(1 << 24))
      .catch(ignore),
  'accept pending': () => {
    const listener = UnixListener.listen(`${path}.${threadId}`);
    kept.push(listener);
    listener.accept().catch(ignore);
  },
  'bell awaited': () => {
    kept.push(EventFd.create());
    kept.at(-1).wait().catch(ignore);
  },
  'many pending': () => {
    for (let i = 0; i < 200; i += 1) receive(pair('seqpacket')[0]).catch(ignore);
  },
  talking: () => {
    const [near, far] = pair('stream');
    const [other, end] = pair('stream');
    talk(near, far).catch(ignore);
    // Both directions wait for the thread.
    const answer = async () => {
      for (;;) {
        await receive(end);
        await end.send(new Uint8Array(1));
      }
    };
    const ask = async () => {
      for (;;) {
        const answered = receive(other);
        await other.send(new Uint8Array(1));
        await answered;
      }
    };
    answer().catch(ignore);
    ask().catch(ignore);
  },
  'closed while pending': () => {
    for (let i = 0; i < 20; i += 1) {
      const [near, far] = pair('stream');
      receive(near).catch(ignore);
      far.sendSync(new Uint8Array(1));
      near.close();
    }
  },
};

const throwLater = () =>
  setImmediate(() => {
    throw new Error('thrown on purpose');
  });

const WAYS = {
  exit: () => process.exit(isMainThread ? 7 : 5),
  throw: throwLater,
  terminate: () => {
    setInterval(ignore, 1000);
    parentPort.postMessage('ready');
  },
};

const leave = (workersWay) =>
  new Promise((resolve) => {
    const worker = new Worker(module.filename, { workerData: [stage, workersWay, path] });
    let failure = '';
    worker.on('message', () => worker.terminate());
    worker.on('error', (error) => (failure = error.message));
    worker.on('exit', (code) => resolve(`${workersWay}: ${code} ${failure}`.trim()));
  });

const workers = async () => {
  for (const each of Object.keys(WAYS)) console.log(await leave(each));
  const [near, far] = pair('stream');
  setImmediate(() => far.sendSync(new Uint8Array(1)));
  if ((await receive(near)) === 1) console.log('goes on');
  process.exit(7);
};

if (way === 'workers') workers();
else Promise.resolve(STAGES[stage]()).then(WAYS[way]);
