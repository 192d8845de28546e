// Every host call as data: the C function behind it and its arguments, in the order in which native/calls.cc reads
// them. Checks, the words of the ring, features and docs/c-api.md all come from here.
// Facts: virglrenderer.h (arguments, ranges).

import type { HostCallName } from './render-host';

/** One argument of a call. Types other than numbers are named by what they refer to. */
export type ParamSpec = { name: string } & (
  | { type: 'u32'; min?: number; max?: number; default?: number }
  | { type: 'i32'; min?: number; max?: number; default?: number }
  | { type: 'u64'; min?: bigint; default?: bigint }
  | { type: 'boolean'; default?: boolean }
  | { type: 'text'; maxBytes: number; default?: string }
  /** A live id; with `zero`, 0 stands for none. */
  | { type: 'context'; zero?: 'none' }
  | { type: 'resource' }
  /** An id that is free. */
  | { type: 'newContext' }
  | { type: 'newResource' }
  | { type: 'box' }
  | { type: 'commands' }
  | { type: 'u64list' }
  | { type: 'fd' }
  /** MemoryRange[]; `min` entries at least. */
  | { type: 'ranges'; min: number }
  /** One MemoryRange. */
  | { type: 'range' }
  /** Uint8Array or MemoryRange[]; left out it means the attached backing, unless `required`. */
  | { type: 'memory'; required?: true }
  /** Not given by the caller: a property that the ledger knows of the call's resource. */
  | { type: 'known'; of: 'bytesPerBlock' | 'sizeBytes' }
);

/** Checked arguments by name, with defaults filled in. */
export type CheckedArguments = Record<string, unknown>;

/** A call. */
export interface HostCallSpec {
  /** Its function in virglrenderer.h. */
  c: string;
  params: readonly ParamSpec[];
}

/** Ids are `int` in half of the C functions. */
export const MAX_ID = 0x7fffffff;

const context: ParamSpec = { name: 'contextId', type: 'context' };
const contextOrNone: ParamSpec = { name: 'contextId', type: 'context', zero: 'none' };
const resource: ParamSpec = { name: 'resourceId', type: 'resource' };
const newResource: ParamSpec = { name: 'resourceId', type: 'newResource' };
const u32 = (name: string, options: { min?: number; max?: number; default?: number } = {}): ParamSpec => ({
  name,
  type: 'u32',
  ...options,
});

const transfer = (memory: string): readonly ParamSpec[] => [
  resource,
  contextOrNone,
  u32('level', { max: 31, default: 0 }),
  u32('stride', { default: 0 }),
  u32('layerStride', { default: 0 }),
  { name: 'box', type: 'box' },
  { name: 'offset', type: 'u64', default: 0n },
  { name: memory, type: 'memory' },
];

