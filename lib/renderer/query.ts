// Queries: what the GPU counted or timed. Facts: virglrenderer's `struct virgl_host_query_state` in virgl_hw.h.

import type { SharedMemory } from '../host';
import { type PipelineStatistic, QueryState, type QueryType } from '../protocol';
import { ContextObject, type ObjectOwner } from './context-object';
import type { Resource } from './resource';

/** What is counted. */
export interface QueryDescriptor {
  /** Shown in errors. */
  label?: string;
  type: (typeof QueryType)[keyof typeof QueryType];
  /** The vertex stream, or for PIPELINE_STATISTICS which counter. Default 0. */
  index?: (typeof PipelineStatistic)[keyof typeof PipelineStatistic] | number;
}

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
