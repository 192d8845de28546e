// Builds TGSI shaders that virglrenderer can use: what it drops or refuses has no method here.
import { invalidArgument, VirglError } from '../../protocol/error';
import type { TgsiInstruction, TgsiProperty, TgsiShader, TgsiStatement } from '../ast';
import { assertTgsi } from '../check/check';
import { checkChoice, checkInteger, checkOptions } from '../options';
import { parseTgsi } from '../parse';
import { printTgsi } from '../print';
import { opcodeInfo, type TgsiOpcode, type TgsiOpcodeInfo } from '../tables/opcodes';
import {
  propertyInfo,
  REQUIRED_PROPERTIES,
  TGSI_PROPERTIES,
  type TgsiAcceptedProperty,
  type TgsiPropertyValue,
} from '../tables/properties';
import { TGSI_RELEASES, type TgsiRelease } from '../tables/releases';
import type { TgsiSystemValue } from '../tables/semantics';
import { TGSI_STAGES, type TgsiReturnType, type TgsiStage, type TgsiTextureTarget } from '../tables/words';
import { ImmediatePool } from './immediates';
import { makeInstruction } from './instruction';
import { OpcodeMethods } from './opcode-methods';
import { NOWHERE, operandError, TgsiRegister } from './register';
import {
  RegisterFactory,
  type TgsiBufferOptions,
  type TgsiImageOptions,
  type TgsiInputOptions,
  type TgsiInputSemantic,
  type TgsiOutputOptions,
  type TgsiOutputSemantic,
} from './register-factory';

/** Options of {@link TgsiBuilder}. */
export interface TgsiBuilderOptions {
  /** The oldest virglrenderer that has to take the shader. Default: '0.10.4'. */
  readonly release?: TgsiRelease;
}

const ACCEPTED_PROPERTIES = Object.entries(TGSI_PROPERTIES)
  .filter(([, info]) => info.accepted)
  .map(([name]) => name);

/**
 * Writes a shader instruction by instruction. Registers are declared when they are asked for, equal immediates once.
 * Every opcode that virglrenderer translates is a method, see {@link TgsiOpcodeMethods}.
 *
 * All methods throw VirglError ERR_VIRGL_ARGUMENT for wrong use; the message names opcode, operand and what is allowed.
 *
 * ```ts
 * const b = new TgsiBuilder('VERT');
 * b.mov(b.output('POSITION'), b.input(0));
 * b.end();
 * const text = b.toString();
 * ```
 */
export class TgsiBuilder<Stage extends TgsiStage = TgsiStage> extends OpcodeMethods {
  readonly stage: Stage;
  readonly release: TgsiRelease;
  readonly #registers: RegisterFactory;
  readonly #immediates = new ImmediatePool();
  readonly #properties = new Map<string, TgsiProperty>();
  readonly #instructions: TgsiInstruction[] = [];
  #loops = 0;
  #blocks = 0;
  #ended = false;

  constructor(stage: Stage, options: TgsiBuilderOptions = {}) {
    super();
    checkChoice('TgsiBuilder', 'stage', stage, TGSI_STAGES);
    checkOptions('TgsiBuilder', options, ['release']);
    const { release = '0.10.4' } = options;
    checkChoice('TgsiBuilder', 'release', release, TGSI_RELEASES);
    this.stage = stage;
    this.release = release;
    this.#registers = new RegisterFactory(this, stage, release);
  }

  /** Sets a property; the last value counts. */
  property<Name extends TgsiAcceptedProperty>(name: Name, value: TgsiPropertyValue<Name>): void {
    const operation = 'TgsiBuilder.property';
    checkChoice(operation, 'name', name, ACCEPTED_PROPERTIES);
    const { words, stages } = propertyInfo(name) ?? {};
    if (stages !== undefined && !stages.includes(this.stage)) {
      throw operandError(operation, 'the stage', `${stages.join(' or ')} for ${name}`, this.stage);
    }
    if (words !== undefined) checkChoice(operation, name, value, words);
    else checkInteger(operation, name, value, 0, 0xffffffff);
    const number = words === undefined ? Number(value) : words.indexOf(String(value));
    const property = {
      kind: 'property' as const,
      name,
      value: number,
      text: String(value),
      location: NOWHERE,
    };
    this.#properties.set(name, property);
  }

