// Checks of shader packets, which may be several for one text, and of the complete text.
// Facts: virglrenderer vrend_decode_create_shader, vrend_create_shader.

import { ShaderStage } from '../enums';
import { textOf } from '../text-bytes';
import { numberAt, type Check, type Site } from './site';
import type { PartialShader } from './state';

const HEAD_DWORDS = 5;
const STREAM_OUTPUT_HEAD_DWORDS = 4;
const STREAM_OUTPUT_DWORDS = 2;
// What hosts add to numTokens.
const SPARE_TOKENS = 10;
const HEADER_TOKENS = 2;
const TOKENS_OF: Readonly<Record<string, number>> = { DCL: 2, IMM: 5, PROPERTY: 2 };

const textBytes = ({ command, values }: Site): Uint8Array => {
  const { outputs = [] } = (values['streamOutput'] as { outputs?: readonly unknown[] } | undefined) ?? {};
  const streamOutput =
    outputs.length === 0 ? 0 : STREAM_OUTPUT_HEAD_DWORDS + STREAM_OUTPUT_DWORDS * outputs.length;
  const { buffer, byteOffset, byteLength } = command.payload;
  const head = (HEAD_DWORDS + streamOutput) * 4;
  return new Uint8Array(buffer, byteOffset + head, Math.max(0, byteLength - head));
};

const SEMANTIC = /^\s*(?:IN|OUT|SV)\S*\s*,\s*[A-Z]/;
const INTERPOLATION = /^\s*IN\S*\s*,[^,]*,\s*(?:CONSTANT|LINEAR|PERSPECTIVE|COLOR)\b/;
const VIEW = /^\s*(?:SVIEW|IMAGE)\[/;
const CONSTANT_BLOCK = /^\s*CONST\[\d+\]\[/;
// With a token for what they read or write.
const TEXTURE_OR_MEMORY = /^T(?:EX|X[BDFLPQ])|^(?:LOAD|STORE|ATOM[A-Z]+|RESQ)$/;

// Beside the two that every declaration has.
const extraTokens = (declaration: string): number =>
  [SEMANTIC, INTERPOLATION, VIEW, CONSTANT_BLOCK].filter((pattern) => pattern.test(declaration)).length;

const countOf = (pattern: RegExp, text: string): number => text.match(pattern)?.length ?? 0;

/** The least number of TGSI tokens that a text can have: one per statement, register, dimension and semantic, roughly. */
const leastTokens = (text: string): number => {
  let tokens = HEADER_TOKENS;
  for (const line of text.split('\n').slice(1)) {
    const statement = /^\s*(?:\d+:\s*)?([A-Z_][A-Z0-9_]*)(.*)$/.exec(line);
    if (statement === null) continue;
    const [, word = '', rest = ''] = statement;
    const known = TOKENS_OF[word];
    if (word === 'DCL') tokens += extraTokens(rest);
    if (known !== undefined) tokens += known;
    else tokens += 1 + countOf(/[A-Z]\[|\]\[/g, rest) + Number(TEXTURE_OR_MEMORY.test(word));
  }
  return tokens;
};

const joined = (chunks: readonly Uint8Array[]): Uint8Array => {
  const [first = new Uint8Array()] = chunks;
  if (chunks.length <= 1) return first;
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
};

// A text whose packets are all there.
const finish = (site: Site, bytes: Uint8Array, stage: number): void => {
  const { values, report, settings } = site;
  if (!bytes.subarray(Math.max(0, bytes.length - 4)).includes(0)) {
    return report('shader-nul', 'expected a NUL in the last four bytes of the text', 'text');
  }
  const text = textOf(bytes.subarray(0, bytes.indexOf(0)));
  const least = leastTokens(text);
  const room = (numberAt(values, 'numTokens') + SPARE_TOKENS) % 2 ** 32;
  if (room < least) {
    const message = `expected at least ${Math.max(0, least - SPARE_TOKENS)} but found ${numberAt(values, 'numTokens')}`;
    report('shader-tokens', message, 'numTokens');
  }
  if (stage > ShaderStage.COMPUTE) return;
  for (const finding of settings.checkShader?.(text, stage) ?? []) site.reportShader(finding);
};

const begin = (site: Site, bytes: Uint8Array, stage: number): void => {
  const { values, report, state } = site;
  const { partialShaders } = state.current;
  const length = numberAt(values, 'lengthOrOffset');
  const totalDwords = Math.ceil(length / 4);
  const packetDwords = bytes.length / 4;
  const open = partialShaders.get(stage);
  if (open) {
    const message = `expected the next packet of shader ${open.handle}, of which ${open.receivedBytes} bytes are here`;
    report('shader-order', message, 'continuation');
    partialShaders.delete(stage);
  }
  if (packetDwords > totalDwords) {
    const message = `expected at least ${packetDwords * 4 - 3} bytes, which is what the packet has, but found ${length}`;
    return report('shader-length', message, 'lengthOrOffset');
  }
  if (packetDwords === totalDwords) return finish(site, bytes, stage);
  const handle = numberAt(values, 'handle');
  partialShaders.set(stage, { handle, totalDwords, chunks: [bytes], receivedBytes: bytes.length });
};

const goOn = (site: Site, bytes: Uint8Array, stage: number, open: PartialShader): void => {
  const { values, report, state } = site;
  const { partialShaders } = state.current;
  const offset = numberAt(values, 'lengthOrOffset');
  const handle = numberAt(values, 'handle');
  if (handle !== open.handle) {
    return report(
      'shader-order',
      `expected the handle ${open.handle} of the shader that is not complete but found ${handle}`,
      'handle',
    );
  }
  if (offset !== open.receivedBytes) {
    return report(
      'shader-order',
      `expected the offset ${open.receivedBytes} but found ${offset}`,
      'lengthOrOffset',
    );
  }
  open.chunks.push(bytes);
  open.receivedBytes += bytes.length;
  if (open.receivedBytes < open.totalDwords * 4) return;
  partialShaders.delete(stage);
  if (open.receivedBytes > open.totalDwords * 4) {
    return report(
      'shader-length',
      `expected ${open.totalDwords} dwords of text but found ${open.receivedBytes / 4}`,
      'text',
    );
  }
  finish(site, joined(open.chunks), stage);
};

/** CREATE_OBJECT SHADER: the packets. */
export const checkShaderPacket: Check = (site) => {
  const { command, values, state, report } = site;
  if (command.name !== 'CREATE_OBJECT' || command.object !== 'SHADER') return;
  const stage = numberAt(values, 'stage');
  const bytes = textBytes(site);
  if (values['continuation'] !== true) return begin(site, bytes, stage);
  const open = state.current.partialShaders.get(stage);
  if (open) return goOn(site, bytes, stage, open);
  if (state.current.isPartial) return;
  report('shader-order', 'expected a first packet: no shader of this stage waits for more', 'continuation');
};
