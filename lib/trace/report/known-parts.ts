// Parts of resources without a host: what the records tell of the contents of buffers.

import type { TrackedResource } from '../inspect';
import type { ReadPart } from './contents';

/** Reads from buffers what was written into them; of textures nothing is known. */
export const knownParts =
  (resources: ReadonlyMap<number, TrackedResource>): ReadPart =>
  async (_shape, { resourceId, offset, length }) => {
    if (length === 0) return { problem: 'no pictures in a report without a replay' };
    const contents = resources.get(resourceId)?.contents;
    const end = Math.min(offset + length, contents?.bytes.byteLength ?? 0);
    const isKnown =
      contents?.known.some((piece) => piece.start <= offset && piece.end >= end && end > offset) ?? false;
    if (contents === undefined || !isKnown) return { problem: 'the records do not tell what is in it' };
    return { bytes: contents.bytes.slice(offset, end), width: end - offset, height: 1 };
  };
