// What recording costs: scenes of glmark2 through a server that records and through one that does not, in turn.

import fs from 'node:fs';
import path from 'node:path';
import { VtestServer } from '../../test/clients/support/server';
import { median } from '../median';
import { framesPerSecond } from '../vtest/glmark2';

/** One scene; milliseconds per frame, a number per round. */
export interface RecordingRow {
  scene: string;
  without: number[];
  recording: number[];
  /** Of the traces of one round, on average. */
  traceBytes: number;
}

/** How scenes are run. */
export interface RecordingOptions {
  program: string;
  rounds: number;
  seconds: number;
  /** For the traces, which are removed again. */
  folder: string;
  onRow(row: RecordingRow): void;
}

const MS_PER_S = 1000;

/** The frame time of a scene with recording as a multiple of that without. */
export const costOf = ({ without, recording }: RecordingRow): number => median(recording) / median(without);

/** Removes what a folder has; returns how many bytes that were. */
const empty = (folder: string): number => {
  let bytes = 0;
  for (const name of fs.readdirSync(folder)) {
    const file = path.join(folder, name);
    bytes += fs.statSync(file).size;
    fs.rmSync(file);
  }
  return bytes;
};

/** Runs each scene without and with recording, the first one first in every other round. */
export const measureRecording = async (
  scenes: readonly string[],
  { program, rounds, seconds, folder, onRow }: RecordingOptions,
): Promise<RecordingRow[]> => {
  await using plain = await VtestServer.start({ server: 'ours' });
  await using recorder = await VtestServer.start({ server: 'ours', args: ['--record', folder] });
  const rows: RecordingRow[] = [];
  for (const scene of scenes) {
    const row: RecordingRow = { scene, without: [], recording: [], traceBytes: 0 };
    const measure = async (server: VtestServer, into: number[]): Promise<void> => {
      into.push(MS_PER_S / (await framesPerSecond(server, program, scene, seconds)));
    };
    for (let round = 0; round < rounds; round += 1) {
      if (round % 2 === 0) await measure(plain, row.without);
      await measure(recorder, row.recording);
      row.traceBytes += empty(folder) / rounds;
      if (round % 2 === 1) await measure(plain, row.without);
    }
    rows.push(row);
    onRow(row);
  }
  return rows;
};
