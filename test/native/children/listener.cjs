// A log listener that throws: listener.cjs [catch]. With `catch` the error is taken, and the host must go on.

const { openReady, proveRenders } = require('./stages.cjs');

let caught = 0;
if (process.argv[2] === 'catch') process.on('uncaughtException', () => (caught += 1));

const onLog = () => {
  throw new Error('thrown by the listener');
};

openReady({ onLog }).then(async (host) => {
  await host.close();
  await proveRenders();
  console.log(caught > 0 ? 'went on' : 'nothing was logged');
});
