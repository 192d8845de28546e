// Queries: what the GPU counted or timed. Facts: virglrenderer's `struct virgl_host_query_state` in virgl_hw.h.

import type { SharedMemory } from '../host';
import { PipelineStatistic, QueryState, QueryType } from '../protocol';
import { invalidArgument } from '../protocol/error';
import { checkObject, checkWhole } from './check-input';
import { ContextObject, MAX_HANDLE, type ObjectOwner } from './context-object';
import type { ObjectOptions } from './objects';
import type { Resource } from './resource';

/** What is counted. */
export interface QueryDescriptor extends ObjectOptions {
  type: (typeof QueryType)[keyof typeof QueryType];
  /** The vertex stream, or for PIPELINE_STATISTICS which counter. Default 0. */
  index?: (typeof PipelineStatistic)[keyof typeof PipelineStatistic] | number;
  /** Where the result lands; stays the caller's. Default: a buffer of its own. */
  result?: QueryResultBuffer;
}

/** Types that virglrenderer knows by name only; it would never write a result. */
const UNCOUNTED: readonly number[] = [
  QueryType.TIMESTAMP_DISJOINT,
  QueryType.SO_STATISTICS,
  QueryType.GPU_FINISHED,
];
const COUNTED = Object.entries(QueryType).filter(([, type]) => !UNCOUNTED.includes(type));
const LAST_STREAM = 3;

/** Throws unless virglrenderer can count what is described. */
export const checkQuery = (descriptor: QueryDescriptor): void => {
  checkObject('createQuery', 'descriptor', descriptor, ['label', 'handle', 'type', 'index', 'result']);
  const { type, index = 0, handle, result } = descriptor;
  if (!COUNTED.some(([, counted]) => counted === type)) {
    const names = COUNTED.map(([name]) => name).join(', ');
    throw invalidArgument('createQuery', 'type', `a QueryType of ${names}`, type);
  }
  if (handle !== undefined) checkWhole('createQuery', 'handle', handle, [1, MAX_HANDLE]);
  if (result !== undefined) checkObject('createQuery', 'result', result, ['buffer', 'memory']);
  if (result !== undefined && !ArrayBuffer.isView(result.memory?.bytes))
    throw invalidArgument('createQuery', 'result.memory', 'a SharedMemory', result.memory);
  const statistics = type === QueryType.PIPELINE_STATISTICS;
  checkWhole('createQuery', 'index', index, [0, statistics ? PipelineStatistic.CS_INVOCATIONS : LAST_STREAM]);
};

/** Bytes of a result: u32 state, u32 size, u64 value. */
export const QUERY_RESULT_BYTES = 16;
const STATE_OFFSET = 0;
const VALUE_OFFSET = 8;

/** Where a query's result lands. */
export interface QueryResultBuffer {
  /** What virglrenderer writes to. */
  buffer: Resource;
  /** Its backing: the same bytes, seen by the script. */
  memory: SharedMemory;
}

/** A query of a context. */
export class Query extends ContextObject {
  readonly kind = 'query';
  /** Whether there is something to ask for. Kept by the context. */
  ended = false;
  readonly #result: QueryResultBuffer;

  /** Made by `Context.createQuery`. */
  constructor(owner: ObjectOwner, handle: number, label: string | undefined, result: QueryResultBuffer) {
    super(owner, handle, label);
    this.#result = result;
  }

  /** Marks the result as not there yet, as virglrenderer wants it before the result is asked for. */
  expectResult(): void {
    this.#view().setUint32(STATE_OFFSET, QueryState.WAIT_HOST, true);
  }

  /** The result, or undefined while virglrenderer has not written it. */
  get result(): bigint | undefined {
    const view = this.#view();
    const done = view.getUint32(STATE_OFFSET, true) === QueryState.DONE;
    return done ? view.getBigUint64(VALUE_OFFSET, true) : undefined;
  }

  /** Gives the buffer back. Called by the context when the query is destroyed. */
  async releaseResult(): Promise<void> {
    await this.#result.buffer.destroy();
    this.#result.memory.close();
  }

  #view(): DataView {
    return new DataView(this.#result.memory.bytes.buffer);
  }
}
