// Commands that ask what there is.

import { randomUUID } from 'node:crypto';
import { displayModes } from './displays';
import { displayEdid } from './edid/edid';
import { invalidParameter } from './faults';
import { answer, type Handlers } from './handler';

const EDID_BYTES = 1024;

const newUuid = (): Uint8Array => new Uint8Array(Buffer.from(randomUUID().replaceAll('-', ''), 'hex'));

/** By command. */
export const INFO_HANDLERS: Handlers<
  'GET_DISPLAY_INFO' | 'GET_EDID' | 'GET_CAPSET_INFO' | 'GET_CAPSET' | 'RESOURCE_ASSIGN_UUID'
> = {
  GET_DISPLAY_INFO: ({ displays }) => answer('OK_DISPLAY_INFO', { modes: displayModes(displays) }),

  GET_EDID: ({ displays, scanouts }, { scanoutId }) => {
    scanouts.check(scanoutId);
    const block = displayEdid(displays[scanoutId], scanoutId);
    const edid = new Uint8Array(EDID_BYTES);
    edid.set(block);
    return answer('OK_EDID', { size: block.byteLength, edid });
  },

  GET_CAPSET_INFO: ({ capsets }, { capsetIndex }) => {
    const capset = capsets[capsetIndex];
    if (capset === undefined)
      throw invalidParameter('capset_index', `an index below ${capsets.length}`, capsetIndex);
    const { id, maxVersion, bytes } = capset;
    return answer('OK_CAPSET_INFO', { capsetId: id, maxVersion, maxSize: bytes.byteLength });
  },

  GET_CAPSET: ({ capsets }, { capsetId, version }) => {
    const capset = capsets.find(({ id }) => id === capsetId);
    if (capset === undefined) {
      const ids = capsets.map(({ id }) => id).join(', ');
      throw invalidParameter('capset_id', `one of ${ids}`, capsetId);
    }
    if (version > capset.maxVersion)
      throw invalidParameter('capset_version', `at most ${capset.maxVersion}`, version);
    return answer('OK_CAPSET', {}, capset.bytes);
  },

  RESOURCE_ASSIGN_UUID: ({ guest }, { resourceId }) => {
    const resource = guest.resources.get(resourceId);
    resource.uuid ??= newUuid();
    return answer('OK_RESOURCE_UUID', { uuid: resource.uuid });
  },
};
