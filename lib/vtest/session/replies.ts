// Replies of a server. Facts: vtest_renderer.c.

import { HEADER_DWORDS, VTEST_COMMANDS, type VtestCommandName } from '../commands';

const asBytes = (dwords: Uint32Array): Uint8Array => new Uint8Array(dwords.buffer);

/** A header and dwords, whose count the header tells. */
export const reply = (name: VtestCommandName, ...dwords: number[]): Uint8Array =>
  asBytes(Uint32Array.of(dwords.length, VTEST_COMMANDS[name].id, ...dwords));

/** A header of any length, in front of bytes. */
export const replyWithBytes = (length: number, id: number, ...parts: Uint8Array[]): Uint8Array => {
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  const message = new Uint8Array(HEADER_DWORDS * 4 + bytes);
  new Uint32Array(message.buffer, 0, HEADER_DWORDS).set([length, id]);
  let at = HEADER_DWORDS * 4;
  for (const part of parts) {
    message.set(part, at);
    at += part.length;
  }
  return message;
};
