// The player and the memory of clients, on hosts that are in no hurry.

import { NullHost, type HostCallArgs, type HostCallName, type HostCallResult } from '../../lib/host';
import { RenderHostCallsBase, type RenderHost } from '../../lib/host';
import { MemoryTrace, play, type TraceRecord } from '../../lib/trace';

/** Makes each call a turn of the event loop later, as hosts do that stop in between or ask somebody else. */
class SlowHost extends RenderHostCallsBase implements RenderHost {
  readonly #inner = new NullHost();
  readonly features = this.#inner.features;

  counts() {
    return this.#inner.counts();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  protected async perform<Name extends HostCallName>(
    name: Name,
    args: HostCallArgs<Name>,
  ): Promise<HostCallResult<Name>> {
    await new Promise((resolve) => setImmediate(resolve));
    return (this.#inner[name] as (given: HostCallArgs<Name>) => Promise<HostCallResult<Name>>)(args);
  }
}

test('memory stays for calls that look at it late', async () => {
  const backing = [{ memoryId: 1, offsetBytes: 0, lengthBytes: 64 }];
  const records: TraceRecord[] = [
    { kind: 'memory', memoryId: 1, sizeBytes: 64 },
    {
      kind: 'call',
      name: 'resourceCreate',
      args: { resourceId: 1, target: 0, format: 64, bind: 16, width: 64, backing },
    },
    { kind: 'call', name: 'resourceUnref', args: { resourceId: 1 } },
    { kind: 'memoryEnd', memoryId: 1 },
    { kind: 'memory', memoryId: 1, sizeBytes: 32 },
    { kind: 'memoryEnd', memoryId: 1 },
  ];
  await using host = new SlowHost();
  const meta = { writer: 'test', recordedAt: new Date(0).toISOString() };
  const { calls, differences } = await play(new MemoryTrace(meta, records), host);
  expect({ calls, differences }).toEqual({ calls: 2, differences: [] });
});
