// TypeScript types that follow from the schema tables: arguments of the encoder's methods, decoded commands.

import type { COMMANDS, CommandName } from './commands';
import type { OBJECTS, ObjectName } from './objects';
import type { VirglError } from './error';
import type { InputOf, OutputOf } from './schema-types';

type CommandTable = typeof COMMANDS;
type ObjectTable = typeof OBJECTS;

/** Name of a command that is not CREATE_OBJECT, whose layout depends on the kind of object. */
export type PlainCommandName = Exclude<CommandName, 'CREATE_OBJECT'>;

/** What the encoder takes for a command. */
export type CommandArguments<N extends PlainCommandName> = InputOf<CommandTable[N]['fields']>;

/** What the encoder takes for an object of this kind. For shaders see `ShaderArguments`. */
export type ObjectArguments<N extends ObjectName> = InputOf<ObjectTable[N]['fields']>;

/** What the decoder gives for a command. */
export type CommandFields<N extends PlainCommandName> = OutputOf<CommandTable[N]['fields']>;

/** What the decoder gives for an object of this kind. */
export type ObjectFields<N extends ObjectName> = OutputOf<ObjectTable[N]['fields']>;

/** A dword whose bits the fields do not tell in full: reserved bits, odd NaNs, booleans that are neither 0 nor 1. */
export interface Residue {
  /** Dword of the command, 0 being the header. */
  readonly dword: number;
  /** What the fields alone would make of it; if they now make something else, the residue is dropped. */
  readonly replaces: number;
  /** What it is. Of the header only the low 16 bits count. */
  readonly value: number;
}

/** What a command has beside its fields, so that encoding gives back the same bytes. */
export interface Remainder {
  /** Dwords behind the last field. */
  readonly extra?: Uint32Array;
  readonly residue?: readonly Residue[];
}

/** Where a decoded command stood. */
export interface CommandPlace extends Remainder {
  /** Number of the command in its stream, from 0. */
  readonly index: number;
  /** Where its header begins. */
  readonly byteOffset: number;
  readonly opcode: number;
  /** Bits 8–15 of the header. */
  readonly objectType: number;
  /** Payload length that the header tells. */
  readonly lengthDwords: number;
  /** The payload; a view of the stream, not a copy. */
  readonly payload: Uint32Array;
}

/** A decoded command other than CREATE_OBJECT. */
export type DecodedPlainCommand = {
  [N in PlainCommandName]: CommandPlace & { readonly name: N; readonly fields: CommandFields<N> };
}[PlainCommandName];

/** A decoded CREATE_OBJECT; `object` tells the kind. */
export type DecodedObject = {
  [N in ObjectName]: CommandPlace & {
    readonly name: 'CREATE_OBJECT';
    readonly object: N;
    readonly fields: ObjectFields<N>;
  };
}[ObjectName];

/** A command that could not be decoded, kept as it is. `payload` is what was there of it. */
export interface UnknownCommand extends CommandPlace {
  readonly name: 'UNKNOWN';
  readonly fields: Readonly<Record<string, never>>;
  /** Why it could not be decoded. */
  readonly error: VirglError;
}

/** What {@link decode} yields; `name`, and then `object`, tell which fields there are. */
export type Command = DecodedPlainCommand | DecodedObject | UnknownCommand;

/** What can be encoded: a decoded command, edited or not, or one made by hand. */
export type EncodableCommand =
  | {
      [N in PlainCommandName]: Remainder & { readonly name: N; readonly fields: CommandArguments<N> };
    }[PlainCommandName]
  | {
      [N in ObjectName]: Remainder & {
        readonly name: 'CREATE_OBJECT';
        readonly object: N;
        readonly fields: ObjectArguments<N>;
      };
    }[ObjectName]
  | Pick<UnknownCommand, 'name' | 'opcode' | 'objectType' | 'lengthDwords' | 'payload'>;

type CamelTail<S extends string> = S extends `${infer Head}_${infer Rest}`
  ? `${Capitalize<Lowercase<Head>>}${CamelTail<Rest>}`
  : Capitalize<Lowercase<S>>;

/** DRAW_VBO → drawVbo. */
export type CamelCase<S extends string> = S extends `${infer Head}_${infer Rest}`
  ? `${Lowercase<Head>}${CamelTail<Rest>}`
  : Lowercase<S>;

// Without required fields the argument may be left out.
type Method<A, R> = Record<never, never> extends A ? (args?: A) => R : (args: A) => R;

/** The encoder's methods for commands. */
export type CommandMethods<R> = {
  [N in PlainCommandName as CamelCase<N>]: Method<CommandArguments<N>, R>;
};

/** The encoder's methods for objects, but for shaders, which may take several packets. */
export type ObjectMethods<R> = {
  [N in Exclude<ObjectName, 'SHADER'> as CamelCase<`CREATE_${N}`>]: Method<ObjectArguments<N>, R>;
};

/** The `create…` and command method names are made by this rule; DRAW_VBO → drawVbo. */
export const camelCase = (name: string): string =>
  name.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
