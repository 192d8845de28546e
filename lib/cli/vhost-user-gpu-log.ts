// What a vhost-user-gpu server tells, in words.

import type { GpuClientInfo, VhostUserGpuEvent } from '../vhost-user';
import { type EventLines, lineLog, type LogOptions } from './line-log';

const who = ({ client, pid }: GpuClientInfo): string => `guest ${client} (QEMU ${pid})`;

const LINES: EventLines<VhostUserGpuEvent> = {
  listening: ({ path }) => ['info', `listening on ${path}`],
  connected: (event) => ['debug', `${who(event)} connected`],
  refused: (event) => ['warn', `${who(event)} was turned away: ${event.reason}`],
  warning: (event) => ['warn', `${who(event)}: ${event.message}`],
  library: (event) => ['debug', `${who(event)}: virglrenderer: ${event.message}`],
  display: (event) => {
    const { display, width, height } = event;
    return [
      'debug',
      `${who(event)}: display ${display} ${width === 0 ? 'is off' : `shows ${width}x${height}`}`,
    ];
  },
  disconnected: (event) => {
    const { commands, durationMs, reason, lastCommand } = event;
    const did = `${commands} commands, ${(durationMs / 1000).toFixed(2)} s`;
    if (reason === undefined) return ['info', `${who(event)} left: ${did}`];
    const last = lastCommand === undefined ? '' : `; its last command was ${lastCommand}`;
    return ['warn', `${who(event)} was disconnected: ${reason}${last} (${did})`];
  },
  closed: ({ path }) => ['info', path === undefined ? 'ended' : `closed ${path}`],
};

/** A log on stderr. */
export const gpuEventLog = (options: LogOptions): ((event: VhostUserGpuEvent) => void) =>
  lineLog('vhost-user-gpu', LINES, options);
