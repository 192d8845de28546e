// Rules for instructions: iter_instruction() of vrend_shader.c, and what its GLSL needs in order to compile.
import type { TgsiInstruction } from '../ast';
import { formatSince } from '../tables/formats';
import { opcodeInfo } from '../tables/opcodes';
import { releaseHas } from '../tables/releases';
import { TGSI_OFFSET_TARGETS } from '../tables/words';
import {
  IMMEDIATE_OPCODES,
  MAX_IMMEDIATES,
  MAX_SAMPLER,
  OFFSET_FILES,
  OPCODE_STAGES,
  QUERY_OPCODES,
  RESOURCE_FILES,
} from './limits';
import { checkOperands, wrapIndex } from './operands';
import type { CheckState, OpenBlock } from './state';

type InstructionRule = (state: CheckState, instruction: TgsiInstruction) => void;

const checkOpcode: InstructionRule = (state, { opcode, memory, location }) => {
  const info = opcodeInfo(opcode);
  if (info?.translated === false) {
    state.report('opcode-untranslated', location, `${opcode} has no GLSL: the instruction is left out`);
  }
  if (!releaseHas(state.release, info?.since)) {
    state.report('unknown-to-release', location, `${opcode} came with virglrenderer ${info?.since}`);
  }
  const since = memory?.format === undefined ? undefined : formatSince(memory.format);
  if (!releaseHas(state.release, since)) {
    state.report('unknown-to-release', location, `${memory?.format} came with virglrenderer ${since}`);
  }
  const stages = OPCODE_STAGES.get(opcode);
  if (stages !== undefined && !stages.includes(state.stage)) {
    state.report('opcode-stage', location, `${opcode} exists in ${stages.join(', ')} only`);
  }
};

const checkOperandKinds: InstructionRule = (state, { opcode, destinations, sources, memory, target }) => {
  const [first] = sources;
  if (IMMEDIATE_OPCODES.has(opcode) && first !== undefined && first.file !== 'IMM') {
    state.report('operand-kind', first.location, `${opcode} takes the value of an IMM, not ${first.file}`);
  }
  for (const source of target === undefined ? sources : []) {
    if (source.file !== 'SAMP') continue;
    state.report(
      'sampler-source',
      source.location,
      `${opcode} is no texture instruction, so it can't read SAMP`,
    );
  }
  // UARL and ARL write the address registers, memory instructions name their resource first (STORE: last written).
  const resource = opcode === 'STORE' ? destinations[0] : first;
  if (memory !== undefined && resource !== undefined && !RESOURCE_FILES.has(resource.file)) {
    const allowed = [...RESOURCE_FILES].join(', ');
    state.report('operand-kind', resource.location, `${opcode} works on ${allowed}, not ${resource.file}`);
  }
};

const checkSampler: InstructionRule = (state, { opcode, target, sources, location }) => {
  if (target === undefined) return;
  if (opcode === 'TXQS' && !target.endsWith('_MSAA')) {
    state.report(
      'texture-samples-target',
      location,
      `TXQS works on 2D_MSAA and 2D_ARRAY_MSAA, not ${target}`,
    );
  }
  if (target === 'UNKNOWN') state.report('texture-target', location, `${opcode} has no texture target`);
  const sampler = sources.at(-1);
  if (sampler === undefined) return;
  if (sampler.file !== 'SAMP') {
    state.report('operand-kind', sampler.location, `${opcode} ends with a SAMP source, not ${sampler.file}`);
  } else if (wrapIndex(sampler.index.value) < 0 || wrapIndex(sampler.index.value) > MAX_SAMPLER) {
    // Before 1.0.0 tgsi_scan.c marks the samplers of multisample targets in a table without a check.
    const rule = target.endsWith('_MSAA') ? 'register-bounds' : 'sampler-range';
    state.report(rule, sampler.location, `SAMP[${sampler.index.value}]: 0 to ${MAX_SAMPLER} only`);
  }
};

