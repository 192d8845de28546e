// Result words of native/calls.cc into what the host calls promise.

import { VirglError } from '../protocol/error';
import type { NativeFileDescriptor, NativeHostBinding, NativeMemory } from './addon';
import { type FileDescriptor, wrapFileDescriptor } from './file-descriptor';
import type { ExportQuery, HostCallName, HostCallResult, ResourceInfo } from './render-host';
import { wrapMapped } from './shared-memory';

const MAX_PLANES = 4;

/** Reads result words from front to back. */
export class ResultWords {
  #at = 0;

  constructor(
    readonly words: Uint32Array,
    readonly take: NativeHostBinding['take'],
  ) {}

  u32(): number {
    return this.words[this.#at++];
  }

  i32(): number {
    return this.u32() | 0;
  }

  u64(): bigint {
    return BigInt(this.u32()) | (BigInt(this.u32()) << 32n);
  }

  fd(): FileDescriptor | null {
    const token = this.u32();
    return token === 0 ? null : wrapFileDescriptor(this.take(token) as NativeFileDescriptor);
  }

  /** For calls that only succeed with a descriptor. */
  requiredFd(): FileDescriptor {
    const fd = this.fd();
    // The library had one; only our duplicate of it can have failed.
    if (fd === null) throw new VirglError('ERR_VIRGL_SYSTEM', 'the process has no file descriptor left');
    return fd;
  }

  bytes(): Uint8Array {
    const words = this.words32();
    return new Uint8Array(words.buffer, 0, this.u32());
  }

  words32(): Uint32Array {
    return this.take(this.u32()) as Uint32Array;
  }
}

const readInfo = (result: ResultWords): ResourceInfo => ({
  handle: result.u32(),
  format: result.u32(),
  width: result.u32(),
  height: result.u32(),
  depth: result.u32(),
  flags: result.u32(),
  textureId: result.u32(),
  stride: result.u32(),
  drmFourcc: result.i32(),
  fd: result.fd(),
});

const readExportQuery = (result: ResultWords): ExportQuery => {
  const head = { numFds: result.u32(), fourcc: result.u32(), modifier: result.u64() };
  const planes = Array.from({ length: MAX_PLANES }, () => ({
    fd: result.fd(),
    stride: result.u32(),
    offset: result.u32(),
  }));
  return { ...head, planes };
};

type Decoders = { [Name in HostCallName]?: (result: ResultWords) => HostCallResult<Name> };

const DECODERS: Decoders = {
  contextGetPollFd: (result) => result.fd(),
  getPollFd: (result) => result.fd(),
  exportFence: (result) => result.requiredFd(),
  exportSignalledFence: (result) => result.requiredFd(),
  getFenceFd: (result) => result.requiredFd(),
  getDevFd: (result) => result.requiredFd(),
  getFdForTexture: (result) => result.requiredFd(),
  getFdForTexture2: (result) => ({ fd: result.requiredFd(), stride: result.i32(), offset: result.i32() }),
  resourceGetInfo: readInfo,
  resourceGetInfoExt: (result) => ({
    ...readInfo(result),
    hasDmabufExport: result.u32() !== 0,
    planes: result.i32(),
    modifiers: result.u64(),
  }),
  resourceMap: (result) => wrapMapped(result.take(result.u32()) as NativeMemory),
  resourceGetMapInfo: (result) => result.u32(),
  resourceExportBlob: (result) => ({ fdType: result.u32(), fd: result.requiredFd() }),
  resourceExportQuery: readExportQuery,
  supportedStructures: (result) => result.u32(),
  getCapSet: (result) => ({ maxVersion: result.u32(), maxSizeBytes: result.u32() }),
  fillCaps: (result) => result.bytes(),
  getCursorData: (result) => ({ width: result.u32(), height: result.u32(), pixels: result.bytes() }),
};

/** Decodes the result of a call; undefined for calls that have none. */
export const decodeResult = (name: HostCallName, result: ResultWords): unknown => DECODERS[name]?.(result);
