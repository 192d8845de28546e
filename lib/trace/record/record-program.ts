// Records an unmodified program: it runs on a private vtest server whose session processes record.

import fs from 'node:fs';
import path from 'node:path';
import { runProgram, type RunOptions, type RunReport } from '../../vtest';
import type { RecordOptions } from './record-options';
import { nameConnectionFiles, type RecordedFile, removeConnectionFiles } from './trace-files';
import { recordSessions } from './vtest-module';

/** Options of {@link recordProgram}. */
export interface RecordProgramOptions extends RunOptions {
  /** Where the trace goes: that of the first connection which draws; further ones get `.2`, `.3`, … before the extension. */
  file: string;
  record?: RecordOptions;
}

/** How the program ran, and what it left. */
export interface RecordedProgram extends RunReport {
  files: RecordedFile[];
}

/**
 * Runs a program to its end and records all that it sends. Connections that submit nothing leave no file.
 * @throws VirglError as `runProgram`
 */
export const recordProgram = async (
  command: readonly string[],
  { file, record, ...options }: RecordProgramOptions,
): Promise<RecordedProgram> => {
  fs.mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  removeConnectionFiles(file);
  const wrapHostModule = recordSessions({ file, source: command.join(' '), record });
  const report = await runProgram(command, { ...options, server: { ...options.server, wrapHostModule } });
  return { ...report, files: nameConnectionFiles(file) };
};
