// Loaded before a script that is to be recorded: every host that it opens is recorded into a file.

import { OPENED_HOST_WRAPPER, type OpenedHostWrapper } from '../../host';
import { TraceWriter } from '../format/trace-writer';
import { SCRIPT_RECORDING, type ScriptRecording } from './script-recording';
import { RecordingHost } from './recording-host';
import { numberedFile } from './trace-files';
import { describeHost } from './trace-meta';

const begin = ({ file, source, record }: ScriptRecording): void => {
  const recordings: RecordingHost[] = [];
  let count = 0;
  const wrap: OpenedHostWrapper = async (host) => {
    count += 1;
    const writer = TraceWriter.create(numberedFile(file, count), await describeHost(host, { source }));
    const recording = new RecordingHost(host, writer, record);
    recordings.push(recording);
    return recording;
  };
  (globalThis as { [OPENED_HOST_WRAPPER]?: OpenedHostWrapper })[OPENED_HOST_WRAPPER] = wrap;
  // For scripts that don't close what they open.
  process.once('beforeExit', () => void Promise.all(recordings.map((recording) => recording.close())));
};

const given = process.env[SCRIPT_RECORDING];
if (given !== undefined) {
  // Not for what the script starts.
  Reflect.deleteProperty(process.env, SCRIPT_RECORDING);
  begin(JSON.parse(given) as ScriptRecording);
}
