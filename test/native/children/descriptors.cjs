// Opens a host when the process has fewer and fewer file descriptors left: each time it opens, or says why not.

const fs = require('node:fs');
const { FileDescriptor, NativeHost, SharedMemory } = require('../../../dist/host');

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

const attempt = async (left) => {
  takeAll();
  for (let i = 0; i < left; i += 1) fs.closeSync(taken.pop());
  try {
    const host = await NativeHost.open({ platform: 'surfaceless' });
    await host.close();
    return 'opened';
  } catch (error) {
    return error.code;
  }
};

const main = async () => {
  // Everything that is opened once and for all.
  await (await NativeHost.open()).close();
  const fd = FileDescriptor.adopt(fs.openSync('/dev/null', 'r'));
  const outcomes = [];
  for (let left = 0; left <= 40; left += 1) outcomes.push(await attempt(left));
  takeAll();
  const codes = [() => SharedMemory.create(4096), () => fd.duplicate()].map((make) => {
    try {
      make();
      return 'made';
    } catch (error) {
      return error.code;
    }
  });
  for (const value of taken.splice(0)) fs.closeSync(value);
  console.log(JSON.stringify({ outcomes, codes }));
};

main();
