// The files of one recording: a program may have several connections or hosts, each of which has a trace of its own.

import fs from 'node:fs';
import path from 'node:path';
import { TraceReader } from '../format/trace-reader';

/** One file that a recording has left. */
export interface RecordedFile {
  file: string;
  frames: number;
  calls: number;
  sizeBytes: number;
  /** Calls that were refused. */
  errors: number;
  /** Why it is not whole, if it is not. */
  problem?: string;
}

const split = (file: string): { start: string; ext: string } => {
  const { dir, name, ext } = path.parse(file);
  return { start: path.join(dir, name), ext };
};

/** Where the trace of a connection grows while the program runs. */
export const connectionFile = (file: string, number: number): string => {
  const { start, ext } = split(file);
  return `${start}.client${number}${ext}`;
};

/** The name of the nth file, from 1: the one that was asked for, then `.2`, `.3`, … before the extension. */
export const numberedFile = (file: string, number: number): string => {
  const { start, ext } = split(file);
  return number === 1 ? file : `${start}.${number}${ext}`;
};

/** What is in a file. @throws VirglError as `TraceReader.open` */
export const describeFile = (file: string): RecordedFile => {
  using reader = TraceReader.open(file);
  const { frames, calls, sizeBytes, byKind, problem } = reader.summary;
  return {
    file,
    frames: frames.length,
    calls,
    sizeBytes,
    errors: byKind.error ?? 0,
    ...(problem !== undefined && { problem: problem.message }),
  };
};

/** Removes what an earlier recording under this name has left of its connections. */
export const removeConnectionFiles = (file: string): void => {
  for (const { path: old } of connectionFiles(file)) fs.rmSync(old, { force: true });
};

const connectionFiles = (file: string): { path: string; number: number }[] => {
  const { start, ext } = split(path.resolve(file));
  const folder = path.dirname(start);
  const first = `${path.basename(start)}.client`;
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return names
    .filter((name) => name.startsWith(first) && name.endsWith(ext))
    .map((name) => ({ name, digits: name.slice(first.length, name.length - ext.length) }))
    .filter(({ digits }) => /^\d+$/.test(digits))
    .map(({ name, digits }) => ({ path: path.join(folder, name), number: Number(digits) }))
    .sort((a, b) => a.number - b.number);
};

/** Gives the files of all connections their names: those that have drawn come first, in the order in which they connected. */
export const nameConnectionFiles = (file: string): RecordedFile[] => {
  const found = connectionFiles(file).map(({ path: from }) => ({ from, ...describeFile(from) }));
  const sorted = [...found.filter(({ frames }) => frames > 0), ...found.filter(({ frames }) => frames === 0)];
  return sorted.map(({ from, ...described }, index) => {
    const to = numberedFile(file, index + 1);
    fs.renameSync(from, to);
    return { ...described, file: to };
  });
};
