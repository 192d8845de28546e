// The printed table.

import type { Result, Unit } from './benchmark';
import { goalText } from './goal';

const UNITS: Readonly<Record<Unit, (ns: number) => string>> = {
  ns: (ns: number) => `${ns.toFixed(1)} ns`,
  us: (ns: number) => `${(ns / 1e3).toFixed(2)} us`,
  fps: (ns: number) => `${(1e9 / ns).toFixed(1e9 / ns < 100 ? 2 : 0)} fps`,
  'M/s': (ns: number) => `${(1e3 / ns).toFixed(2)} M/s`,
  'MB/s': (ns: number) => `${(1e3 / ns).toFixed(1)} MB/s`,
};

const HEAD = ['benchmark', 'peer', '', 'ours', 'ratio', 'goal', ''];
// Where the reason stands of a benchmark that was not measured.
const REASON = 2;
const RIGHT_ALIGNED = new Set([2, 3, 4, 5]);

const rowOf = (result: Result): string[] => {
  if (result.outcome !== 'measured') return [result.name, result.outcome, result.reason];
  const { name, peer, unit, medians, ratio, goal, met } = result;
  const show = UNITS[unit];
  return [
    name,
    peer,
    show(medians.peerNs),
    show(medians.oursNs),
    goal.kind === 'microseconds' ? '' : ratio.toFixed(2),
    goalText(goal),
    met ? 'ok' : 'missed',
  ];
};

/** Lays results out in columns; a reason may run over those behind it. */
export const formatTable = (results: readonly Result[]): string => {
  const rows = [HEAD, ...results.map(rowOf)];
  const fitting = (column: number) => rows.filter((row) => column < REASON || row.length === HEAD.length);
  const widths = HEAD.map((_, column) => Math.max(...fitting(column).map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      const isReason = column === REASON && row.length < HEAD.length;
      return RIGHT_ALIGNED.has(column) && !isReason ? cell.padStart(width) : cell.padEnd(width);
    });
    return cells.join('  ').trimEnd();
  });
  return lines.join('\n');
};
