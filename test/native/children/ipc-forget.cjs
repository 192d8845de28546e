// Forgets sockets without closing them: ipc-forget.cjs PATH, with --expose-gc

const fs = require('node:fs');
const { setImmediate: turn } = require('node:timers/promises');
const { EventFd, UnixListener, UnixSocket } = require('../../../dist/host');

const countDescriptors = () => fs.readdirSync('/proc/self/fd').length;

const collect = async () => {
  for (let i = 0; i < 5; i += 1) {
    globalThis.gc();
    await turn();
  }
};

const waitOnce = async () => {
  const [near, far] = UnixSocket.pair('stream');
  const received = near.receive(new Uint8Array(1));
  far.sendSync(new Uint8Array(1));
  await received;
};

const forget = async (path) => {
  UnixListener.listen(path);
  for (let i = 0; i < 100; i += 1) {
    await waitOnce();
    EventFd.create();
    const [near, far] = UnixSocket.pair('seqpacket');
    const bell = EventFd.create();
    near.sendSync(new Uint8Array(1), { fds: [bell.duplicateFd()] });
    far.receiveSync(new Uint8Array(1));
  }
};

const main = async () => {
  const path = process.argv[2];
  await waitOnce();
  await collect();
  const before = countDescriptors();
  await forget(path);
  await collect();
  const leaked = countDescriptors() - before;
  // A promise that somebody waits for keeps its socket.
  const [near, far] = UnixSocket.pair('stream');
  const received = (() => near.receive(new Uint8Array(1)))();
  await collect();
  far.sendSync(new Uint8Array(1));
  console.log(JSON.stringify({ leaked, fileLeft: fs.existsSync(path), pendingSurvived: await received }));
};

main();
