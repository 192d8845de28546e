// The waist of the package: everything that renders speaks to a RenderHost. Its methods are the calls of
// virglrenderer.h, named as there without the prefix; each takes one object, so that a decorator is written once.

import type { FileDescriptor } from './file-descriptor';
import type { MemoryRange, SharedMemory } from './shared-memory';

/** A box of texels (or bytes, for buffers: only `x` and `w`), as `struct virgl_box`. */
export interface Box {
  x: number;
  y: number;
  z: number;
  w: number;
  h: number;
  d: number;
}

/** Arguments of {@link RenderHostCalls.contextCreate}. */
export interface ContextCreateArgs {
  /** 1 to 2³¹−1, chosen by the caller, not in use. */
  contextId: number;
  /** Which protocol the context speaks: 2 (VIRGL2, the default), 1 VIRGL, 4 VENUS, 6 DRM. */
  capsetId?: number;
  /** Shown in virglrenderer's log. At most 64 bytes of UTF-8. */
  name?: string;
}

/** Arguments of calls about one context. */
export interface ContextArgs {
  contextId: number;
}

/** Arguments of calls about one resource. */
export interface ResourceArgs {
  resourceId: number;
}

/** Arguments of {@link RenderHostCalls.ctxAttachResource}. */
export interface ContextResourceArgs {
  contextId: number;
  resourceId: number;
}

/** Arguments of {@link RenderHostCalls.resourceCreate}: `struct virgl_renderer_resource_create_args`. */
export interface ResourceCreateArgs {
  /** 1 to 2³¹−1, chosen by the caller, not in use. */
  resourceId: number;
  /** `PIPE_TEXTURE_*` / `PIPE_BUFFER`. */
  target: number;
  /** `VIRGL_FORMAT_*`. */
  format: number;
  /** `VIRGL_BIND_*` flags. */
  bind: number;
  /** Texels, or bytes for a buffer. */
  width: number;
  height?: number;
  depth?: number;
  arraySize?: number;
  /** Highest mip level; 0 for none. */
  lastLevel?: number;
  /** Samples per texel; 0 or 1 for none. */
  nrSamples?: number;
  /** `VIRGL_RESOURCE_*` flags. */
  flags?: number;
  /** Memory to attach at once, as {@link RenderHostCalls.resourceAttachIov} does. */
  backing?: readonly MemoryRange[];
}

/** Arguments of {@link RenderHostCalls.resourceCreateBlob}: `struct virgl_renderer_resource_create_blob_args`. */
export interface ResourceCreateBlobArgs {
  resourceId: number;
  /** 0 for a blob that belongs to no context. */
  contextId?: number;
  /** `VIRGL_RENDERER_BLOB_MEM_*`: 1 GUEST, 2 HOST3D, 3 HOST3D_GUEST. */
  blobMem: number;
  /** `VIRGL_RENDERER_BLOB_FLAG_*`: 1 MAPPABLE, 2 SHAREABLE, 4 CROSS_DEVICE. */
  blobFlags?: number;
  /** The object that a submit of the context made under this id. */
  blobId?: number | bigint;
  sizeBytes: number | bigint;
  backing?: readonly MemoryRange[];
}

/** Arguments of {@link RenderHostCalls.resourceImportBlob}. */
export interface ResourceImportBlobArgs {
  resourceId: number;
  blobMem: number;
  /** `VIRGL_RENDERER_BLOB_FD_TYPE_*`: 1 DMABUF, 2 OPAQUE, 3 SHM. */
  fdType: number;
  sizeBytes: number | bigint;
  /** Duplicated: the caller keeps this one. */
  fd: FileDescriptor;
}

/** Arguments of {@link RenderHostCalls.resourceAttachIov}. */
export interface ResourceAttachIovArgs {
  resourceId: number;
  /** At least one range. The memory stays mapped until it is detached, even if it is closed meanwhile. */
  backing: readonly MemoryRange[];
}

/** What both directions of a transfer have in common. */
export interface TransferArgs {
  resourceId: number;
  /** The context to act in, which the resource must be attached to; 0 for none. */
  contextId?: number;
  level?: number;
  /** Bytes from row to row in memory; 0 for the level's own tight stride. */
  stride?: number;
  /** Bytes from layer to layer in memory; 0 for the level's own. */
  layerStride?: number;
  box: Box;
  /** Bytes into the memory where the box begins. */
  offset?: number | bigint;
}

