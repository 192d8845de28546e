// The beginning of a connection (RFC 6143, 7.1 to 7.3): version, security, initialisation.

import type { PixelFormat } from '../encode/pixel-format';
import type { Size } from '../source';
import { ByteMaker } from './byte-maker';
import type { RfbAccess } from './access';
import { goThrough, isNone, offeredTypes, type Proved, type SecurityPolicy } from './security';
import { serverInit } from './server-messages';
import { protocolError, Stop } from './stop';
import type { Transport } from './transport';

const OUR_VERSION = 'RFB 003.008\n';
const VERSION = /^RFB (\d{3})\.(\d{3})\n$/;
const SECURITY_OK = 0;
const SECURITY_FAILED = 1;
const DENIED = 'wrong password';

/** Minor version that both speak. Others than 3, 7 and 8 are taken as the RFC says. */
const agreeOnVersion = async ({ reader, writer }: Transport): Promise<3 | 7 | 8> => {
  writer.send(Buffer.from(OUR_VERSION));
  const found = VERSION.exec((await reader.take(OUR_VERSION.length)).toString('latin1'));
  if (found === null) throw protocolError('it did not begin with a version of RFB');
  const [major, minor] = [Number(found[1]), Number(found[2])];
  if (major > 3 || (major === 3 && minor >= 8)) return 8;
  return major === 3 && minor === 7 ? 7 : 3;
};

/** Since 3.7 the viewer chooses. */
const letChoose = async ({ reader, writer }: Transport, offered: readonly number[]): Promise<number> => {
  writer.send(Uint8Array.of(offered.length, ...offered));
  const chosen = (await reader.take(1)).readUInt8(0);
  if (!offered.includes(chosen))
    throw new Stop('refused', `it chose security type ${chosen}, which was not offered`);
  return chosen;
};

/** In 3.3 the server decides; there is no VeNCrypt in it. */
const decide = ({ writer }: Transport, policy: SecurityPolicy): number => {
  if (policy.requireTls) {
    writer.send(new ByteMaker().u32(0).text('TLS is needed').done());
    throw new Stop('refused', 'it speaks RFB 3.3, which has no TLS');
  }
  const chosen = offeredTypes(policy).at(-1) as number;
  writer.send(new ByteMaker().u32(chosen).done());
  return chosen;
};

const letIn = ({ writer }: Transport, minor: number, chosen: number, { name, access }: Proved): RfbAccess => {
  if (access === undefined) {
    const result = new ByteMaker().u32(SECURITY_FAILED);
    writer.send((minor === 8 ? result.text(DENIED) : result).done());
    throw new Stop('refused', `${DENIED} (${name})`);
  }
  if (minor === 8 || !isNone(chosen)) writer.send(new ByteMaker().u32(SECURITY_OK).done());
  return access;
};

/** What was agreed on. */
export interface Agreement {
  version: string;
  security: string;
  access: RfbAccess;
  /** Whether the viewer leaves others their connections. */
  shared: boolean;
  /** What the viewer was told of the display. */
  size: Size;
}

/**
 * Goes through the handshake.
 * @throws Stop
 */
export const shakeHands = async (
  transport: Transport,
  policy: SecurityPolicy,
  { display, format }: { display: { size: Size; label: string }; format: PixelFormat },
): Promise<Agreement> => {
  const minor = await agreeOnVersion(transport);
  const chosen = minor === 3 ? decide(transport, policy) : await letChoose(transport, offeredTypes(policy));
  const proved = await goThrough(chosen, transport, policy);
  const access = letIn(transport, minor, chosen, proved);
  const shared = (await transport.reader.take(1)).readUInt8(0) !== 0;
  const { size, label } = display;
  transport.writer.send(serverInit(size, format, label));
  return { version: `3.${minor}`, security: proved.name, access, shared, size };
};