  /** A vertex attribute (VERT, by number), or what the stage before gives under a semantic. */
  input(attribute: number): TgsiRegister;
  input(semantic: TgsiInputSemantic<Stage>, semanticIndex?: number, options?: TgsiInputOptions): TgsiRegister;
  input(
    source: number | TgsiInputSemantic<Stage>,
    semanticIndex = 0,
    options: TgsiInputOptions = {},
  ): TgsiRegister {
    return this.#registers.input(source, semanticIndex, options);
  }

  /** What the stage gives to the next one, or to the framebuffer. */
  output(
    semantic: TgsiOutputSemantic<Stage>,
    semanticIndex = 0,
    options: TgsiOutputOptions = {},
  ): TgsiRegister {
    return this.#registers.output(semantic, semanticIndex, options);
  }

  /** A value that the GPU makes: a vertex, instance or thread number, …. */
  systemValue(name: TgsiSystemValue): TgsiRegister {
    return this.#registers.systemValue(name);
  }

  /** Vectors of the constant file, which is uniform block 0; `count` of them can be reached from this one. */
  constant(index: number, count = 1): TgsiRegister {
    return this.#registers.constant(0, index, count);
  }

  /** Vectors of a uniform block 1…31. */
  uniform(block: number, index: number, count = 1): TgsiRegister {
    checkInteger('TgsiBuilder.uniform', 'block', block, 1, 31);
    return this.#registers.constant(block, index, count);
  }

  /** A new temporary register. */
  temp(): TgsiRegister {
    return this.#registers.temp();
  }

  /** Temporary registers that can be indexed; `at` and `index` choose one. */
  tempArray(count: number): TgsiRegister {
    return this.#registers.tempArray(count);
  }

  /** A new address register, for `index` and `vertex`. */
  address(): TgsiRegister {
    return this.#registers.address();
  }

  /** Sampler and sampler view number `index`. */
  sampler(index: number, target: TgsiTextureTarget, returnType: TgsiReturnType = 'FLOAT'): TgsiRegister {
    return this.#registers.sampler(index, target, returnType);
  }

  /** Image number `index`; the format has its PIPE_FORMAT_ prefix. */
  image(
    index: number,
    target: TgsiTextureTarget,
    format: string,
    options: TgsiImageOptions = {},
  ): TgsiRegister {
    return this.#registers.image(index, target, format, options);
  }

  /** Shader storage buffer number `index`; addresses count bytes. */
  buffer(index: number, options: TgsiBufferOptions = {}): TgsiRegister {
    return this.#registers.buffer(index, options);
  }

  /** The memory that a compute work group shares; addresses count bytes. */
  sharedMemory(): TgsiRegister {
    return this.#registers.sharedMemory();
  }

  /** Atomic counters `index` … of an atomic buffer. */
  atomicCounter(buffer: number, index: number, count = 1): TgsiRegister {
    return this.#registers.atomicCounter(buffer, index, count);
  }

  /** An immediate of floats: four values, or one for all components. */
  immf(...values: number[]): TgsiRegister {
    return this.#registers.immediate(this.#immediates.add('TgsiBuilder.immf', 'FLT32', values));
  }

  /** An immediate of unsigned integers: four values, or one for all components. */
  immu(...values: number[]): TgsiRegister {
    return this.#registers.immediate(this.#immediates.add('TgsiBuilder.immu', 'UINT32', values));
  }

  /** An immediate of signed integers: four values, or one for all components. */
  immi(...values: number[]): TgsiRegister {
    return this.#registers.immediate(this.#immediates.add('TgsiBuilder.immi', 'INT32', values));
  }

