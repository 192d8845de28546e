// Rules for the registers of instructions: get_source_info() and get_destination_info() of vrend_shader.c.
import type { TgsiDestination, TgsiIndex, TgsiInstruction, TgsiOperand, TgsiSource } from '../ast';
import type { TgsiFile } from '../tables/words';
import { DESTINATION_FILES, MAX_IMMEDIATES, MAX_RESOURCE, SCANNED_REGISTERS, SOURCE_FILES } from './limits';
import type { TgsiRule } from './rules';
import type { CheckState } from './state';

/** What happens when a register of a file is used without a declaration. */
const UNDECLARED_RULES: Readonly<Partial<Record<TgsiFile, TgsiRule>>> = {
  TEMP: 'undeclared-register',
  IN: 'undeclared-register',
  OUT: 'undeclared-register',
  SV: 'undeclared-system-value',
  CONST: 'undeclared-resource',
  SAMP: 'undeclared-resource',
  ADDR: 'undeclared-resource',
  IMAGE: 'undeclared-resource',
  BUFFER: 'undeclared-resource',
  MEMORY: 'undeclared-resource',
  HWATOMIC: 'undeclared-resource',
};

/** Files where an indirect index may go anywhere in what is declared; elsewhere the base has to be declared. */
const LOOSE_FILES: ReadonlySet<TgsiFile> = new Set(['CONST', 'SAMP', 'IMAGE', 'BUFFER', 'HWATOMIC']);

/** The index as the host keeps it: 16 bits with a sign. */
export const wrapIndex = (index: number): number => (index << 16) >> 16;

const registerName = ({ file, dimension, index }: TgsiOperand): string => {
  const bracket = ({ value, indirect }: TgsiIndex): string =>
    indirect === undefined
      ? `[${value}]`
      : `[${indirect.file}[${indirect.index}]${value < 0 ? '' : '+'}${value}]`;
  return `${file}${dimension === undefined ? '' : bracket(dimension)}${bracket(index)}`;
};

const isDeclared = (state: CheckState, { file, dimension, index }: TgsiOperand): boolean => {
  const registers = state.declared(file);
  // Any MEMORY declaration gives the one shared block that all of them mean.
  if (file === 'MEMORY') return !registers.isEmpty;
  if (dimension?.indirect !== undefined && LOOSE_FILES.has(file)) return !registers.isEmpty;
  const bracket = state.dimensionOf(file, dimension?.value);
  if (index.indirect !== undefined && LOOSE_FILES.has(file)) return registers.hasDimension(bracket);
  return registers.has(wrapIndex(index.value), bracket);
};

const checkDeclared = (state: CheckState, operand: TgsiOperand, isWrite: boolean): void => {
  const rule = UNDECLARED_RULES[operand.file];
  if (rule === undefined || isDeclared(state, operand)) return;
  const use = isWrite ? 'written' : 'read';
  const message = `${registerName(operand)} is ${use} and has no declaration before`;
  state.report(
    isWrite && operand.file === 'TEMP' ? 'undeclared-temp-write' : rule,
    operand.location,
    message,
  );
};

const checkAddress = (state: CheckState, operand: TgsiOperand): void => {
  for (const index of [operand.dimension, operand.index]) {
    if (index === undefined) continue;
    if (wrapIndex(index.value) !== index.value) {
      const kept = `${wrapIndex(index.value)}: 16 bits with sign`;
      state.report(
        'index-wrap',
        operand.location,
        `the index of ${registerName(operand)} is kept as ${kept}`,
      );
    }
    const { indirect } = index;
    if (indirect === undefined) continue;
    if (indirect.file !== 'ADDR') {
      const message = `${registerName(operand)} is indexed by ${indirect.file}: ADDR only`;
      state.report('address-file', operand.location, message);
    } else if (!state.declared('ADDR').has(indirect.index, 0)) {
      const message = `ADDR[${indirect.index}] is read and has no declaration before`;
      state.report('undeclared-resource', operand.location, message);
    }
  }
};

const checkImmediate = (state: CheckState, source: TgsiSource): void => {
  const index = wrapIndex(source.index.value);
  const name = registerName(source);
  const immediate = state.immediates[index];
  if (index >= MAX_IMMEDIATES) {
    state.report('immediate-limit', source.location, `${name} is beyond IMM[${MAX_IMMEDIATES - 1}]`);
  } else if (index < 0) {
    state.report('negative-immediate', source.location, `${name} lies before the first immediate`);
  } else if (immediate === undefined) {
    state.report('undeclared-immediate', source.location, `${name} is read and has no value before`);
  } else if (immediate.type === 'UINT64' || immediate.type === 'INT64') {
    state.report('immediate-64bit', source.location, `${name} is ${immediate.type}: no 64-bit integers`);
  }
};

/** The tables of the host that a number indexes without a check. */
const checkBounds = (state: CheckState, { opcode, memory }: TgsiInstruction, operand: TgsiOperand): void => {
  const { file, location } = operand;
  const index = wrapIndex(operand.index.value);
  const isOutside = (limit: number): boolean => index < 0 || index >= limit;
  const isResource = memory !== undefined && opcode !== 'RESQ' && (file === 'IMAGE' || file === 'BUFFER');
  if (isResource && isOutside(MAX_RESOURCE + 1)) {
    state.report('resource-bounds', location, `${registerName(operand)}: 0 to ${MAX_RESOURCE} only`);
  }
  if (file === 'IN' && operand.index.indirect === undefined && isOutside(SCANNED_REGISTERS)) {
    state.report('register-bounds', location, `${registerName(operand)}: 0 to ${SCANNED_REGISTERS - 1} only`);
  }
};

const checkDestination = (state: CheckState, operand: TgsiDestination): void => {
  checkAddress(state, operand);
  if (DESTINATION_FILES.has(operand.file)) checkDeclared(state, operand, true);
  else {
    const allowed = [...DESTINATION_FILES].join(', ');
    state.report(
      'destination-file',
      operand.location,
      `${registerName(operand)} can't be written: ${allowed}`,
    );
  }
};

const checkSource = (state: CheckState, operand: TgsiSource): void => {
  checkAddress(state, operand);
  if (!SOURCE_FILES.has(operand.file)) {
    const allowed = [...SOURCE_FILES].join(', ');
    state.report('source-file', operand.location, `${registerName(operand)} can't be read: ${allowed}`);
  } else if (operand.file === 'IMM') checkImmediate(state, operand);
  else checkDeclared(state, operand, false);
};

/** Checks all registers of an instruction. */
export const checkOperands = (state: CheckState, instruction: TgsiInstruction): void => {
  for (const operand of instruction.destinations) {
    checkDestination(state, operand);
    if (operand.file !== 'IN') checkBounds(state, instruction, operand);
  }
  for (const operand of instruction.sources) {
    checkSource(state, operand);
    checkBounds(state, instruction, operand);
  }
};