/** Arguments of {@link RenderHostCalls.transferReadIov}. */
export interface TransferReadArgs extends TransferArgs {
  /**
   * Where the bytes go: the caller's own array, ranges of shared memory, or (left out) the attached backing. An array
   * must not be read before the promise settles, and its ArrayBuffer can no longer be transferred to another thread.
   */
  into?: Uint8Array | readonly MemoryRange[];
}

/** Arguments of {@link RenderHostCalls.transferWriteIov}. */
export interface TransferWriteArgs extends TransferArgs {
  /** Where the bytes come from; as `into`. The bytes must not change before the promise settles. */
  from?: Uint8Array | readonly MemoryRange[];
}

/** Arguments of {@link RenderHostCalls.submitCmd}. */
export interface SubmitCmdArgs {
  contextId: number;
  /**
   * Whole dwords. An array is copied before the call returns. A range of shared memory is used where it is and must not
   * change before the promise settles: nobody who is not trusted may be able to write there.
   */
  commands: Uint32Array | Uint8Array | MemoryRange;
}

/** Arguments of {@link RenderHostCalls.submitCmd2}. */
export interface SubmitCmd2Args extends SubmitCmdArgs {
  /** Fences to wait for before the commands run. */
  inFenceIds?: readonly (number | bigint)[];
}

/** Arguments of {@link RenderHostCalls.createFence}. */
export interface CreateFenceArgs {
  /** Ignored by virglrenderer: all these fences share one timeline. */
  contextId?: number;
  /** For {@link RenderHostCalls.exportFence}; 1 to 2³²−1, greater than the ones before. Chosen by the host if left out. */
  fenceId?: number;
}

/** Arguments of {@link RenderHostCalls.contextCreateFence}. */
export interface ContextCreateFenceArgs {
  contextId: number;
  /** 1 = MERGEABLE: may be reported together with a later fence. */
  flags?: number;
  /** 0 to 63; virgl contexts only have ring 0. */
  ringIndex?: number;
  /** Chosen by the host if left out. */
  fenceId?: number | bigint;
}

/** Arguments of calls about one fence. */
export interface FenceArgs {
  fenceId: number | bigint;
}

/** Arguments of {@link RenderHostCalls.attachFence}. */
export interface AttachFenceArgs {
  contextId: number;
  /** A sync file; duplicated: the caller keeps this one. */
  fence: FileDescriptor;
}

/** Arguments of {@link RenderHostCalls.getCapSet}. */
export interface CapSetArgs {
  capsetId: number;
}

/** Arguments of {@link RenderHostCalls.fillCaps}. */
export interface FillCapsArgs {
  capsetId: number;
  /** Default: 0 as kernels pass it for VENUS and DRM, otherwise the newest. */
  version?: number;
}

/** Arguments of {@link RenderHostCalls.resourceExportQuery}. */
export interface ExportQueryArgs {
  resourceId: number;
  /** Also export the planes as descriptors; default false. */
  exportFds?: boolean;
}

/** Arguments of {@link RenderHostCalls.resourceMapFixed}. */
export interface ResourceMapFixedArgs {
  resourceId: number;
  /** Page-aligned and at least as long as the blob; its old content there is replaced. */
  range: MemoryRange;
}

/** Arguments of {@link RenderHostCalls.getRect}. */
export interface GetRectArgs {
  resourceId: number;
  x: number;
  y: number;
  width: number;
  height: number;
  /** Bytes into the memory where the rectangle's first pixel goes. Rows lie as far apart as those of the whole texture. */
  offset?: number;
  into: Uint8Array | readonly MemoryRange[];
}

/** Arguments of {@link RenderHostCalls.getFdForTexture}. */
export interface TextureArgs {
  /** A GL texture name, from {@link ResourceInfo.textureId}. */
  textureId: number;
}

/** Result of {@link RenderHostCalls.getCapSet}; all 0 for a set that the library does not have. */
export interface CapSetInfo {
  maxVersion: number;
  maxSizeBytes: number;
}

/** Result of {@link RenderHostCalls.resourceGetInfo}: `struct virgl_renderer_resource_info`. */
export interface ResourceInfo {
  handle: number;
  format: number;
  width: number;
  height: number;
  depth: number;
  flags: number;
  /** GL texture name. */
  textureId: number;
  /** Bytes per row. */
  stride: number;
  /** DRM fourcc, or 0. */
  drmFourcc: number;
  /** A duplicate of the resource's own descriptor (from 1.0 on), or null. The caller closes it. */
  fd: FileDescriptor | null;
}

