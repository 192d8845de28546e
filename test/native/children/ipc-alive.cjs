// Waits for descriptor 3, or doesn't: ipc-alive.cjs receive|forget|throw

const { FileDescriptor, UnixSocket } = require('../../../dist/host');

const socket = UnixSocket.adopt(FileDescriptor.adopt(3));
const into = new Uint8Array(8);
const ready = () => socket.sendSync(new Uint8Array(1));
const receive = async () => {
  const received = socket.receive(into);
  ready();
  console.log(`received ${await received}`);
};

const WAYS = {
  receive,
  forget: async () => {
    const [near, far] = UnixSocket.pair('stream');
    const received = near.receive(into);
    far.sendSync(new Uint8Array(1));
    await received;
    globalThis.kept = [near, far, socket];
  },
  throw: () => {
    process.on('uncaughtException', (error) => {
      console.log(`caught ${error.message}`);
      receive();
    });
    const received = socket.receive(into);
    ready();
    received.then(() => {
      throw new Error('thrown on purpose');
    });
  },
};

WAYS[process.argv[2]]();
