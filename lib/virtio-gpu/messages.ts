// Requests and responses as bytes and back, by the tables. A device decodes requests and encodes responses; a driver does the
// other two.

import { VirglError } from '../protocol/error';
import {
  type CommandFields,
  type CommandName,
  COMMANDS,
  type CommandSpec,
  HEADER,
  HEADER_FLAGS,
  type RequestTail,
} from './commands';
import { type ResponseFields, type ResponseName, RESPONSES } from './responses';
import { StructCodec, type StructLayout } from './struct-codec';

/** A piece of guest memory, as `struct virtio_gpu_mem_entry`. */
export interface MemoryEntry {
  address: number;
  lengthBytes: number;
}

const ENTRY = new StructCodec({ address: 'u64', lengthBytes: 'u32', padding: 'pad32' } as const);

/** What a message says of itself. */
export interface MessageHeader {
  contextId?: number;
  /** Wants (in a response: has) a fence. */
  fenceId?: bigint;
  /** The ring of the context that the fence is of. */
  ringIndex?: number;
}

/** What follows the fields of a request. */
export type TailValue = readonly MemoryEntry[] | Uint8Array;

/** A command with its codec. */
export interface CompiledCommand {
  readonly name: CommandName;
  readonly spec: CommandSpec;
  readonly codec: StructCodec<StructLayout>;
  /** Of header and fields. */
  readonly sizeBytes: number;
}

const compileCommand = (name: CommandName): CompiledCommand => {
  const spec: CommandSpec = COMMANDS[name];
  const codec = new StructCodec(spec.layout);
  return { name, spec, codec, sizeBytes: HEADER.sizeBytes + codec.sizeBytes };
};

const COMMANDS_BY_NAME = new Map(
  (Object.keys(COMMANDS) as CommandName[]).map((name) => [name, compileCommand(name)]),
);
/** Every command with its codec, by number. */
export const COMMANDS_BY_ID: ReadonlyMap<number, CompiledCommand> = new Map(
  Array.from(COMMANDS_BY_NAME.values(), (command) => [command.spec.id, command]),
);

const compileResponse = (name: ResponseName) => ({
  name,
  id: RESPONSES[name].id as number,
  codec: new StructCodec<StructLayout>(RESPONSES[name].layout),
});

const RESPONSES_BY_NAME = new Map(
  (Object.keys(RESPONSES) as ResponseName[]).map((name) => [name, compileResponse(name)]),
);
const RESPONSES_BY_ID = new Map(
  Array.from(RESPONSES_BY_NAME.values(), (response) => [response.id, response]),
);

/** A view on all bytes of an array. */
export const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/** A request as it came: at the beginning of memory that may be longer. */
export interface RequestView {
  readonly view: DataView;
  readonly lengthBytes: number;
}

/** The request that an array is. */
export const requestOf = (bytes: Uint8Array): RequestView => ({
  view: viewOf(bytes),
  lengthBytes: bytes.byteLength,
});

/** The entries of guest memory behind the fields of a request. */
export const decodeEntries = (view: DataView, at: number, count: number): MemoryEntry[] =>
  Array.from({ length: count }, (_, index) => ENTRY.decode(view, at + index * ENTRY.sizeBytes));

/** Bytes of what follows the fields of a request. */
export const tailBytes = (tail: RequestTail, count: number): number =>
  tail.kind === 'bytes' ? count : count * ENTRY.sizeBytes;

const writeHeader = (view: DataView, type: number, header: MessageHeader): void => {
  const { contextId = 0, fenceId, ringIndex } = header;
  const flags =
    (fenceId === undefined ? 0 : HEADER_FLAGS.FENCE) |
    (ringIndex === undefined ? 0 : HEADER_FLAGS.INFO_RING_INDEX);
  HEADER.encode(view, 0, { type, flags, fenceId: fenceId ?? 0n, contextId, ringIndex: ringIndex ?? 0 });
};

const readHeader = (view: DataView): MessageHeader => {
  const { flags, fenceId, contextId, ringIndex } = HEADER.decode(view, 0);
  return {
    contextId,
    ...((flags & HEADER_FLAGS.FENCE) !== 0 && { fenceId }),
    ...((flags & HEADER_FLAGS.INFO_RING_INDEX) !== 0 && { ringIndex }),
  };
};

