// QEMU's own VNC server and ours beside each other: the same guest shows the same pictures by the same virtio-gpu commands of 2D, and the
// same viewer looks. What differs besides the servers is the GPU: QEMU's own in one case, our backend in the other.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { formatTable } from './table';
import { type OpenGuest, openOurs, openQemus, type ShownGuest } from './guest-machines';
import { CONTENTS, writeFrames } from './guest-pictures';
import { startViewer } from './viewer-process';

/** One server and one content. */
export interface ComparedRow {
  content: string;
  server: string;
  /** That the viewer got. A picture may come in two. */
  updatesPerSecond: number;
  /** How long the guest took to show everything. */
  seconds: number;
  /** Of one core, by GPU and server. */
  cpu: number;
  megabytes: number;
}

const SERVERS: Readonly<Record<string, OpenGuest>> = { "QEMU's": openQemus, ours: openOurs };
const QUALITY = 6;
/** A viewer has seen everything after that. */
const SETTLE_MS = 1500;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const measure = async (
  { guest, port, cpuSeconds }: ShownGuest,
  server: string,
  content: string,
  script: string,
): Promise<ComparedRow> => {
  const viewer = startViewer(port, QUALITY, 'looks');
  try {
    while ((await viewer.ask()).frames === 0) await pause(100);
    await pause(SETTLE_MS);
    await viewer.ask();
    const before = cpuSeconds();
    const began = performance.now();
    await guest.run(['sh', '-c', script]);
    const seconds = (performance.now() - began) / 1000;
    const cpu = (cpuSeconds() - before) / seconds;
    const { frames, bytes } = await viewer.ask();
    return { content, server, updatesPerSecond: frames / seconds, seconds, cpu, megabytes: bytes / 1e6 };
  } finally {
    viewer.stop();
  }
};

/** Measures all contents with both servers. */
export const compareWithQemu = async (): Promise<ComparedRow[]> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'virgl-bench-'));
  const frames = path.join(folder, 'frames');
  writeFrames(frames);
  const rows: ComparedRow[] = [];
  try {
    for (const [server, open] of Object.entries(SERVERS)) {
      await using shown = await open(folder, frames);
      for (const [content, script] of Object.entries(CONTENTS))
        rows.push(await measure(shown, server, content, script));
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  return rows.sort((a, b) => a.content.localeCompare(b.content));
};

const ratioOf = (row: ComparedRow, rows: readonly ComparedRow[]): string => {
  const other = rows.find(({ content, server }) => content === row.content && server !== row.server);
  return other === undefined || row.server !== 'ours'
    ? ''
    : (row.updatesPerSecond / other.updatesPerSecond).toFixed(2);
};

/** For people. */
export const formatComparison = (rows: readonly ComparedRow[]): string =>
  formatTable(
    ['in a guest, 2D', 'VNC server', 'updates/s', 'ratio', 'CPU', 'MB sent', 'guest took'],
    rows.map((row) => [
      row.content,
      row.server,
      row.updatesPerSecond.toFixed(1),
      ratioOf(row, rows),
      `${(row.cpu * 100).toFixed(0)} %`,
      row.megabytes.toFixed(1),
      `${row.seconds.toFixed(1)} s`,
    ]),
  );
