// A shader text becomes one CREATE_OBJECT SHADER, or several when it is longer than a packet: each continuation
// says how many bytes went before it. Facts: virglrenderer vrend_create_shader, Mesa virgl_encode_shader_state.

import type { ObjectArguments } from './command-types';
import { FieldFault } from './field-fault';
import { MAX_ENCODED_PAYLOAD_DWORDS } from './header';
import type { EnumValue } from './enum-registry';
import { bytesOf } from './text-bytes';

/** A whole shader for `createShader`. */
export interface ShaderArguments {
  /** Handle of the new object, not 0. */
  handle: number;
  stage: EnumValue<'ShaderStage'>;
  /** TGSI text without NUL. */
  text: string;
  /** Upper bound of the number of TGSI tokens; generous if not given. */
  numTokens?: number | undefined;
  /** What is captured into stream-output targets. */
  streamOutput?: ObjectArguments<'SHADER'>['streamOutput'];
  /** Shared memory of a compute shader, in bytes. */
  sharedMemoryBytes?: number | undefined;
  /** Most payload dwords of one packet; the protocol's own bound if not given. */
  maxPacketDwords?: number | undefined;
}

const NAMES = new Set([
  'handle',
  'stage',
  'text',
  'numTokens',
  'streamOutput',
  'sharedMemoryBytes',
  'maxPacketDwords',
]);
// Payload dwords before the text of a packet without stream output, and what stream output adds.
const HEAD_DWORDS = 5;
const STREAM_OUTPUT_HEAD_DWORDS = 4;
const STREAM_OUTPUT_DWORDS = 2;
// No text is shorter than its tokens, but tiny ones still need room for what the host adds.
const MIN_TOKENS = 300;

const headDwords = (streamOutput: ShaderArguments['streamOutput']): number => {
  const outputs = streamOutput?.outputs?.length ?? 0;
  return HEAD_DWORDS + (outputs === 0 ? 0 : STREAM_OUTPUT_HEAD_DWORDS + STREAM_OUTPUT_DWORDS * outputs);
};

const checked = (args: ShaderArguments): Uint8Array => {
  if (typeof args !== 'object' || args === null) throw new FieldFault('', 'an object', args);
  for (const [key, value] of Object.entries(args)) {
    if (!NAMES.has(key) && value !== undefined) {
      throw new FieldFault(key, `a known field (${[...NAMES].join(', ')})`, value);
    }
  }
  if (typeof args.text !== 'string') throw new FieldFault('text', 'a string', args.text);
  const { maxPacketDwords: most = MAX_ENCODED_PAYLOAD_DWORDS } = args;
  const least = headDwords(args.streamOutput) + 1;
  if (!Number.isInteger(most) || most < least || most > MAX_ENCODED_PAYLOAD_DWORDS) {
    const range = `a whole number from ${least} to ${MAX_ENCODED_PAYLOAD_DWORDS}`;
    throw new FieldFault('maxPacketDwords', range, most);
  }
  return bytesOf(args.text);
};

/**
 * Cuts a shader into packets.
 * @param args the whole shader
 * @throws FieldFault for an argument that is not allowed
 */
export const shaderPackets = (args: ShaderArguments): ObjectArguments<'SHADER'>[] => {
  const bytes = checked(args);
  const {
    handle,
    stage,
    streamOutput,
    sharedMemoryBytes,
    maxPacketDwords = MAX_ENCODED_PAYLOAD_DWORDS,
  } = args;
  const { numTokens = Math.max(MIN_TOKENS, bytes.length) } = args;
  const packets: ObjectArguments<'SHADER'>[] = [];
  let sent = 0;
  for (;;) {
    const first = sent === 0;
    const room = (maxPacketDwords - (first ? headDwords(streamOutput) : HEAD_DWORDS)) * 4;
    const left = bytes.length - sent;
    const isLast = left + 1 <= room;
    const part = bytes.subarray(sent, isLast ? bytes.length : sent + room);
    packets.push({
      handle,
      stage,
      lengthOrOffset: first ? bytes.length + 1 : sent,
      continuation: !first,
      numTokens,
      sharedMemoryBytes,
      ...(first && streamOutput?.outputs?.length !== 0 ? { streamOutput } : {}),
      ...(isLast ? { text: part } : { chunk: part }),
    });
    if (isLast) return packets;
    sent += part.length;
  }
};
