// Opens a renderer in another process, says which, and ends without closing it.

const { execFileSync } = require('node:child_process');
const { Renderer } = require('../../../dist/index.js');

const [how] = process.argv.slice(2);

(async () => {
  const renderer = await Renderer.open({ isolation: 'process' });
  const context = await renderer.createContext();
  await context.finished();
  const pids = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('worker.js'))
    .map((line) => Number.parseInt(line, 10));
  process.stdout.write(`${pids.join(' ')}\n`, () => {
    if (how === 'exit') process.exit(0);
    if (how === 'kill') process.kill(process.pid, 'SIGKILL');
    process.nextTick(() => {
      throw new Error('on purpose');
    });
  });
})();
