// What a trace is, for people.

import type { TraceContents, TraceInfo, TraceOverview } from './info';

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const STEP = 1024;

/** A number of bytes with a unit that people can read. */
export const bytesText = (bytes: number): string => {
  let value = bytes;
  let unit = 0;
  while (value >= STEP && unit < UNITS.length - 1) {
    value /= STEP;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
};

type Row = readonly [label: string, value: string | number | undefined];

const rowsText = (rows: readonly Row[]): string[] =>
  rows.flatMap(([label, value]) => (value === undefined ? [] : [`${`${label}:`.padEnd(14)} ${value}`]));

const countsText = (title: string, counts: Readonly<Record<string, number>>): string[] => {
  const entries = Object.entries(counts).sort(([, a], [, b]) => b - a);
  return entries.length === 0
    ? []
    : ['', title, ...entries.map(([name, number]) => `${String(number).padStart(9)}  ${name}`)];
};

const sizeText = ({ sizeBytes, rawBytes, contentBytes }: TraceOverview): string | undefined => {
  const parts = [
    ...(sizeBytes === undefined ? [] : [bytesText(sizeBytes)]),
    ...(rawBytes === undefined ? [] : [`${bytesText(rawBytes)} uncompressed`]),
    ...(contentBytes === undefined ? [] : [`${bytesText(contentBytes)} of it contents, each once`]),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
};

const contentsRows = ({ commands, draws, undecoded, resources }: TraceContents): Row[] => [
  [
    'commands',
    `${commands}, ${draws} of them draws${undecoded === 0 ? '' : `, ${undecoded} can't be decoded`}`,
  ],
  [
    'resources',
    `${resources.made}, at most ${resources.mostAlive} at a time with about ${bytesText(resources.peakBytes)}`,
  ],
];

/** What a trace is, as text. */
export const printInfo = ({ meta, overview, contents }: TraceInfo): string => {
  const { byKind, byCall, frames, durationMicroseconds } = overview;
  const errors = byKind.error ?? 0;
  const lines = [
    ...rowsText([
      ['recorded', meta.recordedAt === '' ? undefined : `${meta.recordedAt} by virgl ${meta.writer}`],
      ['source', meta.source],
      ['client', meta.client],
      ['library', meta.library],
      [
        'state',
        overview.complete ? 'complete' : `cut off: ${overview.problem?.message ?? 'nobody ended it'}`,
      ],
      ['size', sizeText(overview)],
      ['frames', frames.length],
      ['duration', durationMicroseconds === 0 ? undefined : `${(durationMicroseconds / 1e6).toFixed(3)} s`],
      ['records', `${overview.records}, ${overview.calls} of them calls`],
      ['streams', bytesText(overview.commandBytes)],
      ['written', `${bytesText(overview.writtenBytes)} by the client`],
      ...(contents === undefined ? [] : contentsRows(contents)),
      ['read-backs', byKind.readback ?? 0],
      ['errors', errors],
    ]),
    ...(contents?.errors ?? []).map(
      ({ call, name, code, message }) =>
        `    call ${call}${name === undefined ? '' : ` ${name}`}: ${message} [${code}]`,
    ),
    ...countsText('Host calls', byCall),
    ...(contents === undefined ? [] : countsText('Commands', contents.byCommand)),
  ];
  return `${lines.join('\n')}\n`;
};
