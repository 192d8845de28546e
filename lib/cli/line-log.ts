// A log on stderr: one line an event, for people or as JSON for programs.

import pino from 'pino';

/** How much a line matters. */
export type Level = 'debug' | 'info' | 'warn';

/** How a log is written. */
export interface LogOptions {
  /** One JSON object a line, as pino writes them: `level`, `time`, `event` and its fields, `msg`. */
  json?: boolean;
  /** Also what is only of interest when something is wrong. */
  verbose?: boolean;
}

/** Level and words of each kind of event. */
export type EventLines<Event extends { event: string }> = {
  [Name in Event['event']]: (event: Extract<Event, { event: Name }>) => [Level, string];
};

const STDERR = 2;
const CONTROL = /\p{Cc}/gu;

/** What somebody else caused to be said, as a line that does nothing to a terminal. */
const oneLine = (text: string): string =>
  text
    .trim()
    .replaceAll(/\s*\n\s*/g, ' | ')
    .replaceAll(CONTROL, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Where events go: each gets the words that its kind has in the table. */
export const lineLog = <Event extends { event: string }>(
  verb: string,
  lines: EventLines<Event>,
  { json = false, verbose = false }: LogOptions,
): ((event: Event) => void) => {
  const logger = json
    ? pino({ level: verbose ? 'debug' : 'info', base: null }, pino.destination({ dest: STDERR, sync: true }))
    : undefined;
  return (event) => {
    const line = lines[event.event as Event['event']] as (event: Event) => [Level, string];
    const [level, words] = line(event);
    const text = oneLine(words);
    if (logger !== undefined) logger[level](event as object, text);
    else if (verbose || level !== 'debug') console.error(`virgl ${verb}: ${text}`);
  };
};
