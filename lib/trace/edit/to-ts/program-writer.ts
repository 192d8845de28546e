// The functions of a program, frame by frame: host calls, and commands on an encoder.

import type { CallRecord, TraceRecord } from '../../model';
import { MemoryContents } from '../../inspect/memory-contents';
import type { VirglErrorCode } from '../../../protocol';
import { commandsOf, isSubmit } from '../commands-of';
import { CallWriter, isRange, tookDescriptor } from './calls';
import type { Code } from './code';
import { DataFile } from './data-file';
import type { Names } from './names';
import type { Statement } from './statement';
import { StreamWriter } from './stream';
import { ValueWriter } from './values';

type WriteRecord = Extract<TraceRecord, { kind: 'write' }>;

/** What is only known at the end of a trace. */
export interface Survey {
  readonly names: Names;
  /** How calls were refused, by their number. */
  readonly refused: ReadonlyMap<number, VirglErrorCode>;
}

/** Writes the functions of a program. */
export class ProgramWriter {
  readonly names: Names;
  readonly data = new DataFile();
  readonly stream: StreamWriter;
  readonly frames: (readonly Statement[])[] = [];
  /** Calls that took a descriptor. */
  leftOut = 0;
  protected readonly values: ValueWriter;
  protected readonly memories = new MemoryContents();
  protected readonly refused: Survey['refused'];
  /** The number of the next call. */
  protected callNumber = 0;
  readonly #calls: CallWriter;
  // Writes that no call has seen yet.
  #pending: WriteRecord[] = [];
  #statements: Statement[] = [];

  constructor({ names, refused }: Survey) {
    this.names = names;
    this.refused = refused;
    this.values = new ValueWriter(names, this.data);
    this.stream = new StreamWriter(this.values);
    this.#calls = new CallWriter(this.values);
  }

  /** Takes the next record. */
  async add(record: TraceRecord): Promise<void> {
    this.memories.apply(record);
    if (record.kind === 'write') this.#pending.push({ ...record, bytes: record.bytes.slice() });
    else if (record.kind === 'call') this.callNumber += await this.addCall(record);
    else if (record.kind === 'memory')
      this.emit({ code: `p.memory(${this.names.id('memory', record.memoryId)}, ${record.sizeBytes})` });
    else if (record.kind === 'memoryEnd') {
      // Nothing can read what is still to be written there.
      this.#pending = this.#pending.filter(({ memoryId }) => memoryId !== record.memoryId);
      this.emit({ code: `p.endMemory(${this.names.id('memory', record.memoryId)})` });
    } else if (record.kind === 'marker') this.emit({ comment: record.text });
    else if (record.kind === 'frame') this.endFrame();
  }

  /** The trace ends. */
  async finish(): Promise<void> {
    this.flushWrites();
    if (this.#statements.length > 0 || this.frames.length === 0) this.endFrame();
    return Promise.resolve();
  }

  protected endFrame(): void {
    this.frames.push(this.#statements);
    this.#statements = [];
  }

  protected emit(statement: Statement): void {
    this.#statements.push(statement);
  }

  /** Takes the next call. @returns how many it took, with those that follow it */
  protected addCall(call: CallRecord): Promise<number> {
    this.addHostCall(call);
    return Promise.resolve(1);
  }

  /** Writes a call as one of the host. */
  protected addHostCall(call: CallRecord): void {
    if (tookDescriptor(call)) {
      this.leftOut += 1;
      this.emit({ comment: `host.${call.name}(): it took a descriptor, which a trace can't keep` });
      return;
    }
    const dwords = isSubmit(call) ? commandsOf(call, this.memories) : undefined;
    if (!isSubmit(call) || dwords === undefined) {
      this.flushWrites();
      this.emitHostCall(call);
      return;
    }
    this.addSubmit(call, 'stream', () => {
      for (const statement of this.stream.statements(dwords, 'stream')) this.emit(statement);
    });
  }

  /**
   * Writes a submit as a call of the host.
   * @param encoder what the commands are encoded with
   * @param encode writes the statements that encode them
   */
  protected addSubmit(
    call: CallRecord<'submitCmd' | 'submitCmd2'>,
    encoder: string,
    encode: () => void,
  ): void {
    const commands: unknown = call.args.commands;
    if (!isRange(commands)) {
      encode();
      this.flushWrites();
      this.emitHostCall(
        call,
        commands instanceof Uint32Array ? `p.take(${encoder})` : `p.takeBytes(${encoder})`,
      );
      return;
    }
    // The client's writes of the stream are told by the commands instead.
    const end = commands.offsetBytes + commands.lengthBytes;
    this.#pending = this.#pending.filter(
      ({ memoryId, offsetBytes, bytes }) =>
        memoryId !== commands.memoryId ||
        offsetBytes < commands.offsetBytes ||
        offsetBytes + bytes.length > end,
    );
    this.flushWrites();
    encode();
    const memory = this.names.id('memory', commands.memoryId);
    this.emit({ code: `p.write(${memory}, ${commands.offsetBytes}, p.takeBytes(${encoder}))` });
    this.emitHostCall(call);
  }

  protected emitHostCall(call: CallRecord, commands?: Code): void {
    this.emit({ code: this.#calls.statement(call, this.refused.has(this.callNumber), commands) });
  }

  /** A call of the host as an expression of what it answers. */
  protected hostCallCode(call: CallRecord): Code {
    return this.#calls.answer(call);
  }

  protected rangeCode(range: Parameters<CallWriter['range']>[0]): Code {
    return this.#calls.range(range);
  }

  /** Writes what the client wrote into memory. */
  protected flushWrites(): void {
    for (const { memoryId, offsetBytes, bytes } of this.#pending) {
      const open = `p.write(${this.names.id('memory', memoryId)}, ${offsetBytes}, `;
      this.emit({ code: { open, close: ')', items: [this.values.bytes(bytes)] } });
    }
    this.#pending = [];
  }
}
