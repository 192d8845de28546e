// TGSI text shaders: parse, print, check, build.
export * from './ast';
export { assertTgsi, checkTgsi, type TgsiCheckOptions } from './check/check';
export { TGSI_RULES, type TgsiRule, type TgsiSeverity } from './check/rules';
export type { TgsiDiagnostic } from './check/state';
export { parseTgsi } from './parse';
export { printTgsi } from './print';
export {
  opcodeInfo,
  TGSI_OPCODES,
  type TgsiOpcode,
  type TgsiOpcodeInfo,
  type TgsiTranslatedOpcode,
} from './tables/opcodes';
export {
  TGSI_PROPERTIES,
  type TgsiAcceptedProperty,
  type TgsiPropertyInfo,
  type TgsiPropertyName,
  type TgsiPropertyValue,
} from './tables/properties';
export { TGSI_RELEASES, type TgsiRelease } from './tables/releases';
export {
  TGSI_INPUT_SEMANTICS,
  TGSI_OUTPUT_SEMANTICS,
  TGSI_SEMANTICS,
  TGSI_SYSTEM_VALUES,
  type TgsiSemanticName,
  type TgsiSystemValue,
} from './tables/semantics';
export * from './tables/words';
export { TgsiBuilder, type TgsiBuilderOptions } from './builder/builder';
export type {
  TgsiInstructionOptions,
  TgsiMemoryOptions,
  TgsiOpcodeMethods,
  TgsiTextureOptions,
} from './builder/opcode-methods';
export { TgsiRegister } from './builder/register';
export type {
  TgsiBufferOptions,
  TgsiImageOptions,
  TgsiInputOptions,
  TgsiInputSemantic,
  TgsiOutputOptions,
  TgsiOutputSemantic,
} from './builder/register-factory';
