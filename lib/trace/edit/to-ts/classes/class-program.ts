// The functions of a program that uses the typed classes wherever they make the same calls with the same bytes. The classes themselves are
// run beside it, on a host that only remembers, so that what they would do is known and not guessed.

import type { CallRecord, TraceMeta, TraceRecord } from '../../../model';
import { commandsOf } from '../../commands-of';
import type { IdKind } from '../names';
import { ProgramWriter, type Survey } from '../program-writer';
import { ClassScope, type ClassWriting, type Handlers } from './class-scope';
import { ContextHandlers } from './context-handlers';
import { EMPTY_CAPSET } from './empty-capset';
import type { RecordLookahead } from './record-lookahead';
import { ResourceHandlers } from './resource-handlers';
import { SubmitHandlers } from './submit-handlers';
import { TransferHandlers } from './transfer-handlers';

const VIRGL2 = 2;

/** Records before which what is written must be sent: the host could tell the order. */
const SEEN_BY_HOST: ReadonlySet<TraceRecord['kind']> = new Set([
  'memory',
  'memoryEnd',
  'write',
  'marker',
  'frame',
]);

const capsetOf = ({ capsets }: TraceMeta): Uint8Array => {
  const known = capsets?.[VIRGL2];
  return known === undefined ? EMPTY_CAPSET : Uint8Array.from(Buffer.from(known, 'base64'));
};

/** Writes the functions of a program. */
export class ClassProgramWriter extends ProgramWriter {
  readonly #queue: RecordLookahead;
  readonly #scope: ClassScope;
  readonly #handlers: Handlers;

  /** @param defaults numbers of the calls whose contexts begin with the default state */
  constructor(survey: Survey, meta: TraceMeta, queue: RecordLookahead, defaults: ReadonlySet<number>) {
    super(survey);
    this.#queue = queue;
    this.#scope = new ClassScope(this.#writing());
    this.#handlers = {
      ...new ContextHandlers(this.#scope, { capset: capsetOf(meta), defaults }).handlers,
      ...new ResourceHandlers(this.#scope).handlers,
      ...new TransferHandlers(this.#scope).handlers,
      ...new SubmitHandlers(this.#scope).handlers,
    };
    this.names.live = {
      id: (kind, id) => this.#nameOfId(kind, id),
      object: (handle) => this.#nameOfObject(handle),
    };
  }

  override async add(record: TraceRecord): Promise<void> {
    if (SEEN_BY_HOST.has(record.kind)) await this.#scope.flushUnsent();
    await super.add(record);
  }

  override async finish(): Promise<void> {
    await this.#scope.flushUnsent();
    await super.finish();
  }

  protected override async addCall(call: CallRecord): Promise<number> {
    const taken = (await this.#handlers[call.name]?.(call)) ?? 0;
    if (taken === 0) {
      await this.#scope.flushUnsent();
      return super.addCall(call);
    }
    // The calls that came with it.
    for (let others = taken - 1; others > 0;) if (this.#queue.next()?.kind === 'call') others -= 1;
    return taken;
  }

  #writing(): ClassWriting {
    return {
      values: this.values,
      stream: this.stream,
      emit: (statement) => this.emit(statement),
      flushWrites: () => this.flushWrites(),
      refusal: (distance = 0) => this.refused.get(this.callNumber + distance),
      ahead: (distance) =>
        this.refused.has(this.callNumber + distance) ? undefined : this.#queue.callAhead(distance),
      callNumber: () => this.callNumber,
      byHand: (call) => this.addHostCall(call),
      submitByHand: (call, encoder) => this.addSubmit(call, encoder, () => undefined),
      answerCode: (call) => this.hostCallCode(call),
      rangeCode: (range) => this.rangeCode(range),
      dwordsOf: (call) => commandsOf(call, this.memories),
    };
  }

  #nameOfId(kind: IdKind, id: number): string {
    const { contexts, resources } = this.#scope;
    const name = kind === 'context' ? contexts.get(id)?.name : resources.get(id)?.name;
    return name === undefined ? String(id) : `${name}.id`;
  }

  #nameOfObject(handle: number): string | undefined {
    const name = this.#scope.current?.objects.get(handle)?.name;
    return name === undefined ? undefined : `${name}.handle`;
  }
}