/** What a driver writes: a request. Counts of what follows are filled in. */
export const encodeRequest = <Name extends CommandName>(
  name: Name,
  fields: Omit<CommandFields<Name>, 'entryCount' | 'size'> & Partial<CommandFields<Name>>,
  header: MessageHeader = {},
  tail?: TailValue,
): Uint8Array<ArrayBuffer> => {
  // The map was made from all names.
  const { spec, codec, sizeBytes } = COMMANDS_BY_NAME.get(name) as CompiledCommand;
  const isBytes = tail instanceof Uint8Array;
  const bytes = tail === undefined ? 0 : isBytes ? tail.byteLength : tail.length * ENTRY.sizeBytes;
  const message = new Uint8Array(sizeBytes + bytes);
  const view = viewOf(message);
  writeHeader(view, spec.id, header);
  const counts = spec.tail === undefined ? {} : { [spec.tail.count]: tail?.length ?? 0 };
  codec.encode(view, HEADER.sizeBytes, { ...counts, ...fields });
  if (isBytes) message.set(tail, sizeBytes);
  else tail?.forEach((entry, index) => ENTRY.encode(view, sizeBytes + index * ENTRY.sizeBytes, entry));
  return message;
};

/** What a device writes: a response. */
export const encodeResponse = <Name extends ResponseName>(
  name: Name,
  fields: ResponseFields<Name>,
  header: MessageHeader = {},
  bytes: Uint8Array = new Uint8Array(0),
): Uint8Array<ArrayBuffer> => {
  // The map was made from all names.
  const { id, codec } = RESPONSES_BY_NAME.get(name) as ReturnType<typeof compileResponse>;
  const message = new Uint8Array(HEADER.sizeBytes + codec.sizeBytes + bytes.byteLength);
  const view = viewOf(message);
  writeHeader(view, id, header);
  codec.encode(view, HEADER.sizeBytes, fields as unknown as Record<string, never>);
  message.set(bytes, HEADER.sizeBytes + codec.sizeBytes);
  return message;
};

/** A response that was read. */
export interface DecodedResponse {
  name: ResponseName;
  header: MessageHeader;
  /** By name; see `RESPONSES`. */
  fields: Record<string, unknown>;
  /** What follows the fields. */
  bytes: Uint8Array;
}

const decodeError = (operation: string, field: string, what: string, value: number): VirglError =>
  new VirglError('ERR_VIRGL_DECODE', `${operation}: expected ${what} for ${field} but received ${value}`, {
    operation,
    field,
    value,
  });

/** What a driver reads. @throws VirglError `ERR_VIRGL_DECODE` */
export const decodeResponse = (message: Uint8Array): DecodedResponse => {
  const view = viewOf(message);
  if (message.byteLength < HEADER.sizeBytes)
    throw decodeError('response', 'length', `at least ${HEADER.sizeBytes} bytes`, message.byteLength);
  const type = view.getUint32(HEADER.offsets.type, true);
  const found = RESPONSES_BY_ID.get(type);
  if (found === undefined) throw decodeError('response', 'type', 'the number of a response', type);
  const { name, codec } = found;
  const size = HEADER.sizeBytes + codec.sizeBytes;
  if (message.byteLength < size)
    throw decodeError(name, 'length', `at least ${size} bytes`, message.byteLength);
  return {
    name,
    header: readHeader(view),
    fields: codec.decode(view, HEADER.sizeBytes),
    bytes: message.slice(size),
  };
};

/** A request that was read. */
export interface DecodedRequest {
  name: CommandName;
  header: MessageHeader;
  /** By name; see `COMMANDS`. */
  fields: Record<string, unknown>;
  tail?: TailValue;
}

/** What is in a request, for logs and tests. @throws VirglError `ERR_VIRGL_DECODE` */
export const decodeRequest = (message: Uint8Array): DecodedRequest => {
  const view = viewOf(message);
  if (message.byteLength < HEADER.sizeBytes)
    throw decodeError('request', 'length', `at least ${HEADER.sizeBytes} bytes`, message.byteLength);
  const type = view.getUint32(HEADER.offsets.type, true);
  const command = COMMANDS_BY_ID.get(type);
  if (command === undefined) throw decodeError('request', 'type', 'the number of a command', type);
  const { name, spec, codec, sizeBytes } = command;
  if (message.byteLength < sizeBytes)
    throw decodeError(name, 'length', `at least ${sizeBytes} bytes`, message.byteLength);
  const fields = codec.decode(view, HEADER.sizeBytes) as Record<string, unknown>;
  const request: DecodedRequest = { name, header: readHeader(view), fields };
  if (spec.tail === undefined) return request;
  const count = fields[spec.tail.count] as number;
  const room = message.byteLength - sizeBytes;
  if (tailBytes(spec.tail, count) > room)
    throw decodeError(name, spec.tail.count, `a count of what is in ${room} bytes`, count);
  request.tail =
    spec.tail.kind === 'bytes'
      ? message.slice(sizeBytes, sizeBytes + count)
      : decodeEntries(view, sizeBytes, count);
  return request;
};
