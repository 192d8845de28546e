// Records what a script draws: it runs in a process of its own, in which the hosts that it opens are recorded.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { VirglError } from '../../protocol/error';
import type { RecordOptions } from './record-options';
import { SCRIPT_RECORDING, type ScriptRecording } from './script-recording';
import { describeFile, numberedFile, type RecordedFile } from './trace-files';

/** Options of {@link recordScript}. */
export interface RecordScriptOptions {
  /** Where the trace goes: that of the first host; further ones get `.2`, `.3`, … before the extension. */
  file: string;
  /** For the script. */
  args?: readonly string[];
  record?: RecordOptions;
}

/** How the script ended, and what it left. */
export interface RecordedScript {
  exitCode?: number;
  signal?: NodeJS.Signals;
  files: RecordedFile[];
}

// Compiled, also where this module is run from its source.
const FOLDER = path.join(__dirname, '..', '..', '..', 'dist', 'trace', 'record');

/** Options of node for a script: TypeScript needs tsx, of the script's package or of the current folder. */
const loaderFor = (script: string): string[] => {
  if (!/\.[cm]?tsx?$/.test(script)) return [];
  try {
    const tsx = require.resolve('tsx', { paths: [path.dirname(script), process.cwd(), __dirname] });
    return ['--import', pathToFileURL(tsx).href];
  } catch (cause) {
    const message = `recordScript: ${script} is TypeScript, which needs tsx: npm install --save-dev tsx`;
    throw new VirglError('ERR_VIRGL_SYSTEM', message, { operation: 'recordScript', cause });
  }
};

const leftFiles = (file: string): RecordedFile[] => {
  const files: RecordedFile[] = [];
  for (let number = 1; fs.existsSync(numberedFile(file, number)); number += 1)
    files.push(describeFile(numberedFile(file, number)));
  return files;
};

/**
 * Runs a script to its end and records what the hosts that it opens (`Renderer.open`, `NativeHost.open`) are told. A script that
 * exports `render(renderer, size, log)`, as the examples of this package do, is given a renderer of 640x480.
 * @throws VirglError `ERR_VIRGL_SYSTEM` where there is no such script, or no tsx for TypeScript
 */
export const recordScript = async (
  script: string,
  { file, args = [], record }: RecordScriptOptions,
): Promise<RecordedScript> => {
  const scriptPath = path.resolve(script);
  if (!fs.existsSync(scriptPath))
    throw new VirglError('ERR_VIRGL_SYSTEM', `recordScript: there is no script ${script}`, {
      operation: 'recordScript',
    });
  const loader = loaderFor(scriptPath);
  const target = path.resolve(file);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  for (let number = 1; fs.existsSync(numberedFile(target, number)); number += 1)
    fs.rmSync(numberedFile(target, number));
  const recording: ScriptRecording = { file: target, source: [script, ...args].join(' '), record };
  const hook = ['--require', path.join(FOLDER, 'script-hook.js'), ...loader];
  const child = spawn(
    process.execPath,
    [...hook, path.join(FOLDER, 'script-runner.js'), scriptPath, ...args],
    {
      stdio: 'inherit',
      env: { ...process.env, [SCRIPT_RECORDING]: JSON.stringify(recording) },
    },
  );
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return { exitCode: code ?? undefined, signal: signal ?? undefined, files: leftFiles(target) };
};
