// Capability sets over vtest: the two of virgl have commands of their own, others have one from version 3 on.

import type { CapSetInfo } from '../../host';
import type { VtestClient } from '../client/client';

const VIRGL = 1;
const VIRGL2 = 2;
/** Newest version of each, as virglrenderer has known them ever since. */
const MAX_VERSIONS: Readonly<Record<number, number>> = { [VIRGL]: 1, [VIRGL2]: 2 };

const bytesOfSet = async (
  client: VtestClient,
  capsetId: number,
  knowsSets: boolean,
): Promise<Uint8Array | undefined> => {
  if (capsetId === VIRGL) return client.getCaps();
  if (capsetId === VIRGL2) return client.getCaps2();
  return knowsSets ? client.getCapset(capsetId) : undefined;
};

/** Newest version and size of a set; all 0 for one that the server has not. */
export const capSetInfo = async (
  client: VtestClient,
  capsetId: number,
  knowsSets: boolean,
): Promise<CapSetInfo> => {
  const bytes = await bytesOfSet(client, capsetId, knowsSets);
  return { maxVersion: MAX_VERSIONS[capsetId] ?? 0, maxSizeBytes: bytes?.byteLength ?? 0 };
};

/** The bytes of a set: zeroes for a version that is too new, none for a set that the server has not. */
export const capSetBytes = async (
  client: VtestClient,
  { capsetId, version }: { capsetId: number; version: number },
  knowsSets: boolean,
): Promise<Uint8Array> => {
  const bytes = (await bytesOfSet(client, capsetId, knowsSets)) ?? new Uint8Array();
  return version > (MAX_VERSIONS[capsetId] ?? 0) ? new Uint8Array(bytes.byteLength) : bytes;
};
