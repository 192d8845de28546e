// Which commands matter to whoever watches what is drawn to, by opcode; for native code too, which watches streams that do little
// else than clear and draw.

import { type PumpCommandRules, PumpCommandKind as Kind } from '../../host';
import { Clear, COMMANDS, type Command, ObjectType, OPCODES } from '../../protocol';
import { MAX_PAYLOAD_DWORDS } from '../../protocol/header';
import type { ListField } from '../../protocol/schema-types';

const DECODED: readonly Command['name'][] = [
  'CLEAR_TEXTURE',
  'BLIT',
  'RESOURCE_COPY_REGION',
  'TRANSFER3D',
  'COPY_TRANSFER3D',
  'CREATE_SUB_CTX',
  'DESTROY_SUB_CTX',
  'GET_MEMORY_INFO',
];
const KINDS = new Uint8Array(256);
for (const name of DECODED) KINDS[OPCODES[name as keyof typeof OPCODES]] = Kind.decoded;
KINDS[OPCODES.DRAW_VBO] = Kind.draws;
KINDS[OPCODES.CLEAR] = Kind.clears;
KINDS[OPCODES.CREATE_OBJECT] = Kind.object;
KINDS[OPCODES.DESTROY_OBJECT] = Kind.object;
KINDS[OPCODES.SET_FRAMEBUFFER_STATE] = Kind.targets;
KINDS[OPCODES.SET_SUB_CTX] = Kind.subContext;

const { CLEAR, SET_FRAMEBUFFER_STATE, SET_SUB_CTX } = COMMANDS;
const { colorBuffers } = SET_FRAMEBUFFER_STATE.fields;
/** Where a list says how long it is; past every command if it does not. */
const countPlace = ({ count }: ListField): number =>
  count.kind === 'counted' ? count.countDword : MAX_PAYLOAD_DWORDS + 1;

/** What a command is, by opcode. */
export const COMMAND_KINDS: Readonly<Uint8Array> = KINDS;

/** Objects that matter. */
export const WATCHED_OBJECTS: readonly number[] = [
  ObjectType.SURFACE,
  ObjectType.MSAA_SURFACE,
  ObjectType.QUERY,
];

/** Where a clear says what it clears: it is in every frame, and nothing else of it is wanted. */
export const CLEARED_DWORD = CLEAR.fields.buffers.dword;

/** For native code. */
export const STREAM_RULES: PumpCommandRules = {
  kinds: [...KINDS],
  watchedTypes: WATCHED_OBJECTS,
  clearPlace: CLEARED_DWORD,
  colourBits: Clear.COLOR,
  targetCountPlace: countPlace(colorBuffers),
  firstTargetPlace: colorBuffers.dword,
  subContextPlace: SET_SUB_CTX.fields.id.dword,
};
