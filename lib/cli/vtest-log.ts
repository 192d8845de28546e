// What a vtest server tells, as a log: one line an event, for people or as JSON for programs.

import pino from 'pino';
import type { VtestClientInfo, VtestServerEvent } from '../vtest';

type Level = 'debug' | 'info' | 'warn';

const STDERR = 2;

const who = ({ client, pid }: VtestClientInfo): string => `client ${client} (pid ${pid})`;

const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

const CONTROL = /\p{Cc}/gu;

/** What a client caused to be said, as a line that does nothing to a terminal. */
const oneLine = (text: string): string =>
  text
    .trim()
    .replaceAll(/\s*\n\s*/g, ' | ')
    .replaceAll(CONTROL, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);

type EventOf<Name> = Extract<VtestServerEvent, { event: Name }>;

/** Level and words of each event. */
const LINES: {
  [Name in VtestServerEvent['event']]: (event: EventOf<Name>) => [Level, string];
} = {
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

/**
 * A log on stderr.
 * @param json one JSON object a line, as pino writes them: `level`, `time`, `event` and its fields, `msg`
 * @param verbose also what is only of interest when something is wrong
 */
export const eventLog = ({
  json = false,
  verbose = false,
}: {
  json?: boolean;
  verbose?: boolean;
}): EventLog => {
  const logger = json
    ? pino({ level: verbose ? 'debug' : 'info', base: null }, pino.destination({ dest: STDERR, sync: true }))
    : undefined;
  return (event) => {
    const line = LINES[event.event] as (event: VtestServerEvent) => [Level, string];
    const [level, words] = line(event);
    const text = oneLine(words);
    if (logger !== undefined) logger[level](event, text);
    else if (verbose || level !== 'debug') console.error(`virgl vtest: ${text}`);
  };
};
