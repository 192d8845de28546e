// Every response of a virtio-gpu as data. Facts: virtio 1.2, section 5.7.6.7; linux/virtio_gpu.h.

import type { StructLayout, StructFields } from './struct-codec';

/** One response. */
export interface ResponseSpec<Layout extends StructLayout = StructLayout> {
  readonly id: number;
  /** Behind the header. */
  readonly layout: Layout;
  /** Bytes of any number follow. */
  readonly hasBytes?: true;
}

const response = <const Layout extends StructLayout>(id: number, layout: Layout): ResponseSpec<Layout> => ({
  id,
  layout,
});

/** All responses, `VIRTIO_GPU_RESP_` dropped. */
export const RESPONSES = {
  OK_NODATA: response(0x1100, {}),
  OK_DISPLAY_INFO: response(0x1101, { modes: 'displayModes' }),
  OK_CAPSET_INFO: response(0x1102, {
    capsetId: 'u32',
    maxVersion: 'u32',
    maxSize: 'u32',
    padding: 'pad32',
  }),
  OK_CAPSET: { ...response(0x1103, {}), hasBytes: true },
  OK_EDID: response(0x1104, { size: 'u32', padding: 'pad32', edid: 'edid1024' }),
  OK_RESOURCE_UUID: response(0x1105, { uuid: 'uuid' }),
  OK_MAP_INFO: response(0x1106, { mapInfo: 'u32', padding: 'pad32' }),
  ERR_UNSPEC: response(0x1200, {}),
  ERR_OUT_OF_MEMORY: response(0x1201, {}),
  ERR_INVALID_SCANOUT_ID: response(0x1202, {}),
  ERR_INVALID_RESOURCE_ID: response(0x1203, {}),
  ERR_INVALID_CONTEXT_ID: response(0x1204, {}),
  ERR_INVALID_PARAMETER: response(0x1205, {}),
} as const satisfies Record<string, ResponseSpec>;

/** The name of a response. */
export type ResponseName = keyof typeof RESPONSES;
/** The name of a response that says what is wrong. */
export type ErrorResponseName = Extract<ResponseName, `ERR_${string}`>;

/** The fields of a response. */
export type ResponseFields<Name extends ResponseName> = StructFields<(typeof RESPONSES)[Name]['layout']>;
