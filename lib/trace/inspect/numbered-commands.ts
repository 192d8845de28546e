// Numbers the commands of a trace: every tool that names a command names it by this number.

import { decode, type Command } from '../../protocol';
import type { CallRecord, TraceRange, TraceRecord, TraceSource } from '../model';
import { argumentsOf } from './call-arguments';
import { MemoryContents } from './memory-contents';

/** A command of a trace. */
export interface NumberedCommand {
  /** Among all commands of the trace, from 0. */
  readonly number: number;
  /** The call that submitted it, by its number among all calls, from 0. */
  readonly call: number;
  /** Which of the commands of that call it is, from 0. */
  readonly indexInCall: number;
  /** The frame it belongs to, from 0. */
  readonly frame: number;
  readonly contextId: number;
  /** The sub-context that is current when the command begins. */
  readonly subContextId: number;
  /** What can't be decoded is UNKNOWN. */
  readonly command: Command;
  /** The command with its header: a view that stays valid until the next record is asked for. */
  readonly dwords: Uint32Array;
}

// virgl and virgl2; the streams of other contexts are in other languages.
const VIRGL_CAPSETS: readonly unknown[] = [1, 2];
const SUBMITS: readonly string[] = ['submitCmd', 'submitCmd2'];

/** Which sub-contexts a context has. Hosts ignore ids that are unknown, and new ones that exist. */
class SubContextIds {
  readonly #ids = new Set([0]);
  current = 0;

  follow(command: Command): void {
    if (command.name === 'CREATE_SUB_CTX') {
      const { id } = command.fields;
      if (!this.#ids.has(id)) this.current = id;
      this.#ids.add(id);
    } else if (command.name === 'SET_SUB_CTX') {
      if (this.#ids.has(command.fields.id)) this.current = command.fields.id;
    } else if (command.name === 'DESTROY_SUB_CTX') {
      const { id } = command.fields;
      if (id === 0) return;
      this.#ids.delete(id);
      if (this.current === id) this.current = 0;
    }
  }
}

interface NumberedContext {
  readonly isVirgl: boolean;
  readonly subContexts: SubContextIds;
}

const dwordsOf = (bytes: Uint8Array | Uint32Array): Uint32Array => {
  if (bytes instanceof Uint32Array) return bytes;
  // What is no whole dword at the end reaches no host.
  const length = bytes.length >>> 2;
  if (bytes.byteOffset % 4 === 0) return new Uint32Array(bytes.buffer, bytes.byteOffset, length);
  return new Uint32Array(bytes.slice(0, length * 4).buffer);
};

/** Finds and numbers the commands in records, which are given to it in order. */
export class CommandNumbering {
  /** Shared memory after the records so far. */
  readonly memory = new MemoryContents();
  readonly #contexts = new Map<number, NumberedContext>();
  #commands = 0;
  #calls = 0;
  #frame = 0;

  /** Commands so far: the number of the next one. */
  get commands(): number {
    return this.#commands;
  }

  /** Calls so far: the number of the next one. */
  get calls(): number {
    return this.#calls;
  }

  /** The frame that the next record belongs to. */
  get frame(): number {
    return this.#frame;
  }

  /** The sub-context in which the next command of a context runs. */
  currentSubContext(contextId: number): number {
    return this.#contexts.get(contextId)?.subContexts.current ?? 0;
  }

  /** The dwords of a submit, or undefined if the call is none, or one to a context that does not speak virgl. */
  streamOf(record: TraceRecord): Uint32Array | undefined {
    if (record.kind !== 'call' || !SUBMITS.includes(record.name)) return undefined;
    const { contextId, commands } = (record as CallRecord<'submitCmd'>).args;
    if (this.#contexts.get(contextId)?.isVirgl === false) return undefined;
    if (commands instanceof Uint8Array || commands instanceof Uint32Array) return dwordsOf(commands);
    return dwordsOf(this.memory.read(commands as TraceRange));
  }

  /** Takes the next record, and yields its commands. They are numbered as they are taken: all have to be. */
  *take(record: TraceRecord): Generator<NumberedCommand, void, undefined> {
    this.memory.apply(record);
    if (record.kind === 'frame') this.#frame += 1;
    if (record.kind !== 'call') return;
    const call = this.#calls;
    this.#calls += 1;
    this.#followContexts(record);
    const stream = this.streamOf(record);
    if (stream === undefined) return;
    const { contextId } = (record as CallRecord<'submitCmd'>).args;
    const { subContexts } = this.#contextOf(contextId);
    for (const command of decode(stream, { onError: 'raw' })) {
      const number = this.#commands;
      this.#commands += 1;
      const at = command.byteOffset / 4;
      yield {
        number,
        call,
        indexInCall: command.index,
        frame: this.#frame,
        contextId,
        subContextId: subContexts.current,
        command,
        dwords: stream.subarray(at, at + 1 + command.payload.length),
      };
      subContexts.follow(command);
    }
  }

  // A context that was made before the trace began speaks virgl.
  #contextOf(contextId: number): NumberedContext {
    let context = this.#contexts.get(contextId);
    if (context === undefined) {
      context = { isVirgl: true, subContexts: new SubContextIds() };
      this.#contexts.set(contextId, context);
    }
    return context;
  }

  #followContexts(record: CallRecord): void {
    if (record.name === 'contextCreate') {
      const { contextId, capsetId } = argumentsOf(record);
      const isVirgl = VIRGL_CAPSETS.includes(capsetId);
      this.#contexts.set(contextId as number, { isVirgl, subContexts: new SubContextIds() });
    } else if (record.name === 'contextDestroy') {
      this.#contexts.delete((record as CallRecord<'contextDestroy'>).args.contextId);
    } else if (record.name === 'reset') {
      this.#contexts.clear();
    }
  }
}

/** The commands of all submits of a trace, decoded one by one, in order. */
export function* walkCommands(source: TraceSource): Generator<NumberedCommand, void, undefined> {
  const numbering = new CommandNumbering();
  for (const record of source.records()) yield* numbering.take(record);
}
