// What the process of a script that is recorded is told.

import type { RecordOptions } from './record-options';

/** The variable that says it, as JSON. */
export const SCRIPT_RECORDING = 'VIRGL_SCRIPT_RECORDING';

/** What is recorded, and where. */
export interface ScriptRecording {
  file: string;
  source: string;
  record?: RecordOptions;
}
