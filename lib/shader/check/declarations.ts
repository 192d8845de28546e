// Rules for declarations, immediates and properties: iter_declaration(), iter_immediate(), iter_property() of
// vrend_shader.c and the (by default silent) tgsi_sanity.c of virglrenderer.
import type { TgsiDeclaration, TgsiImmediate, TgsiProperty, TgsiShader } from '../ast';
import { tgsiProperties } from '../ast';
import { formatSince, isGlslImageFormat } from '../tables/formats';
import { propertyInfo, REQUIRED_PROPERTIES } from '../tables/properties';
import { releaseHas, type TgsiRelease } from '../tables/releases';
import {
  SEMANTIC_INDEX_LIMITS,
  semanticSince,
  SYSTEM_VALUE_SINCE,
  TGSI_INPUT_SEMANTICS,
  TGSI_OUTPUT_SEMANTICS,
  TGSI_SYSTEM_VALUES,
  type TgsiSemanticName,
} from '../tables/semantics';
import {
  ARRAY_ID_MASK,
  DECLARATION_COUNTS,
  DECLARATION_LAST,
  FILE_STAGES,
  MAX_DECLARED_INDEX,
  MAX_IMMEDIATES,
  MAX_SAMPLER,
  MAX_UNIFORM_BLOCK,
  RANGE_CHECKED_FILES,
  SCANNED_REGISTERS,
  UNDECLARABLE_FILES,
} from './limits';
import type { CheckState } from './state';

const wrap = (index: number): number => index & MAX_DECLARED_INDEX;

/** `IN[3]`, for messages. */
const nameOf = ({ file, range: { first, last } }: TgsiDeclaration): string =>
  first === last ? `${file}[${first}]` : `${file}[${first}..${last}]`;

/** The semantic as the host stores it: POSITION where none was written. */
const semanticOf = (declaration: TgsiDeclaration): TgsiSemanticName =>
  declaration.semantic?.name ?? 'POSITION';

const checkRange = (state: CheckState, declaration: TgsiDeclaration): void => {
  const { file, range, arrayId, location } = declaration;
  const first = wrap(range.first);
  const last = wrap(range.last);
  if (first !== range.first || last !== range.last) {
    state.report('index-wrap', location, `${nameOf(declaration)} is kept as [${first}..${last}]: 16 bits`);
  }
  if (first <= last) return;
  const rule = !RANGE_CHECKED_FILES.has(file)
    ? 'reversed-range-unchecked'
    : file === 'TEMP' && arrayId === undefined
      ? 'reversed-temp-range'
      : 'reversed-range';
  state.report(rule, location, `${nameOf(declaration)} ends before it starts`);
};

const checkLimits = (state: CheckState, declaration: TgsiDeclaration): void => {
  const { file, location, range, dimension } = declaration;
  const counted = DECLARATION_COUNTS[file];
  if (counted !== undefined && state.count(declaration) > counted) {
    state.report('declaration-limit', location, `more than ${counted} declarations of ${file}`);
  }
  const highest = DECLARATION_LAST[file];
  const reached = wrap(file === 'BUFFER' ? range.first : range.last);
  if (highest !== undefined && reached > highest) {
    state.report('declaration-limit', location, `${nameOf(declaration)} is beyond ${file}[${highest}]`);
  }
  if (file === 'SAMP' && reached > MAX_SAMPLER) {
    state.report('sampler-limit', location, `${nameOf(declaration)} is beyond SAMP[${MAX_SAMPLER}]`);
  }
  if (file === 'CONST' && dimension !== undefined && dimension.first !== 0) {
    checkUniformBlock(state, declaration, wrap(dimension.first));
  }
};

/** The tables that the host fills before it makes GLSL. */
const checkScanTables = (state: CheckState, declaration: TgsiDeclaration): void => {
  const { file, location, range, dimension, arrayId } = declaration;
  const report = (what: string, limit: number): void =>
    state.report(
      'register-bounds',
      location,
      `${what} is beyond the ${limit} that virglrenderer has room for`,
    );
  const varying = file === 'IN' || file === 'OUT';
  const reached = wrap(file === 'SV' ? range.first : range.last);
  if ((varying || file === 'SV') && reached >= SCANNED_REGISTERS)
    report(nameOf(declaration), SCANNED_REGISTERS);
  if (varying && arrayId !== undefined && (arrayId & ARRAY_ID_MASK) >= SCANNED_REGISTERS) {
    report(`ARRAY(${arrayId})`, SCANNED_REGISTERS);
  }
  const block = wrap(dimension?.first ?? 0);
  if (file === 'CONST' && block > MAX_UNIFORM_BLOCK) report(`uniform block ${block}`, MAX_UNIFORM_BLOCK + 1);
  if (
    varying &&
    state.countRegisters(file, Math.max(0, reached - wrap(range.first) + 1)) > SCANNED_REGISTERS
  ) {
    state.report('register-count', location, `more than ${SCANNED_REGISTERS} registers of ${file}`);
  }
};

const checkUniformBlock = (state: CheckState, { location }: TgsiDeclaration, block: number): void => {
  if (block <= MAX_UNIFORM_BLOCK && state.declared('CONST').hasDimension(block)) {
    state.report('duplicate-uniform-block', location, `uniform block ${block} has a declaration already`);
  }
};

const checkReleaseOf = (
  state: CheckState,
  { location }: TgsiDeclaration,
  word: string,
  since: TgsiRelease | undefined,
): void => {
  if (releaseHas(state.release, since)) return;
  state.report('unknown-to-release', location, `${word} came with virglrenderer ${since}`);
};

