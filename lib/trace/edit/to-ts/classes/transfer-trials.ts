// Which reads and writes of a resource the class makes of itself, and which calls come of them.

import { dwordsOf } from '../../../../protocol/text/dwords';
import { floatOf, isPlainFloat } from '../../../../protocol/text/numbers';
import type { Resource } from '../../../../renderer';
import type { CallRecord } from '../../../model';
import type { ValueWriter } from '../values';
import { completeArgs } from './same-call';
import type { ShadowCall, ShadowHost } from './shadow-host';
import { type Entry, objectTerm, plainTerm, type Term, unless } from './term';

/** Bytes as what they most likely are. */
export const dataTerm = (bytes: Uint8Array, values: ValueWriter): Term => {
  if (bytes.length % 4 === 0 && bytes.some((byte) => byte !== 0)) {
    const dwords = dwordsOf(bytes.slice());
    const isFloats = dwords.every((dword) => isPlainFloat(dword) && isOrdinary(floatOf(dword)));
    if (isFloats) return { value: new Float32Array(dwords.slice().buffer), code: values.floats(dwords) };
  }
  return { value: bytes, code: values.bytes(bytes) };
};

// Small whole numbers and colours look like tiny floats, and bytes of texts like huge ones.
const isOrdinary = (value: number): boolean =>
  value === 0 || (Math.abs(value) > 1e-6 && Math.abs(value) < 1e7);

interface TransferArgs {
  readonly level: number;
  readonly box: Readonly<Record<'x' | 'y' | 'z' | 'w' | 'h' | 'd', number>>;
}

const regionTerm = ({ level }: TransferArgs, box: readonly Entry[]): readonly Entry[] => [
  ...unless(level === 0, 'level', () => plainTerm(level)),
  ...unless(box.length === 0, 'box', () => objectTerm(box)),
];

/** A read or write of a class, and the calls that it makes. */
export interface Transfer {
  readonly args: readonly Term[];
  readonly calls: readonly ShadowCall[];
}

/** Tries transfers on a resource of the same shape that nobody uses. */
export class TransferTrials {
  constructor(
    readonly twin: Resource,
    readonly host: ShadowHost,
    readonly values: ValueWriter,
  ) {}

  /** Reads that begin with that call, the one that says least first. */
  async reads(call: CallRecord): Promise<readonly Transfer[]> {
    return this.#tried(call, async (region) => {
      await this.twin.read(region.value as object);
      return Object.keys(region.value as object).length === 0 ? [] : [region];
    });
  }

  /** Writes that begin with that call. @param bytesOf the bytes of as many calls */
  async writes(
    call: CallRecord,
    bytesOf: (count: number) => Uint8Array | undefined,
  ): Promise<readonly Transfer[]> {
    return this.#tried(call, async (region) => {
      const size = this.twin.byteSize(region.value as object);
      const first = (call.args as unknown as { from: Uint8Array }).from.length;
      const bytes = bytesOf(Math.max(1, Math.round(size / Math.max(1, first))));
      if (bytes?.length !== size) return undefined;
      await this.twin.write(bytes, region.value as object);
      const data = dataTerm(bytes, this.values);
      return Object.keys(region.value as object).length === 0 ? [data] : [data, region];
    });
  }

  async #tried(
    call: CallRecord,
    transfer: (region: Term) => Promise<readonly Term[] | undefined>,
  ): Promise<readonly Transfer[]> {
    const args = completeArgs(call.name, call.args) as unknown as TransferArgs;
    const box = Object.entries(args.box).map(([side, value]): Entry => [side, plainTerm(value)]);
    const transfers: Transfer[] = [];
    for (const entries of [regionTerm(args, []), regionTerm(args, box)]) {
      this.host.take();
      try {
        const terms = await transfer(objectTerm(entries));
        const calls = this.host.take().map(({ name, args: made }) => ({ name, args: made }));
        if (terms !== undefined) transfers.push({ args: terms, calls });
      } catch {
        // What the class refuses is written as a call of the host.
      }
    }
    return transfers;
  }
}