/** Result of {@link RenderHostCalls.resourceGetInfoExt}. */
export interface ResourceInfoExt extends ResourceInfo {
  hasDmabufExport: boolean;
  planes: number;
  modifiers: bigint;
}

/** Result of {@link RenderHostCalls.resourceExportBlob}. */
export interface ExportedBlob {
  /** 1 DMABUF, 2 OPAQUE, 3 SHM. */
  fdType: number;
  /** The caller closes it. */
  fd: FileDescriptor;
}

/** Result of {@link RenderHostCalls.resourceExportQuery}: `struct virgl_renderer_export_query`. */
export interface ExportQuery {
  /** 0 if the resource can't be exported. */
  numFds: number;
  /** DRM fourcc, 0 if the resource can't be exported. */
  fourcc: number;
  modifier: bigint;
  /** Four planes. The caller closes each `fd`. */
  planes: { fd: FileDescriptor | null; stride: number; offset: number }[];
}

/** Result of {@link RenderHostCalls.getCursorData}. */
export interface CursorData {
  width: number;
  height: number;
  /** Rows from top to bottom, tight, in the resource's format. */
  pixels: Uint8Array;
}

/** Result of {@link RenderHostCalls.getFdForTexture2}. */
export interface TextureFd {
  fd: FileDescriptor;
  stride: number;
  offset: number;
}

/**
 * The calls of virglrenderer. Each is queued in the order it is made and executed in that order; each returns a promise
 * that settles when it has been executed. A bad argument, an unknown id or a refusal rejects with a `VirglError`;
 * nothing throws synchronously. docs/c-api.md lists the C function and first release of each.
 */