/** All calls by name. */
export const HOST_CALLS: Readonly<Record<HostCallName, HostCallSpec>> = {
  contextCreate: {
    c: 'virgl_renderer_context_create_with_flags',
    params: [
      { name: 'contextId', type: 'newContext' },
      u32('capsetId', { min: 1, max: 255, default: 2 }),
      { name: 'name', type: 'text', maxBytes: 64, default: '' },
    ],
  },
  contextDestroy: { c: 'virgl_renderer_context_destroy', params: [context] },
  contextPoll: { c: 'virgl_renderer_context_poll', params: [context] },
  contextGetPollFd: { c: 'virgl_renderer_context_get_poll_fd', params: [context] },
  ctxAttachResource: { c: 'virgl_renderer_ctx_attach_resource', params: [context, resource] },
  ctxDetachResource: { c: 'virgl_renderer_ctx_detach_resource', params: [context, resource] },
  submitCmd: { c: 'virgl_renderer_submit_cmd', params: [context, { name: 'commands', type: 'commands' }] },
  submitCmd2: {
    c: 'virgl_renderer_submit_cmd2',
    params: [context, { name: 'commands', type: 'commands' }, { name: 'inFenceIds', type: 'u64list' }],
  },
  createFence: {
    c: 'virgl_renderer_create_fence',
    params: [contextOrNone, u32('fenceId', { min: 1 })],
  },
  contextCreateFence: {
    c: 'virgl_renderer_context_create_fence',
    params: [
      context,
      u32('flags', { max: 1, default: 0 }),
      u32('ringIndex', { max: 63, default: 0 }),
      { name: 'fenceId', type: 'u64', min: 1n },
    ],
  },
  exportFence: { c: 'virgl_renderer_export_fence', params: [{ name: 'fenceId', type: 'u64' }] },
  exportSignalledFence: { c: 'virgl_renderer_export_signalled_fence', params: [] },
  attachFence: { c: 'virgl_renderer_attach_fence', params: [context, { name: 'fence', type: 'fd' }] },
  getFenceFd: { c: 'virgl_renderer_get_fence_fd', params: [{ name: 'fenceId', type: 'u64' }] },
  getDevFd: { c: 'virgl_renderer_get_dev_fd', params: [context] },
  resourceCreate: {
    c: 'virgl_renderer_resource_create',
    params: [
      newResource,
      u32('target'),
      u32('format'),
      u32('bind'),
      u32('width'),
      u32('height', { default: 1 }),
      u32('depth', { default: 1 }),
      u32('arraySize', { default: 1 }),
      u32('lastLevel', { default: 0 }),
      u32('nrSamples', { default: 0 }),
      u32('flags', { default: 0 }),
      { name: 'backing', type: 'ranges', min: 0 },
    ],
  },
  resourceCreateBlob: {
    c: 'virgl_renderer_resource_create_blob',
    params: [
      newResource,
      contextOrNone,
      u32('blobMem', { min: 1, max: 3 }),
      u32('blobFlags', { max: 7, default: 0 }),
      { name: 'blobId', type: 'u64', default: 0n },
      { name: 'sizeBytes', type: 'u64', min: 1n },
      { name: 'backing', type: 'ranges', min: 0 },
    ],
  },
  resourceImportBlob: {
    c: 'virgl_renderer_resource_import_blob',
    params: [
      newResource,
      u32('blobMem', { min: 1, max: 4 }),
      u32('fdType', { min: 1, max: 3 }),
      { name: 'sizeBytes', type: 'u64', min: 1n },
      { name: 'fd', type: 'fd' },
    ],
  },
  resourceUnref: { c: 'virgl_renderer_resource_unref', params: [resource] },
  resourceAttachIov: {
    c: 'virgl_renderer_resource_attach_iov',
    params: [resource, { name: 'backing', type: 'ranges', min: 1 }],
  },
  resourceDetachIov: { c: 'virgl_renderer_resource_detach_iov', params: [resource] },
  resourceGetInfo: { c: 'virgl_renderer_resource_get_info', params: [resource] },
  resourceGetInfoExt: { c: 'virgl_renderer_resource_get_info_ext', params: [resource] },
  resourceMap: { c: 'virgl_renderer_resource_map', params: [resource] },
  resourceUnmap: { c: 'virgl_renderer_resource_unmap', params: [resource] },
  resourceMapFixed: {
    c: 'virgl_renderer_resource_map_fixed',
    params: [
      resource,
      { name: 'sizeBytes', type: 'known', of: 'sizeBytes' },
      { name: 'range', type: 'range' },
    ],
  },
  resourceGetMapInfo: { c: 'virgl_renderer_resource_get_map_info', params: [resource] },
  resourceExportBlob: { c: 'virgl_renderer_resource_export_blob', params: [resource] },
  resourceExportQuery: {
    c: 'virgl_renderer_execute',
    params: [resource, { name: 'exportFds', type: 'boolean', default: false }],
  },
  supportedStructures: { c: 'virgl_renderer_execute', params: [] },
  getCapSet: { c: 'virgl_renderer_get_cap_set', params: [u32('capsetId')] },
  fillCaps: { c: 'virgl_renderer_fill_caps', params: [u32('capsetId'), u32('version', { max: 0xff })] },
  getCursorData: {
    c: 'virgl_renderer_get_cursor_data',
    params: [resource, { name: 'bytesPerBlock', type: 'known', of: 'bytesPerBlock' }],
  },
  getRect: {
    c: 'virgl_renderer_get_rect',
    params: [
      resource,
      u32('offset', { default: 0 }),
      { name: 'x', type: 'i32', min: 0 },
      { name: 'y', type: 'i32', min: 0 },
      { name: 'width', type: 'i32', min: 1 },
      { name: 'height', type: 'i32', min: 1 },
      { name: 'into', type: 'memory', required: true },
    ],
  },
  getFdForTexture: { c: 'virgl_renderer_get_fd_for_texture', params: [u32('textureId')] },
  getFdForTexture2: { c: 'virgl_renderer_get_fd_for_texture2', params: [u32('textureId')] },
  transferReadIov: { c: 'virgl_renderer_transfer_read_iov', params: transfer('into') },
  transferWriteIov: { c: 'virgl_renderer_transfer_write_iov', params: transfer('from') },
  forceCtx0: { c: 'virgl_renderer_force_ctx_0', params: [] },
  poll: { c: 'virgl_renderer_poll', params: [] },
  getPollFd: { c: 'virgl_renderer_get_poll_fd', params: [] },
  reset: { c: 'virgl_renderer_reset', params: [] },
};

/** The names of all calls. */
export const HOST_CALL_NAMES = Object.keys(HOST_CALLS) as readonly HostCallName[];

/** A C function that no host call stands for. */
export interface UncalledFunction {
  /** What does its work, or why it is not offered. */
  how: string;
  /** The first release that has it. */
  first: string;
}

/** With {@link HOST_CALLS} these are all functions of virglrenderer.h. */
export const C_FUNCTIONS_WITHOUT_CALL: Readonly<Record<string, UncalledFunction>> = {
  virgl_renderer_init: { how: '`NativeHost.open()`', first: '0.2' },
  virgl_renderer_cleanup: { how: '`NativeHost.close()`', first: '0.2' },
  virgl_renderer_context_create: { how: '`contextCreate()` with the default capset', first: '0.2' },
  virgl_set_debug_callback: { how: '`onLog` of `NativeHost.open()`, on releases before 1.0', first: '0.8' },
  virgl_set_log_callback: { how: '`onLog` of `NativeHost.open()`', first: '1.0' },
  virgl_renderer_resource_import_eglimage: { how: 'not offered: takes a raw EGLImage pointer', first: '0.7' },
  virgl_renderer_resource_set_priv: { how: 'not offered: stores a raw pointer', first: '0.8' },
  virgl_renderer_resource_get_priv: { how: 'not offered: hands out a raw pointer', first: '0.8' },
};
