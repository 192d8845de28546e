// What a renderer is, gathered from its host and its capability sets.

import type { NativeHostInfo, RenderHost } from '../host';
import { type Capset, decodeCapset } from '../protocol/capset-decode';

/** What renders, and how. */
export interface RendererInfo {
  /** GL renderer string, e.g. `LLVMPIPE (LLVM 15.0.6, 256 bits)`; empty on hosts that do not tell (before 0.10). */
  renderer: string;
  /** GLSL version of the host, e.g. 450. */
  glslLevel: number;
  /** The capability set, decoded. */
  capset: Capset;
  /** How the host in this process was started; undefined for other hosts. */
  native?: NativeHostInfo;
}

const VIRGL2 = 2;

/** Asks a host what it is, unless its capability set is known. */
export const describeRenderer = async (host: RenderHost, known?: Uint8Array): Promise<RendererInfo> => {
  const capset = decodeCapset(VIRGL2, known ?? (await host.fillCaps({ capsetId: VIRGL2 })));
  return {
    renderer: capset.fields.renderer ?? '',
    glslLevel: capset.fields.glslLevel ?? 0,
    capset,
    // Also of a decorator that stands for such a host.
    native: (host as { info?: NativeHostInfo }).info,
  };
};
