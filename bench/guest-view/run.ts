// `npm run bench:guest-view`: what a viewer on this machine costs a guest. kmscube draws the same frames without and with one, in turn,
// in the same guest.

import fs from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { Display, serveVnc } from '../../lib/display';
import { Guest, GuestBackend } from '../../lib/guest';
import { GuestSource } from '../../lib/cli/guest-view/guest-source';
import { CPU_SHARE } from '../../lib/cli/guest-view/guest-viewers';
import { startViewer } from '../display/viewer-process';
import { median } from '../median';
import { ROOT } from '../paths';

interface Options {
  frames: string;
  rounds: string;
  displayRate?: string;
  maxFps?: string;
  json: string;
}

/** One run of kmscube. */
interface Run {
  guestFps: number;
  viewerFps: number;
}

const QUALITY = 6;
const GOAL_SLOWDOWN = 0.1;

const kmscube = async (guest: Guest, frames: string): Promise<number> => {
  const { stdout, stderr } = await guest.run(['kmscube', '-c', frames]);
  // It says so every few seconds, and at the end.
  const [, count, seconds] = /Rendered (\d+) frames in ([\d.]+) sec[^]*$/.exec(stdout.slice(-200)) ?? [];
  if (count === undefined) throw new Error(`kmscube says no figure: ${stdout}${stderr}`);
  return Number(count) / Number(seconds);
};

const measure = async (
  guest: Guest,
  display: Display,
  port: number | undefined,
  frames: string,
): Promise<Run> => {
  if (port === undefined) return { guestFps: await kmscube(guest, frames), viewerFps: 0 };
  const viewer = startViewer(port, QUALITY, 'looks');
  while (display.viewers === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  await viewer.ask();
  const began = performance.now();
  const guestFps = await kmscube(guest, frames);
  const { frames: seen } = await viewer.ask();
  const viewerFps = (seen * 1000) / (performance.now() - began);
  viewer.stop();
  while (display.viewers > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  return { guestFps, viewerFps };
};

const show = (name: string, runs: readonly Run[]): number => {
  const fps = median(runs.map(({ guestFps }) => guestFps));
  const seen = median(runs.map(({ viewerFps }) => viewerFps));
  const each = runs.map(({ guestFps }) => guestFps.toFixed(1)).join(', ');
  console.log(
    `${name.padEnd(16)} ${fps.toFixed(1)} frames/s in the guest (${each}), ${seen.toFixed(1)} seen`,
  );
  return fps;
};

const run = async ({ frames, rounds, displayRate, maxFps, json }: Options): Promise<void> => {
  const server = displayRate === undefined ? {} : { displayRateHz: Number(displayRate) };
  await using backend = await GuestBackend.open({ server });
  await using guest = await Guest.boot({ gpuSocketPath: backend.socketPath });
  const source = new GuestSource(0);
  // As the command line has it.
  using display = new Display(source, { cpuShare: maxFps === undefined ? CPU_SHARE : undefined });
  const [screen] = backend.screens(1);
  if (screen !== undefined) source.show(screen);
  await using vnc = await serveVnc({
    display,
    port: 0,
    limits: maxFps === undefined ? {} : { maxFramesPerSecond: Number(maxFps) },
  });
  const runs: Record<'alone' | 'viewed', Run[]> = { alone: [], viewed: [] };
  await measure(guest, display, vnc.port, '300');
  for (let round = 0; round < Number(rounds); round += 1) {
    runs.alone.push(await measure(guest, display, undefined, frames));
    runs.viewed.push(await measure(guest, display, vnc.port, frames));
  }
  const alone = show('without a viewer', runs.alone);
  const viewed = show('with one', runs.viewed);
  const slowdown = 1 - viewed / alone;
  console.log(
    `slowed by ${(slowdown * 100).toFixed(1)} % (goal: at most ${GOAL_SLOWDOWN * 100} %), ${guest.machine.accelerator}`,
  );
  fs.mkdirSync(path.dirname(json), { recursive: true });
  fs.writeFileSync(json, JSON.stringify({ date: new Date().toISOString(), ...runs, slowdown }, null, 2));
  process.exitCode = slowdown <= GOAL_SLOWDOWN ? 0 : 1;
};

void new Command('bench:guest-view')
  .option('--frames <n>', 'that kmscube draws: so many that what is done at first does not count', '2500')
  .option('--rounds <n>', 'without and with a viewer, in turn', '3')
  .option('--display-rate <Hz>', 'as of virgl vhost-user-gpu')
  .option('--max-fps <n>', 'as of virgl vhost-user-gpu')
  .option('--json <file>', 'where figures go', path.join(ROOT, 'out', 'bench', 'guest-view.json'))
  .action(run)
  .parseAsync();
