// Turns the arguments of a builder method into an instruction, or says what is wrong with them.
import type { TgsiInstruction, TgsiMemoryTail } from '../ast';
import { IMMEDIATE_OPCODES, OPCODE_STAGES, RESOURCE_FILES } from '../check/limits';
import { checkChoice, checkOptions } from '../options';
import type { TgsiOpcodeInfo } from '../tables/opcodes';
import { releaseHas, type TgsiRelease } from '../tables/releases';
import {
  TGSI_MEMORY_QUALIFIERS,
  TGSI_OFFSET_TARGETS,
  TGSI_TEXTURE_TARGETS,
  type TgsiStage,
  type TgsiTextureTarget,
} from '../tables/words';
import type { TgsiMemoryOptions, TgsiTextureOptions } from './opcode-methods';
import { asDestination, asOffset, asSource, NOWHERE, operandError, TgsiRegister } from './register';

/** The builder that an instruction is for. */
export interface InstructionContext {
  readonly owner: object;
  readonly stage: TgsiStage;
  readonly release: TgsiRelease;
}

type Options = TgsiTextureOptions & TgsiMemoryOptions;

const ADDRESS_OPCODES: ReadonlySet<string> = new Set(['ARL', 'UARL']);

const optionKeys = ({ destinations, texture, memory }: TgsiOpcodeInfo): (keyof Options)[] => [
  ...(destinations > 0 ? (['saturate', 'precise'] as const) : []),
  ...(texture ? (['target', 'offsets'] as const) : []),
  ...(memory ? (['qualifiers'] as const) : []),
];

/** How an operand is called in messages: destination, or source 1, 2, …. */
const operandName = (info: TgsiOpcodeInfo, position: number): string =>
  position < info.destinations ? 'the destination' : `source ${position - info.destinations + 1}`;

const checkAllowed = (
  operation: string,
  info: TgsiOpcodeInfo,
  { stage, release }: InstructionContext,
): void => {
  const stages = OPCODE_STAGES.get(info.name);
  if (stages !== undefined && !stages.includes(stage)) {
    throw operandError(operation, 'the stage', stages.join(' or '), stage);
  }
  if (!releaseHas(release, info.since)) {
    throw operandError(operation, 'the release', `${info.since} or later`, release);
  }
};

const splitArguments = (operation: string, info: TgsiOpcodeInfo, operands: readonly unknown[]) => {
  const count = info.destinations + info.sources;
  const keys = optionKeys(info);
  const [options, ...rest] = operands.slice(count);
  if (rest.length > 0 || operands.length < count || (options !== undefined && keys.length === 0)) {
    const expected = `${count} ${count === 1 ? 'register' : 'registers'}${keys.length > 0 ? ' and options' : ''}`;
    throw operandError(operation, 'the operands', expected, `${operands.length} arguments`);
  }
  if (options !== undefined) checkOptions(operation, options, keys);
  return { registers: operands.slice(0, count), options: (options ?? {}) as Options };
};

const checkRegister = (
  operation: string,
  operand: string,
  register: unknown,
  { owner }: InstructionContext,
): TgsiRegister => {
  if (!(register instanceof TgsiRegister)) {
    throw operandError(operation, operand, 'a register of this builder', `${typeof register}`);
  }
  if (register.fields.owner !== owner) {
    throw operandError(operation, operand, 'a register of this builder', `${register} of another one`);
  }
  return register;
};

