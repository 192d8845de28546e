// The table of `virgl guest bench` shows what was measured, and nothing else.

import { benchTable } from '../../lib/cli/guest/bench-table';

const REPORT = { rows: [], pixels: {}, failures: {}, problems: [] };

const rowOf = (framesPerSecond: Record<string, number[]>): string => {
  const table = benchTable({ ...REPORT, rows: [{ program: 'cube', isPresented: true, framesPerSecond }] });
  return (table.find((line) => line.startsWith('cube')) ?? '').replace(/ +/g, ' ').trim();
};

test('relates medians to the host and to QEMU', () => {
  const figures = { host: [10, 1000, 100], 'qemu-virgl': [20], 'ours, every frame': [25, 35], ours: [60] };
  expect(rowOf(figures)).toBe('cube 100 20 (20%) 30 (30%, 1.5x) 60 (60%, 3.0x)');
});

test('has a dash for what has no figure, and no relation to it', () => {
  expect(rowOf({})).toBe('cube - - - -');
  expect(rowOf({ ours: [60] })).toBe('cube - - - 60');
  expect(rowOf({ 'qemu-virgl': [20], ours: [60] })).toBe('cube - 20 - 60 (3.0x)');
});

test('says why something has no figure, and nothing of pixels that nobody looked at', () => {
  const table = benchTable({ ...REPORT, problems: ['ours: no QEMU'] });
  expect(table.at(-1)).toBe('not measured: ours: no QEMU');
  expect(table.find((line) => line.startsWith('pixels'))?.replace(/ +/g, ' ')).toBe(
    'pixels that differ - - -',
  );
});
