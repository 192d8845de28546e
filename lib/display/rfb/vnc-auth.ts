// VNC Authentication (RFC 6143, 7.2.2): the viewer encrypts a challenge with DES; its key is the password.

import { DES } from 'des.js';
import { randomBytes, timingSafeEqual } from 'node:crypto';

const KEY_BYTES = 8;
/** Length of a challenge and of its answer. */
export const CHALLENGE_BYTES = 16;

/** A challenge that nobody has seen before. */
export const makeChallenge = (): Uint8Array => randomBytes(CHALLENGE_BYTES);

/** The bits of each byte in the other order, as all VNC programs have it. */
const mirror = (byte: number): number => {
  let mirrored = 0;
  for (let bit = 0; bit < 8; bit++) mirrored |= ((byte >> bit) & 1) << (7 - bit);
  return mirrored;
};

/** The answer of a viewer that knows the password, of which the first 8 bytes count. */
export const answerTo = (challenge: Uint8Array, password: string): Uint8Array => {
  const key = new Uint8Array(KEY_BYTES);
  key.set(Buffer.from(password).subarray(0, KEY_BYTES));
  const des = DES.create({ type: 'encrypt', key: key.map(mirror), padding: false });
  return Uint8Array.from(des.update(challenge));
};

/** Whether an answer is right; takes as long if it is not. */
export const isAnswer = (answer: Uint8Array, challenge: Uint8Array, password: string): boolean =>
  timingSafeEqual(answer, answerTo(challenge, password));
