// What a server tells, as a log: one line an event, for people or as JSON for programs.

import pino from 'pino';

/** How much an event matters. */
export type Level = 'debug' | 'info' | 'warn';

/** Level and words of each event of a server. */
export type EventLines<Event extends { event: string }> = {
  readonly [Name in Event['event']]: (event: Extract<Event, { event: Name }>) => [Level, string];
};

/** How a log is written. */
export interface EventLogOptions {
  /** One JSON object a line, as pino writes them: `level`, `time`, `event` and its fields, `msg`. */
  json?: boolean;
  /** Also what is only of interest when something is wrong. */
  verbose?: boolean;
}

const STDERR = 2;
const CONTROL = /\p{Cc}/gu;

/** What a client caused to be said, as a line that does nothing to a terminal. */
const oneLine = (text: string): string =>
  text
    .trim()
    .replaceAll(/\s*\n\s*/g, ' | ')
    .replaceAll(CONTROL, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** A log on stderr, whose lines begin with the name of the command. */
export const eventWriter = <Event extends { event: string }>(
  command: string,
  lines: EventLines<Event>,
  { json = false, verbose = false }: EventLogOptions,
): ((event: Event) => void) => {
  const logger = json
    ? pino({ level: verbose ? 'debug' : 'info', base: null }, pino.destination({ dest: STDERR, sync: true }))
    : undefined;
  return (event) => {
    const line = lines[event.event as Event['event']] as (event: Event) => [Level, string];
    const [level, words] = line(event);
    const text = oneLine(words);
    if (logger !== undefined) logger[level](event as object, text);
    else if (verbose || level !== 'debug') console.error(`${command}: ${text}`);
  };
};
