// What the head of a page tells of a trace.

import type { TraceSource } from '../model';
import type { Collected } from './collect';

/** Names and values, for people. */
export const traceFacts = ({ meta }: TraceSource, { errors, frameCount }: Collected): [string, string][] => {
  const { writer, recordedAt, source, client, library, capsets, extra } = meta;
  const facts: [string, string | undefined][] = [
    ['source', source],
    ['client', client],
    ['library', library],
    ['recorded', recordedAt],
    ['written by', `virgl ${writer}`],
    ['capability sets', capsets && Object.keys(capsets).join(', ')],
    ['frames', String(frameCount)],
    ['errors', String(errors)],
    ...Object.entries(extra ?? {}).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== undefined && fact[1] !== '');
};
