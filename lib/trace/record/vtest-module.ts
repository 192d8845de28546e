// What session processes of a vtest server load to record their client (`wrapHostModule`): a file for each connection.

import path from 'node:path';
import type { InitFlag } from '../../host';
import type { WrapHost, WrapHostModule } from '../../vtest';
import { LateTrace } from './late-trace';
import type { RecordOptions } from './record-options';
import { RecordingHost } from './recording-host';
import { connectionFile } from './trace-files';
import { describeHost } from './trace-meta';

/** What is recorded, and where. */
export interface SessionRecording {
  /** The files are named after it, with the number of the connection before the extension. */
  file: string;
  /** The program, as the traces name it. */
  source?: string;
  record?: RecordOptions;
  /** What the server starts virglrenderer with, and players should. Default: as vtest servers do. */
  flags?: readonly InitFlag[];
}

const VTEST_FLAGS: readonly InitFlag[] = ['threadSync', 'externalBlob'];

// Compiled, also where this module is run from its source.
const MODULE = path.join(__dirname, '..', '..', '..', 'dist', 'trace', 'record', 'vtest-module.js');

/** For `VtestServerOptions.wrapHostModule`: records every client of a server into a file of its own. */
export const recordSessions = ({ file, ...rest }: SessionRecording): WrapHostModule => ({
  module: MODULE,
  options: { ...rest, file: path.resolve(file) } satisfies SessionRecording,
});

/** Called in the session process. */
export const wrapHost: WrapHost = async (host, options, client) => {
  const { file, source, record, flags = VTEST_FLAGS } = options as SessionRecording;
  const given = { ...(source !== undefined && { source }), extra: { flags } };
  const meta = await describeHost(host, given);
  const trace = new LateTrace(connectionFile(file, client.number), meta);
  const recording = new RecordingHost(host, trace, record);
  client.onLog((text) => recording.log(text));
  return recording;
};
