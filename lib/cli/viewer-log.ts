// What servers of viewers tell, in words. No secrets are in it.

import type { RfbEnd, RfbEvent, ViewEvent, VncServerEvent } from '../display';
import { type EventLines, type Level, lineLog, type LogOptions } from './line-log';

const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

const ended = ({ kind, reason, frames, sentBytes, durationMs }: RfbEnd): [Level, string] => [
  kind === 'failed' || kind === 'protocol' ? 'warn' : 'info',
  `${reason} (${frames} frames, ${mib(sentBytes)}, ${(durationMs / 1000).toFixed(1)} s)`,
];

const VIEW_LINES: EventLines<ViewEvent> = {
  listening: ({ url, fingerprint }) => [
    'info',
    `listening on ${url}${fingerprint === undefined ? '' : `, certificate SHA-256 ${fingerprint}`}`,
  ],
  certificate: ({ file }) => ['info', `made a certificate: ${file}`],
  login: ({ address, by }) => [
    'info',
    `${address} was let in by ${by === 'token' ? 'its address' : 'password'}`,
  ],
  refused: ({ address, reason }) => ['warn', `${address} was refused: ${reason}`],
  connected: ({ viewer, address, display }) => ['info', `viewer ${viewer} of display ${display}: ${address}`],
  viewer: ({ viewer, told }) => ['debug', `viewer ${viewer}: ${JSON.stringify(told)}`],
  disconnected: ({ viewer, end }) => {
    const [level, words] = ended(end);
    return [level, `viewer ${viewer} ended: ${words}`];
  },
  warning: ({ message }) => ['warn', message],
  closed: ({ url }) => ['debug', `closed ${url}`],
};

type ToldByClient = RfbEvent & { client: number; address: string };

const told = ({ client, address: _, ...event }: ToldByClient): [Level, string] => [
  event.event === 'denied' ? 'warn' : 'debug',
  `VNC client ${client}: ${JSON.stringify(event)}`,
];

const VNC_LINES: EventLines<VncServerEvent> = {
  listening: ({ host, port }) => ['info', `VNC on ${host} port ${port}`],
  connected: ({ client, address }) => ['info', `VNC client ${client}: ${address}`],
  turnedAway: ({ address, reason }) => ['warn', `VNC client at ${address} was turned away: ${reason}`],
  ready: told,
  denied: told,
  encodings: told,
  resize: told,
  pace: told,
  disconnected: ({ client, ...end }) => {
    const [level, words] = ended(end);
    return [level, `VNC client ${client} ended: ${words}`];
  },
  closed: ({ host, port }) => ['debug', `closed VNC on ${host} port ${port}`],
};

/** The log of a server for browsers. */
export const viewLog = (verb: string, options: LogOptions): ((event: ViewEvent) => void) =>
  lineLog(verb, VIEW_LINES, options);

/** The log of a server for VNC viewers. */
export const vncLog = (verb: string, options: LogOptions): ((event: VncServerEvent) => void) =>
  lineLog(verb, VNC_LINES, options);
