// What a host answers to an edited trace: read-backs, errors, fences and the pictures of frames, as if it had been recorded so.

import type { RenderHost } from '../../host';
import { MemoryTrace } from '../format/memory-trace';
import type { FramePicture, TraceRecord, TraceSource } from '../model';
import type { PlayOptions } from '../play/play-options';
import { play } from '../play/player';
import { RecordingHost } from '../record/recording-host';

type Answer = Extract<TraceRecord, { call: number }>;

const isAnswer = (record: TraceRecord): record is Answer => 'call' in record;

const callCount = (records: Iterable<TraceRecord>): number => {
  let count = 0;
  for (const { kind } of records) if (kind === 'call') count += 1;
  return count;
};

/** Answers by the number of their call; none if the host refuses arguments of some call, and does not count it. */
const answersOf = async (source: TraceSource, host: RenderHost): Promise<Map<number, Answer[]>> => {
  const heard = new MemoryTrace(source.meta);
  const recording = new RecordingHost(host, heard, { frames: 'none', pictures: 'none' });
  try {
    await play(source, recording);
  } finally {
    await recording.close();
  }
  const answers = new Map<number, Answer[]>();
  // The player has asked for the capability sets before the first call.
  const asked = callCount(heard.list) - callCount(source.records());
  if (asked !== Object.keys(source.meta.capsets ?? {}).length) return answers;
  for (const record of heard.list) {
    if (!isAnswer(record) || record.call < asked) continue;
    const call = record.call - asked;
    answers.set(call, [...(answers.get(call) ?? []), { ...record, call }]);
  }
  return answers;
};

const picturesOf = async (source: TraceSource, host: RenderHost): Promise<(FramePicture | undefined)[]> => {
  const pictures: (FramePicture | undefined)[] = [];
  const onFrame: PlayOptions['onFrame'] = (_frame, _picture, digest) => void pictures.push(digest);
  try {
    await play(source, host, { onFrame });
  } finally {
    await host.close();
  }
  return pictures;
};

/**
 * The same calls with the answers that a host gives now, so that the trace can be verified again.
 * @param openHost gives hosts with nothing in them, which are closed afterwards
 * @throws VirglError as `play`
 */
export const answered = async (
  source: TraceSource,
  openHost: () => Promise<RenderHost>,
): Promise<MemoryTrace> => {
  const answers = await answersOf(source, await openHost());
  const pictures = await picturesOf(source, await openHost());
  const records: TraceRecord[] = [];
  let calls = 0;
  let frames = 0;
  for (const record of source.records()) {
    if (isAnswer(record)) continue;
    if (record.kind === 'frame') {
      const picture = pictures[frames];
      records.push({ kind: 'frame', ...(picture && { picture }) });
      frames += 1;
      continue;
    }
    records.push(record);
    if (record.kind !== 'call') continue;
    records.push(...(answers.get(calls) ?? []));
    calls += 1;
  }
  return new MemoryTrace(source.meta, records);
};
