// A trace as a program in TypeScript that makes the same calls with the same bytes: to read, to edit, to put into a bug report.

import { invalidArgument } from '../../../protocol/error';
import type { VirglErrorCode } from '../../../protocol';
import type { FramePicture, TraceSource } from '../../model';
import { ClassProgramWriter } from './classes/class-program';
import { DefaultStates, defaultState } from './classes/default-state';
import { RecordLookahead } from './classes/record-lookahead';
import { Names } from './names';
import { programText } from './program-text';
import { ProgramWriter, type Survey } from './program-writer';
import type { CommandCounts } from './stream';

/** Options of {@link toTypeScript}. */
export interface ToTypeScriptOptions {
  /** Name of the file of large data, beside the program. Default `trace.bin`. */
  dataName?: string;
  /**
   * Use the typed classes (`Renderer`, `Context`, `Resource` and so on) wherever they make the same calls with the same bytes. Default
   * true; false gives host calls and `CommandEncoder` alone.
   */
  classes?: boolean;
}

/** A program and what lies beside it. */
export interface TypeScriptProgram {
  source: string;
  /** The file of large data. */
  data: Uint8Array;
  /** How the commands were written. */
  counts: CommandCounts;
  /** Calls that took a descriptor, which no trace keeps; they are comments in the program. */
  leftOut: number;
}

const surveyed = async (source: TraceSource): Promise<Survey & { defaults: ReadonlySet<number> }> => {
  const names = new Names();
  const refused = new Map<number, VirglErrorCode>();
  const defaults = new DefaultStates(await defaultState());
  for (const record of source.records()) {
    names.see(record);
    defaults.see(record);
    if (record.kind === 'error') refused.set(record.call, record.code);
  }
  return { names, refused, defaults: defaults.found };
};

/**
 * Makes a program of a trace. It exports `frames`, `replay(host, data)`, and run as a script (`npx tsx FILE`) it renders in this process
 * and tells what came out; `--png FILE` writes the last picture. What was read back is not in it.
 * @throws VirglError ERR_VIRGL_ARGUMENT for a name of the data file that is no plain file name
 */
export const toTypeScript = async (
  source: TraceSource,
  options: ToTypeScriptOptions = {},
): Promise<TypeScriptProgram> => {
  const { dataName = 'trace.bin', classes = true } = options;
  if (typeof dataName !== 'string' || !/^[^/\0]+$/.test(dataName))
    throw invalidArgument('toTypeScript', 'dataName', 'a file name without folders', dataName);
  const survey = await surveyed(source);
  const queue = new RecordLookahead(source.records());
  const writer = classes
    ? new ClassProgramWriter(survey, source.meta, queue, survey.defaults)
    : new ProgramWriter(survey);
  let picture: (FramePicture & { frame: number }) | undefined;
  for (let record = queue.next(); record !== undefined; record = queue.next()) {
    await writer.add(record);
    if (record.kind === 'frame' && record.picture !== undefined)
      picture = { ...record.picture, frame: writer.frames.length - 1 };
  }
  await writer.finish();
  const { stream, data, leftOut } = writer;
  const text = programText(writer, { meta: source.meta, dataName, picture });
  return { source: text, data: data.finish(), counts: stream.counts, leftOut };
};