export interface RenderHostCalls {
  /** Creates a context (`virgl_renderer_context_create_with_flags`). */
  contextCreate(args: ContextCreateArgs): Promise<void>;
  /** Destroys a context, its objects and its pending fences, which reject. */
  contextDestroy(args: ContextArgs): Promise<void>;
  /** Retires the fences of one context that are ready. */
  contextPoll(args: ContextArgs): Promise<void>;
  /** A duplicate of the descriptor that becomes readable when the context should be polled, or null. */
  contextGetPollFd(args: ContextArgs): Promise<FileDescriptor | null>;
  /** Lets a context use a resource. */
  ctxAttachResource(args: ContextResourceArgs): Promise<void>;
  /** Ends what {@link ctxAttachResource} began. */
  ctxDetachResource(args: ContextResourceArgs): Promise<void>;
  /**
   * Executes a command stream. If virglrenderer refuses it, the error names the command where that can be told; if the
   * context is now in its error state, this and every later call on it rejects with `ERR_VIRGL_CONTEXT_LOST`.
   */
  submitCmd(args: SubmitCmdArgs): Promise<void>;
  /** As {@link submitCmd}, after waiting for fences. */
  submitCmd2(args: SubmitCmd2Args): Promise<void>;
  /** Resolves when everything submitted so far, in any context, has been executed by the GPU. */
  createFence(args?: CreateFenceArgs): Promise<void>;
  /** Resolves when what the ring of this context was given so far has been executed by the GPU. */
  contextCreateFence(args: ContextCreateFenceArgs): Promise<void>;
  /** A sync file for a fence that is still pending. The caller closes it. */
  exportFence(args: FenceArgs): Promise<FileDescriptor>;
  /** A sync file that is already signalled. The caller closes it. */
  exportSignalledFence(): Promise<FileDescriptor>;
  /** Makes a context wait for a sync file. */
  attachFence(args: AttachFenceArgs): Promise<void>;
  /** A sync file for a fence by id. The caller closes it. */
  getFenceFd(args: FenceArgs): Promise<FileDescriptor>;
  /** A duplicate of a DRM context's device descriptor. */
  getDevFd(args: ContextArgs): Promise<FileDescriptor>;
  /** Creates a buffer or texture. */
  resourceCreate(args: ResourceCreateArgs): Promise<void>;
  /** Creates a blob resource. */
  resourceCreateBlob(args: ResourceCreateBlobArgs): Promise<void>;
  /** Makes a resource of somebody else's memory. */
  resourceImportBlob(args: ResourceImportBlobArgs): Promise<void>;
  /** Destroys a resource, detaches it from every context and gives its backing back. */
  resourceUnref(args: ResourceArgs): Promise<void>;
  /** Lends memory to a resource, for transfers without memory of their own. */
  resourceAttachIov(args: ResourceAttachIovArgs): Promise<void>;
  /** Gives the memory back. */
  resourceDetachIov(args: ResourceArgs): Promise<void>;
  /** What the library knows of a resource. */
  resourceGetInfo(args: ResourceArgs): Promise<ResourceInfo>;
  /** What the library knows of a resource and its dma-buf. */
  resourceGetInfoExt(args: ResourceArgs): Promise<ResourceInfoExt>;
  /** Maps a host blob. The memory is closed by {@link resourceUnmap}, {@link resourceUnref} and the end of the host. */
  resourceMap(args: ResourceArgs): Promise<SharedMemory>;
  /** Ends what {@link resourceMap} began; the view on the memory becomes empty at once. */
  resourceUnmap(args: ResourceArgs): Promise<void>;
  /** Maps a host blob over a range of shared memory, until the resource is destroyed. */
  resourceMapFixed(args: ResourceMapFixedArgs): Promise<void>;
  /** How a mapping is cached: 0 none, 1 cached, 2 uncached, 3 write-combined. */
  resourceGetMapInfo(args: ResourceArgs): Promise<number>;
  /** A blob's memory as a descriptor. */
  resourceExportBlob(args: ResourceArgs): Promise<ExportedBlob>;
  /** Whether and how a resource can be exported as dma-bufs. */
  resourceExportQuery(args: ExportQueryArgs): Promise<ExportQuery>;
  /** Mask of the structures that `virgl_renderer_execute` takes. */
  supportedStructures(): Promise<number>;
  /** Newest version and size of a capability set. */
  getCapSet(args: CapSetArgs): Promise<CapSetInfo>;
  /** The bytes of a capability set; zeroes where its back-end is not running, empty where the library has no such set. */
  fillCaps(args: FillCapsArgs): Promise<Uint8Array>;
  /** The pixels of a cursor: a 2D texture of at most 128x128. */
  getCursorData(args: ResourceArgs): Promise<CursorData>;
  /** Reads a rectangle of a 2D texture back into memory whose rows are as long as those of the whole texture. */
  getRect(args: GetRectArgs): Promise<void>;
  /** A dma-buf of a GL texture. The caller closes it. */
  getFdForTexture(args: TextureArgs): Promise<FileDescriptor>;
  /** As {@link getFdForTexture}, with its layout. */
  getFdForTexture2(args: TextureArgs): Promise<TextureFd>;
  /** Copies from a resource into memory. */
  transferReadIov(args: TransferReadArgs): Promise<void>;
  /** Copies from memory into a resource. */
  transferWriteIov(args: TransferWriteArgs): Promise<void>;
  /** Makes the library's own base context current. */
  forceCtx0(): Promise<void>;
  /** Retires fences and writes query results that are ready. Hosts poll by themselves while fences are pending. */
  poll(): Promise<void>;
  /** A duplicate of the descriptor that becomes readable when the library should be polled, or null. */
  getPollFd(): Promise<FileDescriptor | null>;
  /** Destroys all contexts and resources. Pending fences reject. */
  reset(): Promise<void>;
}

/** The name of a host call. */
export type HostCallName = keyof RenderHostCalls;

/** The argument object of a host call. */
export type HostCallArgs<Name extends HostCallName> = Parameters<RenderHostCalls[Name]>[0];

/** What a host call's promise resolves to. */
export type HostCallResult<Name extends HostCallName> = Awaited<ReturnType<RenderHostCalls[Name]>>;

/** Which host calls can be made; a missing one rejects with `ERR_VIRGL_UNSUPPORTED`. */
export type HostFeatures = Readonly<Record<HostCallName, boolean>>;

/** Live objects of a host. */
export interface HostCounts {
  contexts: number;
  resources: number;
  /** Resources that have memory attached. */
  backings: number;
  /** Fences that have not retired. */
  fences: number;
  /** Calls queued and not yet answered. */
  calls: number;
}

/** Everything that renders goes through one of these: in this process, in another one, recorded, validated or pretended. */
export interface RenderHost extends RenderHostCalls, AsyncDisposable {
  /** What the library behind this host can do. */
  readonly features: HostFeatures;
  /** What is alive now. */
  counts(): HostCounts;
  /** Lets queued calls finish, destroys everything and ends the host. Later calls reject. Safe to call twice. */
  close(): Promise<void>;
}
