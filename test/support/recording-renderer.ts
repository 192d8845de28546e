// A renderer on a host that renders nothing and decodes what it is sent.

import { NullHost, type NullAnswers } from '../../lib/host';
import { decode, type Command, VirglError } from '../../lib/protocol';
import { type Context, Renderer } from '../../lib/renderer';

const CAPSET_BYTES = 1408;

/** A capability set of the newest release; zero but for these dwords, by offset. */
export const syntheticCapset = (dwords: Readonly<Record<number, number>> = {}): Uint8Array => {
  const view = new DataView(new ArrayBuffer(CAPSET_BYTES));
  view.setUint32(0, 2, true);
  for (const [offset, value] of Object.entries(dwords)) view.setUint32(Number(offset), value, true);
  return new Uint8Array(view.buffer);
};

/** One submission. */
export interface Submission {
  contextId: number;
  commands: Command[];
}

/** A renderer, and what it sends. */
export interface RecordingRenderer {
  renderer: Renderer;
  host: NullHost;
  submissions: Submission[];
}

/** Opens one. Answers replace those of the host; a submission is recorded whatever is answered to it. */
export const recordingRenderer = async (answers: NullAnswers = {}): Promise<RecordingRenderer> => {
  const submissions: Submission[] = [];
  const host = new NullHost({
    fillCaps: () => syntheticCapset(),
    ...answers,
    submitCmd: (args) => {
      // The array is reused by the caller.
      const commands = [...decode(Uint32Array.from(args.commands as Uint32Array))];
      submissions.push({ contextId: args.contextId, commands });
      return answers.submitCmd?.(args);
    },
  });
  return { renderer: await Renderer.open({ host }), host, submissions };
};

/** What a context records while something is done: commands, none of which has been sent. */
export const recordedBy = (context: Context, act: () => unknown): Command[] => {
  const before = context.commands.dwords;
  act();
  return [...decode(context.commands.finish().slice(before))];
};

/** The error that something throws or rejects with. */
export const errorOf = async (act: () => unknown): Promise<VirglError> => {
  try {
    await act();
  } catch (error) {
    if (error instanceof VirglError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};
