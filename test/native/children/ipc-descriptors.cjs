// Uses sockets when the process has no file descriptors left: ipc-descriptors.cjs PATH

const { Buffer } = require('node:buffer');
const fs = require('node:fs');
const { constants } = require('node:os');
const { setImmediate } = require('node:timers');
const { EventFd, FileDescriptor, UnixListener, UnixSocket } = require('../../../dist/host');

const nameOf = (error) =>
  Object.keys(constants.errno).find((name) => constants.errno[name] === error.errno) ?? String(error);

const taken = [];
const takeAll = () => {
  for (;;) {
    try {
      taken.push(fs.openSync('/dev/null', 'r'));
    } catch {
      return;
    }
  }
};
const giveBack = (count) => {
  for (let i = 0; i < count; i += 1) fs.closeSync(taken.pop());
};

const attempt = async (call) => {
  try {
    return await call();
  } catch (error) {
    return nameOf(error);
  }
};

const main = async () => {
  const path = process.argv[2];
  const listener = UnixListener.listen(path);
  const client = UnixSocket.connect(path);
  const [near, far] = UnixSocket.pair('stream');
  const file = FileDescriptor.adopt(fs.openSync('/dev/null', 'r'));
  const into = new Uint8Array(16);
  const outcome = {};

  takeAll();
  outcome.pair = await attempt(() => UnixSocket.pair('stream'));
  outcome.connect = await attempt(() => UnixSocket.connect(path));
  outcome.eventFd = await attempt(() => EventFd.create());
  outcome.accept = await attempt(() => listener.accept());
  // The thread that waits needs some itself.
  outcome.firstWait = await attempt(() => near.receive(into));

  // Two of three fit.
  giveBack(2);
  far.sendSync(new Uint8Array(1), { fds: [file, file, file] });
  outcome.received = await attempt(() => near.receiveSync(into));
  const before = taken.length;
  takeAll();
  outcome.leaked = 2 - (taken.length - before);

  giveBack(10);
  const server = await listener.accept();
  client.sendSync(Buffer.from('hello'));
  const length = await server.receive(into);
  setImmediate(() => far.sendSync(new Uint8Array(1)));
  outcome.then = ['accepted', Buffer.from(into.subarray(0, length)).toString(), await near.receive(into)];
  giveBack(taken.length);
  listener.close();
  console.log(JSON.stringify(outcome));
};

main();
