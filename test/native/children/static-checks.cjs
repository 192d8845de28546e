// Submits streams that its parent sends, each to a context of its own, and answers how that went. It may crash.

const { NativeHost, SharedMemory } = require('../../../dist/host');

const CONTEXT = 1;
const BACKING_BYTES = 2 ** 16;

let host;
let attached = [];
let log = [];

const open = async () => {
  host = await NativeHost.open({ onLog: (text) => log.length < 40 && log.push(text) });
  // Before that, virglrenderer takes the largest texture buffer for one of 0 bytes.
  await host.fillCaps({ capsetId: 2 });
};

const begin = async (resources) => {
  for (const resourceId of attached) await host.resourceUnref({ resourceId });
  attached = [];
  for (const args of resources) {
    const memory = SharedMemory.create(BACKING_BYTES);
    const backing = [{ memory, offsetBytes: 0, lengthBytes: BACKING_BYTES }];
    // Before 1.0, memory that is given with the resource is not there for commands.
    await host.resourceCreate(args);
    attached.push(args.resourceId);
    await host.resourceAttachIov({ resourceId: args.resourceId, backing });
    memory.close();
  }
};

const submit = async (commands) => {
  log = [];
  await host.contextCreate({ contextId: CONTEXT, name: 'fault' });
  for (const resourceId of attached) await host.ctxAttachResource({ contextId: CONTEXT, resourceId });
  let outcome = { code: 'accepted' };
  try {
    await host.submitCmd({ contextId: CONTEXT, commands });
  } catch ({ code, message, commandIndex }) {
    outcome = { code, message, commandIndex };
  }
  await host.contextDestroy({ contextId: CONTEXT });
  return { ...outcome, log: log.join('') };
};

const ready = open();

process.on('message', async ({ resources, commands }) => {
  try {
    await ready;
    process.send(resources ? ((await begin(resources)) ?? {}) : await submit(commands));
  } catch (error) {
    process.send({ code: 'broken', message: String(error?.stack ?? error) });
  }
});

// Nothing else ends a process whose render thread is busy.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
