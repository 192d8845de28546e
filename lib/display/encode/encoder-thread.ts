// A thread that encodes pictures.

import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { FrameEncoder } from './frame-encoder';
import type { EncoderReply, EncoderRequest, EncoderThreadData } from './messages';
import { NativeGate } from './native-gate';
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
    const { count, parts, lossy } = await encoder.encode(memory, pieces, config);
    const bytes = join(parts);
    port.postMessage({ job, count, bytes, lossy } satisfies EncoderReply, [bytes.buffer]);
  } catch (error) {
    port.postMessage({ job, error: (error as Error).message } satisfies EncoderReply);
  }
};

const handle = (port: MessagePort, gate: NativeGate, request: EncoderRequest): void => {
  const { viewer } = request;
  if (request.request === 'encode') void encode(port, request);
  else if (request.request === 'open') viewers.set(viewer, new FrameEncoder(request.lane, gate.guard));
  else {
    viewers.get(viewer)?.close();
    viewers.delete(viewer);
  }
};

if (parentPort !== null) {
  const port = parentPort;
  const gate = new NativeGate((workerData as EncoderThreadData).gate);
  port.on('message', (request: EncoderRequest) => handle(port, gate, request));
}
