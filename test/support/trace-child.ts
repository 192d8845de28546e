// A process that records and is killed, crashes, or ends without closing its trace. Run with a file, a number of records, and what it does then.

import { execFileSync } from 'node:child_process';
import { TraceWriter } from '../../lib/trace/format/trace-writer';

const [, , file = '', count = '0', end = ''] = process.argv;
const writer = TraceWriter.create(file, { writer: 'test', recordedAt: '' });
for (let number = 0; number < Number(count); number += 1)
  writer.append({ kind: 'marker', text: `before ${number}: ${'x'.repeat(number % 100)}` });
// From here on this thread never turns its event loop again.
if (end === 'exit') process.exit(3);
if (end === 'return') {
  // The end of the script is the end of the process: the writer does not hold it.
} else {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150);
  for (let number = 0; number < 10; number += 1) writer.append({ kind: 'marker', text: `late ${number}` });
  if (end.startsWith('SIG')) process.kill(process.pid, end);
  if (end === 'kill-in-system-call') execFileSync('/bin/sh', ['-c', `kill -9 ${process.pid}; sleep 5`]);
  process.kill(process.pid, 'SIGKILL');
}
