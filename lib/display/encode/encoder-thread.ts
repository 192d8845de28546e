// A thread that encodes pictures.

import { type MessagePort, parentPort } from 'node:worker_threads';
import { FrameEncoder } from './frame-encoder';
import type { EncoderReply, EncoderRequest } from './messages';
import { totalLength } from './rect-bytes';

const viewers = new Map<number, FrameEncoder>();

/** One array, whose memory can be handed over. */
const join = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(totalLength(parts));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
};

const encoderOf = (viewer: number): FrameEncoder => {
  const known = viewers.get(viewer);
  if (known !== undefined) return known;
  const made = new FrameEncoder();
  viewers.set(viewer, made);
  return made;
};

const handle = async (port: MessagePort, request: EncoderRequest): Promise<void> => {
  if (request.request === 'close') {
    viewers.get(request.viewer)?.close();
    viewers.delete(request.viewer);
    return;
  }
  const { viewer, job, memory, pieces, config } = request;
  try {
    const { count, parts } = await encoderOf(viewer).encode(memory, pieces, config);
    const bytes = join(parts);
    port.postMessage({ job, count, bytes } satisfies EncoderReply, [bytes.buffer]);
  } catch (error) {
    port.postMessage({ job, error: (error as Error).message } satisfies EncoderReply);
  }
};

if (parentPort !== null) {
  const port = parentPort;
  port.on('message', (request: EncoderRequest) => void handle(port, request));
}
