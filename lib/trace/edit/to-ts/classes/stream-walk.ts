// Where the writing of a stream stands, and what its steps need.

import type { SharedMemory } from '../../../../host';
import { type Command, decode } from '../../../../protocol';
import { VirglError } from '../../../../protocol/error';
import { FLUSH_DWORDS } from '../../../../renderer/context-stream';
import type { Statement } from '../statement';
import { isEqual, type StreamWriter } from '../stream';
import type { ValueWriter } from '../values';
import type { LiveContext } from './live-context';
import { Inexpressible } from './term';

/** A command that could be decoded. */
export type KnownCommand = Exclude<Command, { name: 'UNKNOWN' }>;

/** Fields of a command. */
export type Values = Readonly<Record<string, unknown>>;

/** Memory of the program, and how it says so. */
export interface ProgramMemory {
  readonly value: SharedMemory;
  readonly code: string;
}

/** What writing a stream needs beside its context. */
export interface ClassStreamParts {
  readonly values: ValueWriter;
  readonly raw: StreamWriter;
  emit(statement: Statement): void;
  /** The memory that is the whole backing of a buffer. */
  memoryOf(resourceId: number): ProgramMemory | undefined;
  /** A name for an object that no other context's object has. */
  nameOf(live: LiveContext, word: string, handle: number): string;
}

/** What a class refuses and what has no form in it is written otherwise, and undefined here; all else is a fault. */
export const attempt = <Result>(make: () => Result): Result | undefined => {
  try {
    return make();
  } catch (error) {
    if (error instanceof Inexpressible || error instanceof VirglError) return undefined;
    throw error;
  }
};

/** A stream that is being written, command by command. */
export class StreamWalk {
  readonly commands: readonly Command[];
  /** The next command. */
  index = 0;

  constructor(
    readonly parts: ClassStreamParts,
    readonly live: LiveContext,
    readonly stream: Uint32Array,
    fromDword: number,
  ) {
    this.commands = [...decode(stream, { onError: 'raw' })];
    while (!this.isDone && this.#start(this.index) < fromDword) this.index += 1;
  }

  /** Whether all commands are written. */
  get isDone(): boolean {
    return this.index >= this.commands.length;
  }

  /** The dwords of commands, up to `end`. */
  dwords(from: number, end: number): Uint32Array {
    return this.stream.subarray(this.#start(from), this.#start(end));
  }

  /** A command whose fields tell all of it. */
  known(index: number): KnownCommand | undefined {
    const command = this.commands[index];
    if (command === undefined || command.name === 'UNKNOWN') return undefined;
    return command.residue === undefined && command.extra === undefined ? command : undefined;
  }

  /** Whether a class may record up to there: a context that is not verbatim sends long streams by itself, which must not end early. */
  fits(end: number): boolean {
    return this.live.verbatim || this.#start(end) < FLUSH_DWORDS || end === this.commands.length;
  }

  /** A call was made for good, for the commands up to `end`. */
  took(end: number, recorded: Uint32Array, what: string): true {
    if (!isEqual(recorded, this.dwords(this.index, end))) {
      const { name } = this.live;
      throw new Error(
        `toTypeScript: ${what} of ${name} gave other commands than tried; leave the classes out`,
      );
    }
    this.index = end;
    return true;
  }

  #start(index: number): number {
    return (this.commands[index]?.byteOffset ?? this.stream.byteLength) / 4;
  }
}