  /** An immediate of doubles: two values (xy and zw), or one for both. */
  immd(...values: number[]): TgsiRegister {
    return this.#registers.immediate(this.#immediates.add('TgsiBuilder.immd', 'FLT64', values));
  }

  /** Runs `then` where source.x is not 0.0, `otherwise` elsewhere. */
  if(source: TgsiRegister, then: () => void, otherwise?: () => void): void {
    this.#branch('IF', source, then, otherwise);
  }

  /** Runs `then` where source.x is not the integer 0, `otherwise` elsewhere. */
  uif(source: TgsiRegister, then: () => void, otherwise?: () => void): void {
    this.#branch('UIF', source, then, otherwise);
  }

  /** Repeats `body` until a `brk` in it. There is no CONT: put the rest of the body into an `if`. */
  loop(body: () => void): void {
    this.#add('BGNLOOP');
    this.#loops += 1;
    this.#inBlock(body);
    this.#loops -= 1;
    this.#add('ENDLOOP');
  }

  /** Leaves the innermost loop. */
  brk(): void {
    if (this.#loops === 0) throw operandError('TgsiBuilder.brk', 'the place', 'the body of a loop', 'none');
    this.#add('BRK');
  }

  /** Ends the shader; nothing may follow. */
  end(): void {
    if (this.#blocks > 0)
      throw operandError('TgsiBuilder.end', 'the place', 'the end of all blocks', 'an open one');
    for (const name of REQUIRED_PROPERTIES[this.stage] ?? []) {
      if (!this.#properties.has(name)) {
        throw operandError('TgsiBuilder.end', 'the properties', `${name} in ${this.stage}`, 'none');
      }
    }
    this.#add('END');
    this.#ended = true;
  }

  /** The finished shader as a tree whose locations are those of {@link toString}'s text. */
  build(): TgsiShader {
    return parseTgsi(this.toString());
  }

  /** The finished shader as text. */
  override toString(): string {
    if (!this.#ended) throw new VirglError('ERR_VIRGL_ARGUMENT', 'TgsiBuilder.toString: call end() first');
    const numbered = this.#instructions.map((instruction, label) => ({ ...instruction, label }));
    const statements: TgsiStatement[] = [
      ...this.#properties.values(),
      ...this.#registers.statements,
      ...this.#immediates.statements,
      ...numbered,
    ];
    const text = printTgsi({ stage: this.stage, statements, location: NOWHERE });
    // What the types can't see, such as too many declarations of a file, is found here.
    assertTgsi(text, { release: this.release, stage: this.stage });
    return text;
  }

  /** @internal */
  protected override addInstruction(info: TgsiOpcodeInfo, operands: readonly unknown[]): void {
    if (this.#ended) {
      throw operandError(
        `TgsiBuilder.${info.name.toLowerCase()}`,
        'the place',
        'a shader without END',
        'an ended one',
      );
    }
    const context = { owner: this, stage: this.stage, release: this.release };
    this.#instructions.push(makeInstruction(info, operands, context));
  }

  #add(opcode: TgsiOpcode, ...operands: TgsiRegister[]): void {
    const info = opcodeInfo(opcode);
    if (info === undefined) throw invalidArgument('TgsiBuilder', 'opcode', 'a known opcode', opcode);
    this.addInstruction(info, operands);
  }

  #branch(
    opcode: 'IF' | 'UIF',
    source: TgsiRegister,
    then: () => void,
    otherwise: (() => void) | undefined,
  ): void {
    this.#add(opcode, source);
    this.#inBlock(then);
    if (otherwise !== undefined) {
      this.#add('ELSE');
      this.#inBlock(otherwise);
    }
    this.#add('ENDIF');
  }

  #inBlock(body: () => void): void {
    this.#blocks += 1;
    body();
    this.#blocks -= 1;
  }
}
