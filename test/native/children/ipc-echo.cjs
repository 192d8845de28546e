// Sends back what comes in on descriptor 3, with descriptors, until the end: ipc-echo.cjs sync|spin|async|exit

const { FileDescriptor, UnixSocket } = require('../../../dist/host');

const [mode] = process.argv.slice(2);
const socket = UnixSocket.adopt(FileDescriptor.adopt(3));
const into = new Uint8Array(1 << 18);

const came = () => {
  const fds = [];
  for (let fd = socket.takeFd(); fd !== undefined; fd = socket.takeFd()) fds.push(fd);
  return fds;
};

const echoSync = (options) => {
  for (let length; (length = socket.receiveSync(into, options)) > 0;)
    socket.sendSync(into.subarray(0, length), { fds: came() });
};

const echoAsync = async () => {
  for (let length; (length = await socket.receive(into)) > 0;) await socket.send(into.subarray(0, length));
};

const MODES = {
  sync: () => echoSync(),
  spin: () => echoSync({ spinMicroseconds: 100 }),
  async: echoAsync,
  exit: () => socket.receiveSync(into),
};

Promise.resolve(MODES[mode]()).then(() => socket.close());
