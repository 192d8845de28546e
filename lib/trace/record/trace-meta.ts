// What a trace says of the host that it was recorded on.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { NativeHostInfo, RenderHost } from '../../host';
import { decodeCapset } from '../../protocol';
import type { TraceMeta } from '../model';

const VIRGL_CAPSETS = [1, 2] as const;
const NEWEST_VIRGL_CAPSET = 2;

const { version } = JSON.parse(
  readFileSync(path.join(__dirname, '..', '..', '..', 'package.json'), 'utf8'),
) as { version: string };

const rendererOf = (caps: Uint8Array | undefined): string | undefined => {
  try {
    return caps && decodeCapset(NEWEST_VIRGL_CAPSET, caps).fields.renderer;
  } catch {
    return undefined;
  }
};

/**
 * Asks a host what it is.
 * @param given what else is known, e.g. `source`
 */
export const describeHost = async (
  host: RenderHost,
  given: Omit<TraceMeta, 'writer' | 'recordedAt'> = {},
): Promise<TraceMeta> => {
  const sets = new Map<number, Uint8Array>();
  for (const capsetId of VIRGL_CAPSETS) {
    const caps = await host.fillCaps({ capsetId }).catch(() => undefined);
    if (caps instanceof Uint8Array && caps.length > 0) sets.set(capsetId, caps);
  }
  const { info } = host as { info?: NativeHostInfo };
  const parts = [
    info && `virglrenderer ${info.release} (${info.platform})`,
    rendererOf(sets.get(NEWEST_VIRGL_CAPSET)),
  ];
  const library = parts.filter((part) => part !== undefined && part !== '').join(', ');
  return {
    writer: `virgl ${version}`,
    recordedAt: new Date().toISOString(),
    ...(library !== '' && { library }),
    ...(sets.size > 0 && {
      capsets: Object.fromEntries([...sets].map(([id, caps]) => [id, Buffer.from(caps).toString('base64')])),
    }),
    ...given,
  };
};
