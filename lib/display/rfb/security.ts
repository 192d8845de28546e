// Security types of RFB (RFC 6143, 7.2; rfbproto "VeNCrypt"): what is offered, and how each is gone through.

import { createHash, timingSafeEqual } from 'node:crypto';
import type tls from 'node:tls';
import { ByteMaker } from './byte-maker';
import type { PasswordAttempt, RfbAccess, RfbAuthenticate } from './access';
import { protocolError, Stop } from './stop';
import type { Transport } from './transport';
import { CHALLENGE_BYTES, isAnswer, makeChallenge } from './vnc-auth';

/** What the options say about who is let in. */
export interface SecurityPolicy {
  authenticate: RfbAuthenticate | undefined;
  /** What who needs no password may do. */
  access: RfbAccess;
  tls: tls.SecureContext | undefined;
  requireTls: boolean;
  /** Told of each wrong password. */
  onDenied(security: string): void;
}

/** What a viewer may do after a security type; undefined if it may not come in. */
type Proof = (transport: Transport, policy: SecurityPolicy) => Promise<RfbAccess | undefined>;

/** A security type. */
export interface SecurityType {
  name: string;
  number: number;
  prove: Proof;
}

const VENCRYPT_VERSION = [0, 2] as const;
const VENCRYPT_ACCEPTED = 1;
const MOST_NAME_BYTES = 1024;

const digest = (text: string): Uint8Array => createHash('sha256').update(text).digest();

const proveNothing: Proof = (_transport, { access }) => Promise.resolve(access);

const ask = async (policy: SecurityPolicy, attempt: PasswordAttempt): Promise<RfbAccess | undefined> =>
  policy.authenticate === undefined ? policy.access : policy.authenticate(attempt);

const proveByChallenge: Proof = async (transport, policy) => {
  const challenge = makeChallenge();
  transport.writer.send(challenge);
  const answer = await transport.reader.take(CHALLENGE_BYTES);
  return ask(policy, { matches: (password) => isAnswer(answer, challenge, password) });
};

const proveByPassword: Proof = async ({ reader }, policy) => {
  const lengths = await reader.take(8);
  const userBytes = lengths.readUInt32BE(0);
  const passwordBytes = lengths.readUInt32BE(4);
  if (Math.max(userBytes, passwordBytes) > MOST_NAME_BYTES)
    throw protocolError(`it sent a name or password of more than ${MOST_NAME_BYTES} bytes`);
  const user = (await reader.take(userBytes)).toString();
  const given = digest((await reader.take(passwordBytes)).toString());
  return ask(policy, { user, matches: (password) => timingSafeEqual(given, digest(password)) });
};

/** VeNCrypt's own types that we have: with a certificate, because TLS without one does not say whom one talks to. */
const X509_NONE: SecurityType = { name: 'X509None', number: 260, prove: proveNothing };
const X509_VNC: SecurityType = { name: 'X509Vnc', number: 261, prove: proveByChallenge };
const X509_PLAIN: SecurityType = { name: 'X509Plain', number: 262, prove: proveByPassword };

const NONE: SecurityType = { name: 'None', number: 1, prove: proveNothing };
const VNC_AUTH: SecurityType = { name: 'VncAuth', number: 2, prove: proveByChallenge };
const VENCRYPT = { name: 'VeNCrypt', number: 19 } as const;

const subtypesFor = ({ authenticate }: SecurityPolicy): SecurityType[] =>
  authenticate === undefined ? [X509_NONE] : [X509_VNC, X509_PLAIN];

/** What was agreed on, and what the viewer may do. */
export interface Proved {
  name: string;
  access: RfbAccess | undefined;
}

const goThroughVencrypt = async (transport: Transport, policy: SecurityPolicy): Promise<Proved> => {
  const { reader, writer } = transport;
  writer.send(Uint8Array.from(VENCRYPT_VERSION));
  const [major, minor] = await reader.take(2);
  if (major !== VENCRYPT_VERSION[0] || minor !== VENCRYPT_VERSION[1]) {
    writer.send(Uint8Array.of(0xff));
    throw new Stop('refused', `it speaks VeNCrypt ${major}.${minor}, which is not 0.2`);
  }
  const offered = subtypesFor(policy);
  writer.send(
    new ByteMaker()
      .u8(0, offered.length)
      .u32(...offered.map(({ number }) => number))
      .done(),
  );
  const wanted = (await reader.take(4)).readUInt32BE(0);
  const chosen = offered.find(({ number }) => number === wanted);
  if (chosen === undefined || policy.tls === undefined) {
    writer.send(Uint8Array.of(0));
    throw new Stop('refused', `it asked for VeNCrypt type ${wanted}, which was not offered`);
  }
  writer.send(Uint8Array.of(VENCRYPT_ACCEPTED));
  await transport.startTls(policy.tls);
  return { name: chosen.name, access: await chosen.prove(transport, policy) };
};

/** Numbers of the security types that viewers are offered, the best first. */
export const offeredTypes = ({ tls: secureContext, requireTls, authenticate }: SecurityPolicy): number[] => {
  const plain = authenticate === undefined ? NONE.number : VNC_AUTH.number;
  if (secureContext === undefined) return [plain];
  return requireTls ? [VENCRYPT.number] : [VENCRYPT.number, plain];
};

/** Goes through a security type that was offered. */
export const goThrough = async (
  number: number,
  transport: Transport,
  policy: SecurityPolicy,
): Promise<Proved> => {
  const proved =
    number === VENCRYPT.number
      ? await goThroughVencrypt(transport, policy)
      : await goThroughPlain(number === NONE.number ? NONE : VNC_AUTH, transport, policy);
  if (proved.access === undefined) policy.onDenied(proved.name);
  return proved;
};

const goThroughPlain = async (
  { name, prove }: SecurityType,
  transport: Transport,
  policy: SecurityPolicy,
): Promise<Proved> => ({ name, access: await prove(transport, policy) });

/** Whether nothing is asked of the viewer, so that old versions send no result. */
export const isNone = (number: number): boolean => number === NONE.number;
