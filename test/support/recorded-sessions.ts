// What the examples send, recorded: for each context the resources that are attached to it and one stream of its commands.

import { fork } from 'node:child_process';
import path from 'node:path';
import type { ResourceCreateArgs } from '../../lib/host';
import { type Command, decode, encode } from '../../lib/protocol';

/** One context from its beginning. */
export interface Session {
  name: string;
  /** Everything that the stream names. */
  resources: ResourceCreateArgs[];
  stream: Uint32Array;
}

/** As children/static-checks-record.cjs sends it. */
interface Recording extends Omit<Session, 'stream'> {
  streams: Uint32Array[];
}

const SCRIPT = path.join(__dirname, '..', 'native', 'children', 'static-checks-record.cjs');
// Longer ones are data, which is cheaper to leave out than to send again with every mutation.
const LONGEST_COMMAND_DWORDS = 600;
const LONGEST_STREAM_DWORDS = 2000;
// Larger resources are made smaller: nobody looks at what is in them.
const LARGEST_TEXELS = 2 ** 22;
const SMALL_WIDTH = 2 ** 16;

const texels = ({ width, height = 1, depth = 1, arraySize = 1 }: ResourceCreateArgs): number =>
  width * height * depth * arraySize;

// The first commands, as many as a stream may have; those of data only are left out.
const cut = (commands: Iterable<Command>): Uint32Array => {
  const kept: Command[] = [];
  let dwords = 0;
  for (const command of commands) {
    if (command.lengthDwords > LONGEST_COMMAND_DWORDS) continue;
    dwords += command.lengthDwords + 1;
    if (dwords > LONGEST_STREAM_DWORDS) break;
    kept.push(command);
  }
  return encode(kept);
};

const sessionOf = ({ name, resources, streams }: Recording): Session => ({
  name,
  resources: resources.map((shape) =>
    texels(shape) > LARGEST_TEXELS ? { ...shape, width: SMALL_WIDTH } : shape,
  ),
  // Jest has typed arrays of its own.
  stream: cut(streams.flatMap((stream) => [...decode(Uint32Array.from(stream))])),
});

const runExamples = (): Promise<Recording[]> =>
  new Promise((resolve, reject) => {
    const recordings: Recording[] = [];
    const child = fork(SCRIPT, {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.on('message', (recording) => recordings.push(recording as Recording));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(recordings);
      else reject(new Error(`${SCRIPT} ended with ${code}`));
    });
  });

/** Runs the examples on the installed library, in small, in a process of their own. */
export const recordExamples = async (): Promise<Session[]> => {
  const recordings = await runExamples();
  return recordings.filter(({ streams }) => streams.length > 0).map(sessionOf);
};
