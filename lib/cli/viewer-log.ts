// What servers of viewers tell, as a log: one line an event, for people or as JSON for programs. No secrets are in it.

import pino from 'pino';
import type { ViewEvent } from '../display';

type Level = 'debug' | 'info' | 'warn';
type EventOf<Name> = Extract<ViewEvent, { event: Name }>;

const STDERR = 2;
const CONTROL = /\p{Cc}/gu;

const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

/** Level and words of each event. */
const LINES: { [Name in ViewEvent['event']]: (event: EventOf<Name>) => [Level, string] } = {
  listening: ({ url, fingerprint }) => [
    'info',
    `listening on ${url}${fingerprint === undefined ? '' : `, certificate SHA-256 ${fingerprint}`}`,
  ],
  certificate: ({ file }) => ['info', `made a certificate: ${file}`],
  login: ({ address, by }) => ['info', `${address} was let in by ${by === 'token' ? 'its address' : 'password'}`],
  refused: ({ address, reason }) => ['warn', `${address} was refused: ${reason}`],
  connected: ({ viewer, address, display }) => ['info', `viewer ${viewer} of display ${display}: ${address}`],
  viewer: ({ viewer, told }) => ['debug', `viewer ${viewer}: ${JSON.stringify(told)}`],
  disconnected: ({ viewer, end }) => [
    end.kind === 'failed' || end.kind === 'protocol' ? 'warn' : 'info',
    `viewer ${viewer} ended: ${end.reason} (${end.frames} frames, ${mib(end.sentBytes)}, ${(end.durationMs / 1000).toFixed(1)} s)`,
  ],
  warning: ({ message }) => ['warn', message],
  closed: ({ url }) => ['debug', `closed ${url}`],
};

/** What a viewer caused to be said, as a line that does nothing to a terminal. */
const oneLine = (text: string): string =>
  text.replaceAll(CONTROL, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);

/**
 * A log on stderr.
 * @param json one JSON object a line, as pino writes them
 * @param verbose also what is only of interest when something is wrong
 */
export const viewerLog = (
  verb: string,
  { json = false, verbose = false }: { json?: boolean; verbose?: boolean },
): ((event: ViewEvent) => void) => {
  const logger = json
    ? pino({ level: verbose ? 'debug' : 'info', base: null }, pino.destination({ dest: STDERR, sync: true }))
    : undefined;
  return (event) => {
    const line = LINES[event.event] as (event: ViewEvent) => [Level, string];
    const [level, words] = line(event);
    const text = oneLine(words);
    if (logger !== undefined) logger[level](event, text);
    else if (verbose || level !== 'debug') console.error(`virgl ${verb}: ${text}`);
  };
};
