// Requests with faults in them: a guest that does something sensible for a while, and then anything at all. The same in every run.

import { CURSOR_COMMANDS, encodeRequest } from '../../../lib/virtio-gpu';
import { mutated } from '../../support/mutations';
import { BASE, rect, texture3d } from './guest';

/** A request, and the queue it goes to. */
export interface AnyRequest {
  queue: 'control' | 'cursor';
  bytes: Uint8Array;
}

const CURSOR_IDS = new Set<number>(Object.values(CURSOR_COMMANDS).map(({ id }) => id));

const NAME = { nameLength: 4, contextInit: 0, debugName: new Uint8Array(64).fill(0x61) };
const ENTRY = { address: BASE, lengthBytes: 16384 };
const box = { x: 0, y: 0, z: 0, w: 16, h: 8, d: 1 };
const transfer = { box, offset: 0, level: 0, stride: 0, layerStride: 0 };
const scanoutBlob = {
  rect: rect(0, 0, 16, 16),
  scanoutId: 0,
  width: 16,
  height: 16,
  format: 2,
  strides: [64, 0, 0, 0],
  offsets: [0, 0, 0, 0],
};
const cursor = { position: { scanoutId: 0, x: 3, y: 4 }, hotX: 1, hotY: 1 };
const fenced = { fenceId: 9n };

// What streams do is tested elsewhere, and old releases crash on some; these are NOPs.
const IDLE_STREAM = new Uint8Array(16);

const requestsFor = (resourceId: number, contextId: number): Uint8Array[] => {
  const ofContext = { contextId };
  return [
    encodeRequest('GET_DISPLAY_INFO', {}),
    encodeRequest('RESOURCE_CREATE_2D', { resourceId, format: 2, width: 64, height: 64 }),
    encodeRequest('RESOURCE_UNREF', { resourceId }),
    encodeRequest('SET_SCANOUT', { rect: rect(0, 0, 16, 8), scanoutId: 0, resourceId }),
    encodeRequest('RESOURCE_FLUSH', { rect: rect(0, 0, 16, 8), resourceId }),
    encodeRequest('TRANSFER_TO_HOST_2D', { rect: rect(0, 0, 16, 8), offset: 0, resourceId }, fenced),
    encodeRequest('RESOURCE_ATTACH_BACKING', { resourceId }, {}, [
      ENTRY,
      { ...ENTRY, address: BASE + 65536 },
    ]),
    encodeRequest('RESOURCE_DETACH_BACKING', { resourceId }),
    encodeRequest('GET_CAPSET_INFO', { capsetIndex: 1 }),
    encodeRequest('GET_CAPSET', { capsetId: 1, version: 0 }),
    encodeRequest('GET_EDID', { scanoutId: 0 }),
    encodeRequest('RESOURCE_ASSIGN_UUID', { resourceId }),
    encodeRequest(
      'RESOURCE_CREATE_BLOB',
      { resourceId, blobMem: 1, blobFlags: 1, blobId: 0n, size: 4096 },
      {},
      [ENTRY],
    ),
    encodeRequest('SET_SCANOUT_BLOB', { ...scanoutBlob, resourceId }),
    encodeRequest('CTX_CREATE', NAME, ofContext),
    encodeRequest('CTX_DESTROY', {}, ofContext),
    encodeRequest('CTX_ATTACH_RESOURCE', { resourceId }, ofContext),
    encodeRequest('CTX_DETACH_RESOURCE', { resourceId }, ofContext),
    encodeRequest('RESOURCE_CREATE_3D', texture3d(resourceId), fenced),
    encodeRequest('TRANSFER_TO_HOST_3D', { ...transfer, resourceId }, ofContext),
    encodeRequest('TRANSFER_FROM_HOST_3D', { ...transfer, resourceId }, { ...ofContext, ...fenced }),
    encodeRequest('SUBMIT_3D', {}, { ...ofContext, ...fenced }, IDLE_STREAM),
    encodeRequest('RESOURCE_MAP_BLOB', { resourceId, offset: 0 }),
    encodeRequest('RESOURCE_UNMAP_BLOB', { resourceId }),
    encodeRequest('UPDATE_CURSOR', { ...cursor, resourceId }),
    encodeRequest('MOVE_CURSOR', { ...cursor, resourceId }),
  ];
};

const TEMPLATES = [2, 3, 4, 5].flatMap((resourceId) =>
  [1, 2].flatMap((contextId) => requestsFor(resourceId, contextId)),
);
const SUBMIT_HEADER_DWORDS = 8;
const SUBMIT_ID = 0x207;

const withFaults = (template: Uint32Array, seed: number): Uint32Array => {
  const [first] = mutated(template, 1, seed);
  // A stream that means something could only come from here.
  if (first[0] === SUBMIT_ID && first.length > SUBMIT_HEADER_DWORDS) first.fill(0, SUBMIT_HEADER_DWORDS);
  return first;
};

/** So many requests; about every other one has faults. */
export function* mutatedRequests(count: number, seed: number): Generator<AnyRequest> {
  // Primes, so that templates come in ever new orders.
  for (let index = 0, pick = seed; index < count; index += 1) {
    pick = (Math.imul(pick, 1_664_525) + 1_013_904_223) >>> 0;
    const bytes = TEMPLATES[(pick >>> 8) % TEMPLATES.length];
    const words = new Uint32Array(bytes.buffer);
    const wrong = (pick >>> 4) % 2 === 0 ? words.slice() : withFaults(words, pick);
    const queue = CURSOR_IDS.has(wrong[0]) !== (pick % 64 === 0) ? 'cursor' : 'control';
    yield { queue, bytes: new Uint8Array(wrong.buffer, wrong.byteOffset, wrong.byteLength) };
  }
}
