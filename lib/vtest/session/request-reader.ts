// Bytes from a client into whole requests. Facts: vtest_renderer.c, which reads a fixed number of dwords for most commands,
// whatever the header's length says.

import { VirglError } from '../../protocol/error';
import {
  HEADER_DWORDS,
  MAX_NAME_BYTES,
  VTEST_COMMAND_NAMES,
  VTEST_COMMANDS,
  type VtestCommand,
  type VtestCommandName,
  type VtestFields,
} from '../commands';
import type { RequestBuffer } from './request-buffer';

/** One request, in the buffer where it was received. */
export interface VtestRequest {
  readonly name: VtestCommandName;
  /** The dwords that every request of this command has. */
  readonly fixed: Uint32Array;
  /** Offset of what follows them in the buffer, and how many bytes that is. */
  readonly tailOffset: number;
  readonly tailBytes: number;
}

const DWORD = Uint32Array.BYTES_PER_ELEMENT;
const HEADER_BYTES = HEADER_DWORDS * DWORD;

const refuse = (operation: string, field: string, value: number, what: string): VirglError =>
  new VirglError('ERR_VIRGL_DECODE', `${operation}: ${field} ${value}: ${what}`, { operation, field, value });

/** The dwords of a request by their names. */
export const fieldsOf = <Name extends VtestCommandName>(
  name: Name,
  { fixed }: VtestRequest,
): VtestFields<Name> => {
  const fields: Record<string, number> = {};
  const names: readonly string[] = VTEST_COMMANDS[name].fields;
  for (let i = 0; i < names.length; i += 1) fields[names[i]] = fixed[i];
  return fields as VtestFields<Name>;
};

/** Finds the requests in what was received, oldest first. */
export class RequestReader {
  /** Bytes of the request that {@link next} returned last. */
  #taken = 0;

  /**
   * @param maxBytes of one request; what a client may make this process hold
   * @param admit throws for a command that is not wanted, before the rest of its request is waited for
   */
  constructor(
    readonly buffer: RequestBuffer,
    readonly maxBytes: number,
    readonly admit: (name: VtestCommandName) => void = () => undefined,
  ) {}

  /** Ends the request that came before; its views must not be used any more. */
  release(): void {
    this.buffer.consume(this.#taken);
    this.#taken = 0;
  }

  /**
   * The next request if it is here as a whole; otherwise makes room for it.
   * @throws VirglError `ERR_VIRGL_DECODE` for a command that does not exist and for a length that nobody may ask for
   */
  next(): VtestRequest | undefined {
    const { buffer } = this;
    if (buffer.length < HEADER_BYTES) return this.#missing(HEADER_BYTES);
    const length = buffer.dword(0);
    const id = buffer.dword(DWORD);
    const name = VTEST_COMMAND_NAMES.get(id);
    if (name === undefined) throw refuse('vtest', 'command', id, 'there is no such command');
    this.admit(name);
    const command: VtestCommand = VTEST_COMMANDS[name];
    const tailOffset = HEADER_BYTES + command.fields.length * DWORD;
    // Where the tail's length is among the fields, they have to be here first.
    if (command.tail?.kind !== 'header-dwords' && buffer.length < tailOffset)
      return this.#missing(tailOffset);
    const tailBytes = this.#tailBytes(name, command, length);
    const total = tailOffset + tailBytes;
    if (total > this.maxBytes)
      throw refuse(name, 'length', total, `a request may have at most ${this.maxBytes} bytes`);
    if (buffer.length < total) return this.#missing(total);
    this.#taken = total;
    return { name, fixed: buffer.dwords(HEADER_BYTES, command.fields.length), tailOffset, tailBytes };
  }

  #tailBytes(name: VtestCommandName, { tail, fields }: VtestCommand, length: number): number {
    if (tail === undefined) return 0;
    switch (tail.kind) {
      case 'header-dwords':
        return length * DWORD;
      case 'header-bytes':
        if (length > MAX_NAME_BYTES)
          throw refuse(name, 'length', length, `a name may have at most ${MAX_NAME_BYTES} bytes`);
        return length;
      case 'bytes':
        return this.#field(fields, tail.countField);
      case 'dwords-each':
        return this.#field(fields, tail.countField) * tail.dwords * DWORD;
    }
  }

  #field(names: readonly string[], name: string): number {
    return this.buffer.dword(HEADER_BYTES + names.indexOf(name) * DWORD);
  }

  #missing(bytes: number): undefined {
    this.buffer.makeRoom(bytes);
    return undefined;
  }
}
