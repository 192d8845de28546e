// What was made under a handle, and where in the trace. A shader is put together from its packets.

import { ENUMS, type Command } from '../../../protocol';
import { bytesOf, textOf } from '../../../protocol/text-bytes';
import type { NumberedCommand } from '../numbered-commands';
import type { TrackedKind } from './bindings';

/** Where a command stands. */
export interface CommandRef {
  /** Among all commands of the trace. */
  readonly number: number;
  readonly call: number;
  readonly indexInCall: number;
  readonly name: Command['name'];
}

/** A field value that is the tracker's own: views on a record do not outlive it. */
export type Values = Readonly<Record<string, unknown>>;

/** Something with a handle. It stays as it is where it is bound, also when it was destroyed or its handle reused. */
export interface TrackedObject {
  readonly kind: TrackedKind;
  readonly handle: number;
  readonly contextId: number;
  /** Of video codecs and buffers, which belong to the context, the one that was current. */
  readonly subContextId: number;
  /** As decoded; of a shader those of its first packet. */
  readonly fields: Values;
  /** The commands that made it: several for a shader of several packets. */
  readonly madeBy: readonly CommandRef[];
  /** The resources it is a view of. */
  readonly resources: readonly number[];
  /** Of shaders. */
  readonly shader?: TrackedShader;
  destroyedBy?: CommandRef;
}

/** A shader. */
export interface TrackedShader {
  /** Name of the stage. */
  readonly stage: string;
  /** TGSI, as far as its packets have come. */
  readonly text: string;
  /** Whether all packets have come. */
  readonly isComplete: boolean;
}

/** Where a command stands, without the command. */
export const refOf = ({ number, call, indexInCall, command }: NumberedCommand): CommandRef => ({
  number,
  call,
  indexInCall,
  name: command.name,
});

const STAGE_NAMES: ReadonlyMap<unknown, string> = new Map(
  Object.entries(ENUMS.ShaderStage).map(([name, value]) => [value, name]),
);

/** The name of a shader stage, or its number if it has none. */
export const stageName = (stage: unknown): string => STAGE_NAMES.get(stage) ?? String(stage);

/** The fields, with copies of data. */
export const ownValues = (values: Values): Values => {
  const own: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values))
    own[name] = value instanceof Uint32Array || value instanceof Uint8Array ? value.slice() : value;
  return own;
};

// One packet carries either the text to its end or a chunk of it.
const textIn = ({ text, chunk }: Values): string | Uint8Array => (text ?? chunk ?? '') as string | Uint8Array;

const bytesIn = (packet: Values): Uint8Array => {
  const text = textIn(packet);
  return typeof text === 'string' ? bytesOf(text) : text;
};

/** A shader that is put together from its packets. */
export class ShaderText implements TrackedShader {
  readonly stage: string;
  // Of the text without its NUL, which the first packet counts.
  readonly #lengthBytes: number;
  readonly #parts: Uint8Array[] = [];
  #received = 0;
  #text: string | undefined;

  /** @param first the fields of its first packet */
  constructor(first: Values) {
    this.stage = stageName(first.stage);
    this.#lengthBytes = Number(first.lengthOrOffset) - 1;
    this.#append(bytesIn(first));
  }

  /** Takes a further packet. Hosts refuse one that does not go on where the last one ended. */
  add(packet: Values): void {
    if (packet.lengthOrOffset === this.#received) this.#append(bytesIn(packet));
  }

  get text(): string {
    this.#text ??= textOf(Buffer.concat(this.#parts));
    return this.#text;
  }

  get isComplete(): boolean {
    return this.#received >= this.#lengthBytes;
  }

  #append(bytes: Uint8Array): void {
    this.#parts.push(bytes.slice());
    this.#received += bytes.length;
    this.#text = undefined;
  }
}
