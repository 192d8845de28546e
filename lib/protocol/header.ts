// The dword before every payload: bits 0–7 opcode, 8–15 object type, 16–31 payload length in dwords.
// Facts: virglrenderer src/virgl_protocol.h, `VIRGL_CMD0`.

import { COMMANDS, type CommandName } from './commands';
import { OBJECTS, type ObjectName } from './objects';

/** Most payload dwords that the length bits of a header can say. */
export const MAX_PAYLOAD_DWORDS = 0xffff;

/** Most payload dwords that encoders use (`VIRGL_CMD0_MAX_DWORDS`): the largest multiple of four. */
export const MAX_ENCODED_PAYLOAD_DWORDS = 0xfffc;

/** Opcode by command name. */
export const OPCODES = Object.freeze(
  Object.fromEntries(Object.entries(COMMANDS).map(([name, { opcode }]) => [name, opcode])),
) as Readonly<Record<CommandName, number>>;

const COMMAND_NAMES: readonly (CommandName | undefined)[] = (() => {
  const names: (CommandName | undefined)[] = [];
  for (const [name, opcode] of Object.entries(OPCODES)) names[opcode] = name as CommandName;
  return names;
})();

const OBJECT_NAMES: readonly (ObjectName | undefined)[] = (() => {
  const names: (ObjectName | undefined)[] = [];
  for (const [name, { objectType }] of Object.entries(OBJECTS)) names[objectType] = name as ObjectName;
  return names;
})();

/** Name of a kind of object by its number, undefined for a number that no release uses. */
export const objectName = (objectType: number): ObjectName | undefined => OBJECT_NAMES[objectType];

/** A header taken apart. */
export interface CommandHeader {
  readonly opcode: number;
  /** Bits 8–15; 0 for commands that carry no object type. */
  readonly objectType: number;
  /** Payload length; the header is not counted. */
  readonly lengthDwords: number;
  /** Name of the command, `UNKNOWN` if no release knows the opcode. */
  readonly name: CommandName | 'UNKNOWN';
}

/**
 * Takes a header apart, e.g. 786440 into DRAW_VBO with 12 payload dwords.
 * @param dword the header
 */
export const parseHeader = (dword: number): CommandHeader => ({
  opcode: dword & 0xff,
  objectType: (dword >>> 8) & 0xff,
  lengthDwords: dword >>> 16,
  name: commandName(dword),
});

/**
 * Name of the command that a header begins, `UNKNOWN` if no release knows the opcode.
 * @param dword the header; a bare opcode works too
 */
export const commandName = (dword: number): CommandName | 'UNKNOWN' =>
  COMMAND_NAMES[dword & 0xff] ?? 'UNKNOWN';

/** Opcode of a header, for those who look at many and need nothing else. */
export const opcodeOf = (dword: number): number => dword & 0xff;

/** Payload length that a header tells, for those who look at many and need nothing else. */
export const payloadDwords = (dword: number): number => dword >>> 16;

/** The header dword of these parts, each within its bits. */
export const makeHeader = (opcode: number, objectType: number, lengthDwords: number): number =>
  (opcode | (objectType << 8) | (lengthDwords << 16)) >>> 0;
