// The virgl command stream: its schema, and what follows from it. Pure TypeScript, for Node and browsers.

export * from './enums';
export { ENUMS, FLAGS, type EnumName, type EnumValue, type FlagsName } from './enum-registry';
export { Format, FORMAT_ALIASES, FORMAT_MAX, formatName, type FormatName } from './formats';
export { formatLayout, type FormatChannel, type FormatLayout } from './format-layout';
export { COMMANDS, type CommandName } from './commands';
export { OBJECTS, type ObjectName } from './objects';
export type {
  BlockField,
  CommandSchema,
  Condition,
  DataField,
  Field,
  Fields,
  InputOf,
  Layout,
  LengthRule,
  ListCount,
  ListField,
  ObjectSchema,
  OutputOf,
  Release,
  ScalarField,
  ScalarType,
  StructField,
  TextField,
  Typed,
  Unit,
  Variant,
} from './schema-types';
export {
  commandName,
  makeHeader,
  MAX_ENCODED_PAYLOAD_DWORDS,
  MAX_PAYLOAD_DWORDS,
  objectName,
  OPCODES,
  parseHeader,
  type CommandHeader,
} from './header';
export type {
  CamelCase,
  Command,
  CommandArguments,
  CommandFields,
  CommandMethods,
  CommandPlace,
  DecodedObject,
  DecodedPlainCommand,
  EncodableCommand,
  ObjectArguments,
  ObjectFields,
  ObjectMethods,
  PlainCommandName,
  Remainder,
  Residue,
  UnknownCommand,
} from './command-types';
export { CommandEncoder, encode, encodeCommand } from './encoder';
export type { ShaderArguments } from './shader-packets';
export { decode, type DecodeOptions } from './decoder';
export { printCommand, printStream, printSubmissions } from './text/print';
export { assemble, assembleSubmissions } from './text/assemble';
export { fromJson, toJson, type JsonCommand, type JsonValue } from './text/json';
export { checkStream, StreamChecker } from './check/checker';
export { CHECK_RULES, type CheckRule, type Severity } from './check/rules';
export type { CheckOptions, CheckResource, Diagnostic, ShaderFinding } from './check/site';
export { resourceFaults, type ResourceShape } from './check/resource-shape';
export { explain, nearestExplained } from './explain/explain';
export type { Explanation, ExplanationKind } from './explain/readings';
export { layoutLines, lengthPhrase, type FieldLine } from './explain/layout-lines';
export {
  BSET_BITS,
  CAPABILITY_BITS,
  CAPABILITY_BITS_V2,
  CAPSET_V1_FIELDS,
  CAPSET_V1_SIZE,
  CAPSET_V2_FIELDS,
  CAPSET_V2_SIZES,
  VIDEO_CAP_FIELDS,
  type BsetBit,
  type CapabilityBit,
  type CapsetField,
  type CapsetFieldType,
} from './capsets';
export { decodeCapset, type Capset, type CapsetFields, type VideoCap } from './capset-decode';
export { ERROR_CODES, VirglError, type VirglErrorCode, type VirglErrorDetails } from './error';
