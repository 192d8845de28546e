// Requests of the vtest protocol as bytes, from the table of its commands.

import { invalidArgument, VirglError } from '../../protocol/error';
import { nearestName } from '../../protocol/nearest-name';
import {
  HEADER_DWORDS,
  VTEST_COMMANDS,
  type VtestCommand,
  type VtestCommandName,
  type VtestFields,
} from '../commands';

const U32_MAX = 0xffffffff;
const DWORD_BYTES = 4;

const bytesIn = (parts: readonly Uint8Array[]): number =>
  parts.reduce((total, { byteLength }) => total + byteLength, 0);

/** What the header says: mostly dwords behind it, see the kinds of tails. */
const headerLength = ({ fields, tail }: VtestCommand, tailBytes: number): number => {
  switch (tail?.kind) {
    case 'header-bytes':
      return tailBytes;
    case 'header-dwords':
    case 'bytes':
      return fields.length + Math.ceil(tailBytes / DWORD_BYTES);
    default:
      return fields.length;
  }
};

/** The error for a field that a command has not. */
const unknownField = (name: VtestCommandName, field: string, fields: readonly string[]): VirglError => {
  const near = nearestName(field, fields);
  const hint = near === undefined ? `it takes ${fields.join(', ') || 'none'}` : `did you mean ${near}?`;
  return new VirglError('ERR_VIRGL_ARGUMENT', `${name}: unknown field ${JSON.stringify(field)}; ${hint}`, {
    operation: name,
    field,
  });
};

/**
 * The bytes of a request.
 * @param values every field of the command
 * @param tail what follows the fields; it is used as it is, not copied
 * @throws VirglError `ERR_VIRGL_ARGUMENT` for a field that is missing, unknown or no unsigned number of 32 bits
 */
export const encodeRequest = <Name extends VtestCommandName>(
  name: Name,
  values: VtestFields<Name>,
  tail: readonly Uint8Array[] = [],
): Uint8Array[] => {
  const command: VtestCommand = VTEST_COMMANDS[name];
  const { id, fields } = command;
  const given = values as Readonly<Record<string, number>>;
  for (const field of Object.keys(given))
    if (!fields.includes(field)) throw unknownField(name, field, fields);
  const words = new Uint32Array(HEADER_DWORDS + fields.length);
  words[0] = headerLength(command, bytesIn(tail));
  words[1] = id;
  fields.forEach((field, index) => {
    const value = given[field];
    if (!Number.isInteger(value) || value < 0 || value > U32_MAX)
      throw invalidArgument(name, field, `an integer from 0 to ${U32_MAX}`, value);
    words[HEADER_DWORDS + index] = value;
  });
  return [new Uint8Array(words.buffer), ...tail];
};

/** The halves of a number of 64 bits. @throws VirglError `ERR_VIRGL_ARGUMENT` */
export const halvesOf = (
  name: VtestCommandName,
  field: string,
  value: number | bigint,
): { low: number; high: number } => {
  const big = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof big !== 'bigint' || big < 0n || big > 0xffff_ffff_ffff_ffffn)
    throw invalidArgument(name, field, 'an integer from 0 to 2^64-1', value);
  return { low: Number(big & 0xffff_ffffn), high: Number(big >> 32n) };
};

/** The number of these halves. */
export const fromHalves = (low: number, high: number): bigint => BigInt(low) | (BigInt(high) << 32n);

/** Dwords as the bytes that go over the socket. */
export const bytesOf = (words: Uint32Array): Uint8Array =>
  new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
