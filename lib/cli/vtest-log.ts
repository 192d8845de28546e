// What a vtest server tells, in words.

import type { VtestClientInfo, VtestServerEvent } from '../vtest';
import { type EventLines, lineLog, type LogOptions } from './line-log';

const who = ({ client, pid }: VtestClientInfo): string => `client ${client} (pid ${pid})`;

const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

/** Level and words of each event. */
const LINES: EventLines<VtestServerEvent> = {
  listening: ({ path }) => ['info', `listening on ${path}`],
  connected: (event) => ['debug', `${who(event)} connected`],
  refused: (event) => ['warn', `${who(event)} was turned away: ${event.reason}`],
  warning: (event) => ['warn', `${who(event)}: ${event.message}`],
  library: (event) => ['debug', `${who(event)}: virglrenderer: ${event.message}`],
  disconnected: (event) => {
    const { name = 'no name', commands, receivedBytes, durationMs, reason, lastCommand } = event;
    const did = `${commands} commands, ${mib(receivedBytes)}, ${(durationMs / 1000).toFixed(2)} s`;
    if (reason === undefined) return ['info', `${who(event)} ${JSON.stringify(name)} left: ${did}`];
    const last = lastCommand === undefined ? '' : `; its last command was ${lastCommand}`;
    return ['warn', `${who(event)} ${JSON.stringify(name)} was disconnected: ${reason}${last} (${did})`];
  },
  closed: ({ path }) => ['info', `closed ${path}`],
};

/** Where a server's events go. */
export type EventLog = (event: VtestServerEvent) => void;

/** The log of a vtest server, on stderr. */
export const eventLog = (options: LogOptions): EventLog => lineLog('vtest', LINES, options);
