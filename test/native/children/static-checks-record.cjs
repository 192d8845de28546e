// Runs the examples in small on the installed library and tells its parent what they send: per context its commands and the
// resources that are attached to it.

const { NativeHost, Renderer, RenderHostCallsBase } = require('../../../dist');
const { EXAMPLES } = require('../../../dist/examples/catalogue.js');

const SIZE = { width: 32, height: 24 };

// Passes every call on, and keeps what is wanted of it.
class RecordingHost extends RenderHostCallsBase {
  constructor(inner) {
    super();
    this.inner = inner;
    this.features = inner.features;
    this.resources = new Map();
    this.contexts = new Map();
  }

  counts() {
    return this.inner.counts();
  }

  close() {
    return this.inner.close();
  }

  perform(name, args) {
    const { contextId, resourceId, commands } = args;
    const context = this.contexts.get(contextId);
    if (name === 'contextCreate') this.contexts.set(contextId, { attached: new Set(), streams: [] });
    if (name === 'resourceCreate') this.resources.set(resourceId, { ...args, backing: undefined });
    if (name === 'ctxAttachResource') context?.attached.add(resourceId);
    if (name === 'submitCmd') context?.streams.push(commands.slice());
    return this.inner[name](args);
  }
}

const record = async (name) => {
  const host = new RecordingHost(await NativeHost.open());
  const renderer = await Renderer.open({ host });
  const { render } = await EXAMPLES[name].load();
  await render(renderer, SIZE, () => undefined);
  await renderer.close();
  for (const [contextId, { attached, streams }] of host.contexts) {
    const resources = [...attached].map((id) => host.resources.get(id)).filter(Boolean);
    process.send({ name: `${name} ${contextId}`, resources, streams });
  }
};

const main = async () => {
  for (const name of Object.keys(EXAMPLES)) await record(name);
  process.disconnect();
};

main();