/** Which files an operand may have beyond what goes for all destinations or sources. */
const checkKind = (
  operation: string,
  info: TgsiOpcodeInfo,
  position: number,
  register: TgsiRegister,
): void => {
  const { file } = register.fields;
  const expect = (expected: string, holds: boolean): void => {
    if (!holds) throw operandError(operation, operandName(info, position), expected, `${register}`);
  };
  const isDestination = position < info.destinations;
  const isSampler = info.texture && position === info.destinations + info.sources - 1;
  const isResource = info.memory && position === (info.name === 'STORE' ? 0 : info.destinations);
  const writes = info.name !== 'LOAD' && info.name !== 'RESQ';
  if (isResource && writes) expect('a writable image', register.fields.readOnly !== true);
  if (isResource) expect(`a register of ${[...RESOURCE_FILES].join(', ')}`, RESOURCE_FILES.has(file));
  else if (isDestination && ADDRESS_OPCODES.has(info.name)) expect('an address register', file === 'ADDR');
  else if (isDestination) expect('an output or temporary register', file === 'OUT' || file === 'TEMP');
  else if (isSampler) expect('a sampler', file === 'SAMP');
  else if (IMMEDIATE_OPCODES.has(info.name)) expect('an immediate', file === 'IMM');
  else expect('a register that holds a value', file !== 'SAMP' && !RESOURCE_FILES.has(file));
};

const memoryTail = (
  operation: string,
  resource: TgsiRegister | undefined,
  options: Options,
): TgsiMemoryTail => {
  for (const qualifier of options.qualifiers ?? []) {
    checkChoice(operation, 'options.qualifiers', qualifier, TGSI_MEMORY_QUALIFIERS);
  }
  const { target, format } = resource?.fields ?? {};
  return {
    qualifiers: TGSI_MEMORY_QUALIFIERS.filter((name) => options.qualifiers?.includes(name)),
    ...(target === undefined ? {} : { target }),
    ...(format === undefined ? {} : { format }),
  };
};

const textureTail = (
  operation: string,
  { name }: TgsiOpcodeInfo,
  sampler: TgsiRegister | undefined,
  options: Options,
  context: InstructionContext,
): Pick<TgsiInstruction, 'target' | 'offsets'> => {
  const target: TgsiTextureTarget | undefined = options.target ?? sampler?.fields.target;
  checkChoice(
    operation,
    'options.target',
    target,
    TGSI_TEXTURE_TARGETS.filter((name) => name !== 'UNKNOWN'),
  );
  if (name === 'TXQS' && !target.endsWith('_MSAA')) {
    throw operandError(operation, 'options.target', '2D_MSAA or 2D_ARRAY_MSAA', target);
  }
  const offsets = options.offsets ?? [];
  if (offsets.length > 4 || (offsets.length > 0 && !TGSI_OFFSET_TARGETS.has(target))) {
    const allowed = `at most four, for ${[...TGSI_OFFSET_TARGETS].join(', ')}`;
    throw operandError(operation, 'options.offsets', allowed, `${offsets.length} for ${target}`);
  }
  return {
    target,
    offsets: offsets.map((offset, i) => {
      const operand = `options.offsets[${i}]`;
      return asOffset(operation, operand, checkRegister(operation, operand, offset, context));
    }),
  };
};

/** Makes an instruction from the arguments of a method. */
export const makeInstruction = (
  info: TgsiOpcodeInfo,
  operands: readonly unknown[],
  context: InstructionContext,
): TgsiInstruction => {
  const operation = `TgsiBuilder.${info.name.toLowerCase()}`;
  checkAllowed(operation, info, context);
  const { registers, options } = splitArguments(operation, info, operands);
  const checked = registers.map((register, position) => {
    const known = checkRegister(operation, operandName(info, position), register, context);
    checkKind(operation, info, position, known);
    return known;
  });
  const destinations = checked.slice(0, info.destinations);
  const sources = checked.slice(info.destinations);
  const resource = info.name === 'STORE' ? destinations[0] : sources[0];
  return {
    kind: 'instruction',
    opcode: info.name,
    saturate: options.saturate ?? false,
    precise: options.precise ?? false,
    destinations: destinations.map((register) => asDestination(operation, 'the destination', register)),
    sources: sources.map((register, i) => asSource(operation, `source ${i + 1}`, register)),
    ...(info.texture ? textureTail(operation, info, sources.at(-1), options, context) : { offsets: [] }),
    ...(info.memory ? { memory: memoryTail(operation, resource, options) } : {}),
    location: NOWHERE,
  };
};
