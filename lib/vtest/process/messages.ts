// What a supervisor and a session process say to each other: JSON, one message a packet.

import { VirglError } from '../../protocol/error';
import type { NativeHostOptions, UnixSocket } from '../../host';
import type { WrapHostModule } from './wrap-host';

/** Descriptors that a session process is started with. */
export const CONTROL_FD = 3;
export const STATUS_FD = 4;

/** What a session process is started for. */
export interface WorkerConfig {
  /** Process that starts it, and that it ends with. */
  supervisor: number;
  host: Pick<
    NativeHostOptions,
    'libraryPath' | 'platform' | 'renderNode' | 'flags' | 'ignoreLostContexts' | 'fenceWaitMicroseconds'
  >;
  wrapHostModule?: WrapHostModule;
  /** For the module that serves; travels as JSON. */
  session: unknown;
}

/** How a session ended, as its process tells it. */
export interface WorkerEnd {
  /** As the client called itself. */
  name?: string;
  commands: number;
  submits: number;
  receivedBytes: number;
  lastCommand?: string;
  /** Why the client was disconnected. */
  reason?: string;
}

/** What comes with the connection of a client: its number at the server. */
export const encodeClientNumber = (number: number): Uint8Array => {
  const bytes = new Uint8Array(Uint32Array.BYTES_PER_ELEMENT);
  new DataView(bytes.buffer).setUint32(0, number, true);
  return bytes;
};

/** The other way round. */
export const decodeClientNumber = ({ buffer, byteOffset }: Uint8Array): number =>
  new DataView(buffer, byteOffset).getUint32(0, true);

/** From a session process. */
export type WorkerMessage =
  | { type: 'ready'; renderer: string }
  | { type: 'failed'; code: string; message: string }
  | { type: 'warning'; message: string }
  | { type: 'library'; message: string }
  | ({ type: 'end' } & WorkerEnd);

/** Longest message. */
const MAX_MESSAGE_BYTES = 64 * 1024;
/** Longer texts are cut: two fit into a message, though JSON may need 6 bytes for each character. */
const MAX_TEXT = 4 * 1024;

const shorten = (_key: string, value: unknown): unknown =>
  typeof value === 'string' && value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value;

/** Sends one message. */
export const sendMessage = (socket: UnixSocket, message: object): void =>
  socket.sendSync(new TextEncoder().encode(JSON.stringify(message, shorten)));

/** Receives one message; undefined at the end. */
export const receiveMessage = async (socket: UnixSocket): Promise<WorkerMessage | undefined> => {
  const bytes = new Uint8Array(MAX_MESSAGE_BYTES);
  const length = await socket.receive(bytes);
  if (length === 0) return undefined;
  const text = new TextDecoder().decode(bytes.subarray(0, length));
  try {
    return JSON.parse(text) as WorkerMessage;
  } catch (cause) {
    throw new VirglError('ERR_VIRGL_DECODE', `a session process said ${JSON.stringify(text.slice(0, 80))}`, {
      cause,
    });
  }
};
