// Host calls as statements: their arguments by the call table, and how each is waited for.

import { HOST_CALLS, type HostCallName } from '../../../host';
import type { EnumName, FlagsName } from '../../../protocol';
import type { CallRecord, TraceRange } from '../../model';
import { type Code, listCode, objectCode, prefixed, quoted } from './code';
import type { ValueWriter } from './values';

const ENUM_ARGUMENTS: Readonly<Record<string, EnumName>> = { target: 'TextureTarget', format: 'Format' };
const FLAG_ARGUMENTS: Readonly<Record<string, FlagsName>> = { bind: 'Bind', flags: 'ResourceFlag' };

/** Calls that resolve when the GPU is done, which may need calls that come later. */
const FENCES: ReadonlySet<HostCallName> = new Set(['createFence', 'contextCreateFence']);

/** Calls that answer with descriptors. */
const ANSWER_DESCRIPTORS: ReadonlySet<HostCallName> = new Set([
  'contextGetPollFd',
  'exportFence',
  'exportSignalledFence',
  'getFenceFd',
  'getDevFd',
  'getPollFd',
  'resourceGetInfo',
  'resourceGetInfoExt',
  'resourceExportBlob',
  'resourceExportQuery',
  'getFdForTexture',
  'getFdForTexture2',
]);

/** Whether an argument is a range of recorded memory. */
export const isRange = (value: unknown): value is TraceRange =>
  typeof value === 'object' && value !== null && 'memoryId' in value;

/** Whether a call took a descriptor, which no trace can keep. */
export const tookDescriptor = ({ name }: CallRecord): boolean =>
  HOST_CALLS[name].params.some(({ type }) => type === 'fd');

/** Writes calls. */
export class CallWriter {
  readonly #values: ValueWriter;

  constructor(values: ValueWriter) {
    this.#values = values;
  }

  /**
   * The call as an expression of a promise's fate: `host.poll()` within what waits for it.
   * @param commands what to write for the command stream of a submit
   */
  statement(call: CallRecord, refused: boolean, commands?: Code): Code {
    const args = this.#args(call, commands);
    const made = listCode(`host.${call.name}(`, args === undefined ? [] : [args], ')');
    if (refused) return listCode('await p.refused(', [made], ')');
    if (FENCES.has(call.name)) return listCode('p.fence(', [made], ')');
    if (ANSWER_DESCRIPTORS.has(call.name)) return listCode('await p.closing(', [made], ')');
    return prefixed('await ', made);
  }

  /** The call as an expression of its answer. */
  answer(call: CallRecord): Code {
    const args = this.#args(call, undefined);
    return listCode(`await host.${call.name}(`, args === undefined ? [] : [args], ')');
  }

  #args(call: CallRecord, commands: Code | undefined): Code | undefined {
    const args = call.args as Readonly<Record<string, unknown>> | undefined;
    if (args === undefined) return undefined;
    return objectCode(
      Object.entries(args)
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => [
          key,
          key === 'commands' && commands !== undefined ? commands : this.#argument(call.name, key, value),
        ]),
    );
  }

  #argument(name: HostCallName, key: string, value: unknown): Code {
    const { names } = this.#values;
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value === 'number') {
      if (key === 'contextId') return names.id('context', value);
      if (key === 'resourceId') return names.id('resource', value);
      if (name !== 'resourceCreate') return String(value);
      const enumeration = ENUM_ARGUMENTS[key];
      const flags = FLAG_ARGUMENTS[key];
      if (enumeration !== undefined) return names.enumeration(enumeration, value);
      return flags === undefined ? String(value) : names.flags(flags, value);
    }
    if (value instanceof Uint8Array)
      return key === 'into' ? `p.into(${value.length})` : this.#values.bytes(value);
    if (value instanceof Uint32Array) return this.#values.dwords(value, 'u32');
    if (isRange(value)) return this.range(value);
    if (Array.isArray(value))
      return listCode(
        '[',
        value.map((item) => this.#argument(name, '', item)),
        ']',
      );
    if (typeof value === 'object' && value !== null)
      return objectCode(
        Object.entries(value).map(([field, item]) => [field, this.#argument(name, '', item)]),
      );
    return typeof value === 'string' ? quoted(value) : JSON.stringify(value);
  }

  /** A range of shared memory. */
  range({ memoryId, offsetBytes, lengthBytes }: TraceRange): Code {
    return `p.range(${this.#values.names.id('memory', memoryId)}, ${offsetBytes}, ${lengthBytes})`;
  }
}
