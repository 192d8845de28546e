// What the typed classes ask of a host, as a trace: recorded over a host that renders nothing.

import { NullHost } from '../../../lib/host';
import { CAPSET_V2_FIELDS } from '../../../lib/protocol';
import { Renderer } from '../../../lib/renderer';
import { MemoryTrace, RecordingHost, type TraceRecord } from '../../../lib/trace';
import { syntheticCapset } from '../../support/recording-renderer';
import { META } from './edit-traces';

const CAPABILITIES = CAPSET_V2_FIELDS.capabilityBits.offset;

/** The records of a script. */
export const recordScript = async (
  script: (renderer: Renderer) => Promise<unknown>,
): Promise<readonly TraceRecord[]> => {
  const trace = new MemoryTrace(META);
  const host = new RecordingHost(
    new NullHost({ fillCaps: () => syntheticCapset({ [CAPABILITIES]: 0xffffffff }) }),
    trace,
    {
      pictures: 'none',
    },
  );
  await using renderer = await Renderer.open({ host });
  await script(renderer);
  await renderer.close();
  return trace.list;
};
