// Listens at a path and says how that went, until its input ends: ipc-listen.cjs PATH

const { constants } = require('node:os');
const { UnixListener } = require('../../../dist/host');

let listener;
let said = 'listening';
try {
  listener = UnixListener.listen(process.argv[2]);
} catch (error) {
  said = Object.keys(constants.errno).find((name) => constants.errno[name] === error.errno) ?? error.message;
}
process.stdout.write(said);
process.stdin.on('end', () => listener?.close()).resume();
