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

const encode = async (
  port: MessagePort,
  { viewer, job, memory, pieces, config }: Extract<EncoderRequest, { request: 'encode' }>,
): Promise<void> => {
  try {
    const encoder = viewers.get(viewer);
    if (encoder === undefined) throw new Error(`viewer ${viewer} is not there`);
    const { count, parts } = await encoder.encode(memory, pieces, config);
    const bytes = join(parts);
    port.postMessage({ job, count, bytes } satisfies EncoderReply, [bytes.buffer]);
  } catch (error) {
    port.postMessage({ job, error: (error as Error).message } satisfies EncoderReply);
  }
};

const handle = (port: MessagePort, request: EncoderRequest): void => {
  const { viewer } = request;
  if (request.request === 'encode') void encode(port, request);
  else if (request.request === 'open') viewers.set(viewer, new FrameEncoder(request.lane));
  else {
    viewers.get(viewer)?.close();
    viewers.delete(viewer);
  }
};

if (parentPort !== null) {
  const port = parentPort;
  port.on('message', (request: EncoderRequest) => handle(port, request));
}
