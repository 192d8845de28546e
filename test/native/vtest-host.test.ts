// The host over vtest against real servers: the examples look the same, and what is written is read.

import path from 'node:path';
import { EXAMPLES } from '../../examples/catalogue';
import { Renderer } from '../../lib/renderer';
import { VtestHost } from '../../lib/vtest/host/vtest-host';
import { VtestServer } from '../clients/support/server';
import { expectGolden } from '../support/golden';
import { isServerAvailable } from '../support/vtest-servers';

const WIDTH = 320;
const HEIGHT = 240;
const GOLDEN = path.join(__dirname, '..', 'examples', 'golden');

describe.each(['reference', 'ours'] as const)('%s server', (kind) => {
  const describeIfThere = isServerAvailable(kind) ? describe : describe.skip;

  describeIfThere('examples', () => {
    let server: VtestServer;
    beforeAll(async () => {
      server = await VtestServer.start({ server: kind });
    });
    afterAll(() => server?.stop());

    test.each(Object.keys(EXAMPLES) as (keyof typeof EXAMPLES)[])('%s', async (name) => {
      const host = await VtestHost.connect({ path: server.socketPath });
      await using renderer = await Renderer.open({ host });
      const example = await EXAMPLES[name].load();
      const data = await example.render(renderer as never, { width: WIDTH, height: HEIGHT }, () => undefined);
      expectGolden(path.join(GOLDEN, `${name}.png`), { width: WIDTH, height: HEIGHT, data });
      await Promise.all([...renderer.contexts].map((context) => context.destroy()));
      expect(host.counts()).toEqual({ contexts: 0, resources: 0, backings: 0, fences: 0, calls: 0 });
    });
  });
});
