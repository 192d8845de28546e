// Secrets: made at random, kept as digests, compared in a time that tells nothing of where they differ.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const SECRET_BYTES = 32;

/** 256 random bits as text for URLs and cookies. */
export const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url');

/** What is kept of a secret. */
export const digestOf = (secret: string): Buffer => createHash('sha256').update(secret, 'utf8').digest();

/** Whether a text is the secret of this digest. */
export const matchesDigest = (text: string, digest: Buffer): boolean =>
  timingSafeEqual(digestOf(text), digest);