const checkSystemValue = (state: CheckState, declaration: TgsiDeclaration): void => {
  const name = semanticOf(declaration);
  const supported =
    TGSI_SYSTEM_VALUES.some((value) => value === name) &&
    releaseHas(state.release, SYSTEM_VALUE_SINCE.get(name));
  if (supported) return;
  const what = declaration.semantic === undefined ? 'no semantic, which means POSITION' : name;
  state.report('system-value', declaration.location, `${nameOf(declaration)} has no GLSL: ${what}`);
};

const checkVarying = (state: CheckState, declaration: TgsiDeclaration): void => {
  const { file, location, semantic } = declaration;
  if (file === 'IN' && state.stage === 'VERT') return;
  const handled: readonly TgsiSemanticName[] =
    file === 'IN' ? TGSI_INPUT_SEMANTICS[state.stage] : TGSI_OUTPUT_SEMANTICS[state.stage];
  const name = semanticOf(declaration);
  if (handled.length > 0 && !handled.includes(name)) {
    const allowed = handled.join(', ');
    state.report('semantic-stage', location, `${name} is no ${file} semantic of ${state.stage}: ${allowed}`);
  }
  const limit = SEMANTIC_INDEX_LIMITS.get(name);
  if (limit === undefined || semantic === undefined || wrap(semantic.index) < limit.linked) return;
  if ((name === 'COLOR' || name === 'BCOLOR') && (file === 'IN' || state.stage === 'FRAG')) return;
  const refusal = limit.overruns ? 'register-bounds' : 'semantic-index-limit';
  const rule = wrap(semantic.index) < limit.refused ? 'semantic-index' : refusal;
  state.report(rule, location, `${name}[${semantic.index}] links with no stage: below ${limit.linked} only`);
};

const checkSemantic = (state: CheckState, declaration: TgsiDeclaration): void => {
  const { file, semantic } = declaration;
  if (semantic !== undefined) {
    const since = semanticSince(semantic.name);
    checkReleaseOf(state, declaration, semantic.name, since);
    if (!releaseHas(state.release, since)) return;
  }
  if (file === 'SV') checkSystemValue(state, declaration);
  if (file === 'IN' || file === 'OUT') checkVarying(state, declaration);
};

const checkFile = (state: CheckState, declaration: TgsiDeclaration): void => {
  const { file, image, location } = declaration;
  if (UNDECLARABLE_FILES.has(file)) {
    state.report('declaration-ignored', location, `${nameOf(declaration)} can't be declared`);
  }
  const stages = FILE_STAGES[file];
  if (stages !== undefined && !stages.includes(state.stage)) {
    state.report('file-stage', location, `${file} exists in ${stages.join(', ')} only`);
  }
  if (image?.format === undefined) return;
  checkReleaseOf(state, declaration, image.format, formatSince(image.format));
  if (!isGlslImageFormat(image.format)) {
    state.report('image-format', location, `${image.format} is no GLSL image format`);
  }
};

const remember = (state: CheckState, declaration: TgsiDeclaration): void => {
  const { file, location } = declaration;
  const range = state.rangeOf(declaration, wrap(declaration.range.first), wrap(declaration.range.last));
  const registers = state.declared(file);
  // A uniform block that is declared twice has its own rule.
  if ((file !== 'CONST' || range.dimension === 0) && registers.overlaps(range)) {
    state.report('duplicate-declaration', location, `${nameOf(declaration)} has a declaration already`);
  }
  registers.add(range);
};

const checkPlace = (state: CheckState, statement: TgsiDeclaration | TgsiImmediate): void => {
  if (state.instructionCount === 0) return;
  const what = statement.kind === 'immediate' ? 'an immediate' : 'a declaration';
  state.report('declaration-after-instruction', statement.location, `${what} after the first instruction`);
};

/** Checks one declaration and remembers what it declares. */
export const checkDeclaration = (state: CheckState, declaration: TgsiDeclaration): void => {
  checkPlace(state, declaration);
  checkFile(state, declaration);
  checkRange(state, declaration);
  checkScanTables(state, declaration);
  checkLimits(state, declaration);
  checkSemantic(state, declaration);
  remember(state, declaration);
};

/** Checks one immediate and remembers it. */
export const checkImmediate = (state: CheckState, immediate: TgsiImmediate): void => {
  checkPlace(state, immediate);
  if (immediate.index >= MAX_IMMEDIATES) {
    state.report('declaration-limit', immediate.location, `more than ${MAX_IMMEDIATES} immediates`);
  }
  state.immediates.push(immediate);
};

/** Checks one known property. */
export const checkProperty = (state: CheckState, { name, location }: TgsiProperty): void => {
  const info = propertyInfo(name);
  if (info === undefined) return;
  if (!info.accepted) state.report('property-refused', location, `the host refuses shaders with ${name}`);
  else if (info.stages !== undefined && !info.stages.includes(state.stage)) {
    state.report('property-stage', location, `${name} means nothing to ${state.stage}`);
  }
};

/** Checks that the properties are there which the GLSL of the stage can't do without. */
export const checkRequiredProperties = (state: CheckState, shader: TgsiShader): void => {
  const present = new Set(tgsiProperties(shader).map(({ name }) => name));
  for (const name of REQUIRED_PROPERTIES[state.stage] ?? []) {
    if (present.has(name)) continue;
    state.report('property-missing', shader.location, `${state.stage} needs PROPERTY ${name}`);
  }
};