const checkOffsets: InstructionRule = (state, { opcode, target, offsets }) => {
  const [offset, second] = offsets;
  // Only a single offset goes this way; textureGatherOffsets takes four.
  if (offset === undefined || second !== undefined || target === undefined || QUERY_OPCODES.has(opcode))
    return;
  const index = wrapIndex(offset.index);
  if (index >= MAX_IMMEDIATES || index < 0) {
    const rule = index < 0 ? 'negative-immediate' : 'immediate-limit';
    state.report(
      rule,
      offset.location,
      `offset ${offset.file}[${offset.index}]: 0 to ${MAX_IMMEDIATES - 1} only`,
    );
  }
  if (!OFFSET_FILES.has(offset.file)) {
    const allowed = [...OFFSET_FILES].join(', ');
    state.report(
      'texture-offset-file',
      offset.location,
      `an offset in ${offset.file} is ignored: ${allowed} only`,
    );
  } else if (!TGSI_OFFSET_TARGETS.has(target)) {
    state.report('texture-offset-target', offset.location, `${target} textures take no offset`);
  }
};

const openBlock = (state: CheckState, kind: OpenBlock['kind'], { location }: TgsiInstruction): void => {
  state.blocks.push({ kind, location });
};

const closeBlock = (
  state: CheckState,
  kind: OpenBlock['kind'],
  { opcode, location }: TgsiInstruction,
): void => {
  const block = state.blocks.pop();
  if (block === undefined) {
    state.report('block-unopened', location, `${opcode} without ${kind}`);
  } else if (block.kind !== kind) {
    const { line } = block.location;
    state.report('block-mismatch', location, `${opcode} where the ${block.kind} of line ${line} is open`);
  }
};

/** Reports once; the host goes on counting blocks after END. */
const reportUnclosed = (state: CheckState): void => {
  if (state.ended) return;
  for (const { kind, location } of state.blocks) {
    state.report('block-unclosed', location, `${kind} is not closed`);
  }
};

const checkBlocks: InstructionRule = (state, instruction) => {
  switch (instruction.opcode) {
    case 'IF':
    case 'UIF':
      return openBlock(state, 'IF', instruction);
    case 'ELSE':
      closeBlock(state, 'IF', instruction);
      return openBlock(state, 'IF', instruction);
    case 'ENDIF':
      return closeBlock(state, 'IF', instruction);
    case 'BGNLOOP':
      return openBlock(state, 'BGNLOOP', instruction);
    case 'ENDLOOP':
      return closeBlock(state, 'BGNLOOP', instruction);
    case 'BRK':
      if (!state.blocks.some(({ kind }) => kind === 'BGNLOOP')) {
        state.report('break-outside-loop', instruction.location, 'BRK outside of a loop');
      }
      return;
    default:
      return;
  }
};

const checkEnd: InstructionRule = (state, { opcode, location }) => {
  if (!state.ended) {
    if (opcode !== 'END') return;
    reportUnclosed(state);
    state.ended = true;
  } else if (opcode === 'END') state.report('end-repeated', location, 'END for the second time');
  else state.report('after-end', location, `${opcode} after END`);
};

const INSTRUCTION_RULES: readonly InstructionRule[] = [
  checkEnd,
  checkOpcode,
  checkOperandKinds,
  checkOperands,
  checkSampler,
  checkOffsets,
  checkBlocks,
];

/** Checks one instruction. */
export const checkInstruction: InstructionRule = (state, instruction) => {
  for (const rule of INSTRUCTION_RULES) rule(state, instruction);
  state.instructionCount += 1;
};

/** Checks what can only be known at the end of the text. */
export const checkEndOfShader = (state: CheckState, location: TgsiInstruction['location']): void => {
  reportUnclosed(state);
  if (!state.ended) state.report('end-missing', location, 'the shader has no END');
};
