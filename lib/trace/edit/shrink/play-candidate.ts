// Plays a candidate for a check: keeps going whatever fails, and tells what failed and what one pixel looks like.

import type { HostCallArgs, RenderHost, ResourceCreateArgs } from '../../../host';
import { Format, formatLayout, VirglError, type VirglErrorCode } from '../../../protocol';
import { pixelConverter } from '../../../renderer/pixel-conversion';
import type { CallRecord, TraceRange, TraceRecord } from '../../model';
import { TraceProgram } from '../program';
import { isRange, tookDescriptor } from '../to-ts/calls';

/** A pixel of the last picture: of the target of the last frame, or of the texture that was read back last. */
export interface PixelPlace {
  x: number;
  y: number;
}

/** A call that failed. */
export interface PlayedError {
  call: string;
  code: VirglErrorCode;
  message: string;
}

/** What came of playing a candidate. */
export interface CandidateOutcome {
  errors: PlayedError[];
  /** `#rrggbb`; undefined if it could not be read. */
  pixel?: string;
}

type ReadArgs = HostCallArgs<'transferReadIov'>;

const FENCES: ReadonlySet<string> = new Set(['createFence', 'contextCreateFence']);

const live = (program: TraceProgram, value: unknown): unknown => {
  if (isRange(value)) {
    const { memoryId, offsetBytes, lengthBytes }: TraceRange = value;
    return program.range(memoryId, offsetBytes, lengthBytes);
  }
  if (Array.isArray(value)) return value.map((item) => live(program, item));
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, live(program, item)]));
};

// The record at which the last picture is there.
const lastPictureAt = (records: readonly TraceRecord[]): number => {
  const frame = records.findLastIndex((record) => record.kind === 'frame' && record.picture !== undefined);
  return frame >= 0
    ? frame
    : records.findLastIndex((record) => record.kind === 'call' && record.name === 'transferReadIov');
};

// What to read for a pixel of the picture that is there at a record.
const readOf = (record: TraceRecord, { x, y }: PixelPlace): Omit<ReadArgs, 'into'> | undefined => {
  const texel = { w: 1, h: 1, d: 1 };
  if (record.kind === 'frame' && record.picture !== undefined) {
    const { resourceId, contextId } = record.picture;
    return { resourceId, contextId, box: { x, y, z: 0, ...texel } };
  }
  if (record.kind !== 'call') return undefined;
  const { resourceId, contextId, level, box } = record.args as ReadArgs;
  return {
    resourceId,
    ...(contextId !== undefined && { contextId }),
    ...(level !== undefined && { level }),
    box: { x: box.x + x, y: box.y + y, z: box.z, ...texel },
  };
};

const hexOf = (format: number, bytes: Uint8Array): string => {
  const converter = pixelConverter('check', format, Format.R8G8B8A8_UNORM);
  const rgba = new Uint8Array(4);
  if (converter === undefined) rgba.set(bytes.subarray(0, 4));
  else converter.convert(bytes, rgba);
  return `#${Buffer.from(rgba.subarray(0, 3)).toString('hex')}`;
};

const isCall = (record: TraceRecord): record is CallRecord => record.kind === 'call';

/** Plays records on a host that has nothing yet. Fences are not waited for. */
export const playCandidate = async (
  host: RenderHost,
  records: readonly TraceRecord[],
  place?: PixelPlace,
): Promise<CandidateOutcome> => {
  const program = new TraceProgram(host, new Uint8Array(0));
  const outcome: CandidateOutcome = { errors: [] };
  const formats = new Map<number, number>();
  const pictureAt = place === undefined ? -1 : lastPictureAt(records);

  const make = async (record: CallRecord): Promise<void> => {
    if (tookDescriptor(record)) return;
    if (record.name === 'resourceCreate') {
      const { resourceId, format } = record.args as ResourceCreateArgs;
      formats.set(resourceId, format);
    }
    try {
      const args = live(program, record.args);
      const made = (host[record.name] as (given: unknown) => Promise<unknown>)(args);
      if (FENCES.has(record.name)) program.fence(made);
      else await program.closing(made);
    } catch (error) {
      if (!(error instanceof VirglError)) throw error;
      outcome.errors.push({ call: record.name, code: error.code, message: error.message });
    }
  };

  const look = async (record: TraceRecord, at: PixelPlace): Promise<void> => {
    const read = readOf(record, at);
    if (read === undefined) return;
    const format = formats.get(read.resourceId) ?? Format.R8G8B8A8_UNORM;
    try {
      const into = new Uint8Array(formatLayout(format).blockBytes);
      await host.transferReadIov({ ...read, into });
      outcome.pixel = hexOf(format, into);
    } catch (error) {
      // No such pixel: the check finds none.
      if (!(error instanceof VirglError)) throw error;
    }
  };

  for (const [index, record] of records.entries()) {
    try {
      if (record.kind === 'memory') program.memory(record.memoryId, record.sizeBytes);
      else if (record.kind === 'memoryEnd') program.endMemory(record.memoryId);
      else if (record.kind === 'write') program.write(record.memoryId, record.offsetBytes, record.bytes);
      else if (isCall(record)) await make(record);
    } catch (error) {
      // A write into memory that the candidate does not make.
      if (!(error instanceof VirglError)) throw error;
    }
    if (index === pictureAt && place !== undefined) await look(record, place);
  }
  program.endMemories();
  return outcome;
};
