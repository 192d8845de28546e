// All benchmarks, in the order in which they run.

import type { Benchmark } from '../benchmark';
import { decodeStream, printText } from './decode';
import { draws10000 } from './draws';
import { encodeDraws, encodeStates } from './encode';
import { readback1080p, triangle } from './frames';
import { headlessGl } from './headless-gl';
import { hop, submit16, submit16Batched, submit16k, submit16kInPlace } from './submit';
import { vtestBenchmarks } from './vtest';

/** All benchmarks. */
export const BENCHMARKS: readonly Benchmark[] = [
  submit16,
  submit16Batched,
  submit16k,
  submit16kInPlace,
  hop,
  readback1080p,
  triangle,
  draws10000,
  headlessGl,
  encodeDraws,
  encodeStates,
  decodeStream,
  printText,
  ...vtestBenchmarks,
];
