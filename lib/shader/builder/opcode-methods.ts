// One method per opcode that the host translates, typed and made from the opcode table.
import type { TGSI_MEMORY_QUALIFIERS, TgsiTextureTarget } from '../tables/words';
import { TGSI_OPCODES, type TgsiOpcodeInfo, type TRANSLATED_OPCODES } from '../tables/opcodes';
import type { TgsiRegister } from './register';

/** Options of every instruction with a destination. */
export interface TgsiInstructionOptions {
  /** Clamp the result to 0…1. Default: false. */
  readonly saturate?: boolean;
  /** Forbid the driver to reorder the arithmetic. Default: false. */
  readonly precise?: boolean;
}

/** Options of texture instructions. */
export interface TgsiTextureOptions extends TgsiInstructionOptions {
  /** Default: the target of the sampler. */
  readonly target?: TgsiTextureTarget;
  /** Texel offsets, one or (TG4) four. Default: none. */
  readonly offsets?: readonly TgsiRegister[];
}

/** Options of memory instructions. */
export interface TgsiMemoryOptions extends TgsiInstructionOptions {
  /** Default: none. */
  readonly qualifiers?: readonly (typeof TGSI_MEMORY_QUALIFIERS)[number][];
}

/** Opcodes that the builder has a method of its own for. */
export const STRUCTURE_OPCODES = ['IF', 'UIF', 'ELSE', 'ENDIF', 'BGNLOOP', 'ENDLOOP', 'BRK', 'END'] as const;
type StructureOpcode = (typeof STRUCTURE_OPCODES)[number];

type MemoryOpcode = 'LOAD' | 'STORE' | 'RESQ' | `ATOM${string}`;

type Shapes = typeof TRANSLATED_OPCODES;
type R = TgsiRegister;

type OptionsOf<Opcode> = Opcode extends MemoryOpcode ? TgsiMemoryOptions : TgsiInstructionOptions;

/** The name of an opcode's method; none where the builder has its own. */
type MethodName<Opcode extends string> = Opcode extends StructureOpcode ? never : Lowercase<Opcode>;

type Methods<Group, Operands extends unknown[]> = {
  [Opcode in keyof Group & string as MethodName<Opcode>]: (
    ...operands: [...Operands, options?: OptionsOf<Opcode>]
  ) => void;
};

type PlainMethods<Group, Operands extends unknown[]> = {
  [Opcode in keyof Group & string as MethodName<Opcode>]: (...operands: Operands) => void;
};

type TextureMethods<Group, Operands extends unknown[]> = {
  [Opcode in keyof Group & string as MethodName<Opcode>]: (
    ...operands: [...Operands, sampler: R, options?: TgsiTextureOptions]
  ) => void;
};

/**
 * The instructions, by their mnemonic in lower case. Operands come in the order of the text: destination, sources (the
 * sampler last), then options. LOAD is `(dst, resource, address)`, STORE `(resource, address, value)`, ATOM…
 * `(dst, resource, address, value…)`. EMIT, ENDPRIM and MEMBAR take an immediate.
 */
export type TgsiOpcodeMethods = PlainMethods<Shapes['d0s0'], []> &
  PlainMethods<Shapes['d0s1'], [source: R]> &
  Methods<Shapes['d1s0'], [dst: R]> &
  Methods<Shapes['d1s1'], [dst: R, a: R]> &
  Methods<Shapes['d1s2'], [dst: R, a: R, b: R]> &
  Methods<Shapes['d1s3'], [dst: R, a: R, b: R, c: R]> &
  Methods<Shapes['d1s4'], [dst: R, a: R, b: R, c: R, d: R]> &
  TextureMethods<Shapes['d1s1t'], [dst: R]> &
  TextureMethods<Shapes['d1s2t'], [dst: R, a: R]> &
  TextureMethods<Shapes['d1s3t'], [dst: R, a: R, b: R]> &
  TextureMethods<Shapes['d1s4t'], [dst: R, a: R, b: R, c: R]>;

/** What the methods need: a place that takes instructions. */
export abstract class InstructionSink {
  /** @internal Adds one instruction; the last argument may be an options object. */
  protected abstract addInstruction(info: TgsiOpcodeInfo, operands: readonly unknown[]): void;
}

/** @internal The same method as `addInstruction`, for the functions below, which are no members. */
interface OpenSink {
  addInstruction(info: TgsiOpcodeInfo, operands: readonly unknown[]): void;
}

const structure: ReadonlySet<string> = new Set(STRUCTURE_OPCODES);

for (const info of TGSI_OPCODES) {
  if (!info.translated || structure.has(info.name)) continue;
  Object.defineProperty(InstructionSink.prototype, info.name.toLowerCase(), {
    configurable: true,
    writable: true,
    value(this: OpenSink, ...operands: unknown[]): void {
      this.addInstruction(info, operands);
    },
  });
}

/** {@link InstructionSink} with the type of the methods that the loop above gave it. */
export const OpcodeMethods = InstructionSink as unknown as abstract new () => InstructionSink &
  TgsiOpcodeMethods;
