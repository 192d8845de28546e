// What `virgl doctor` looks at, one check after the other; each says what to do when it does not pass.

import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { addon, findRenderNodes, inspectLibrary } from '../host';
import type { InfoReport } from './info-command';
import type { Check, Finding } from './doctor-finding';
import { checkVenus } from './venus-check';

const run = promisify(execFile);

const OLDEST_TESTED = '0.10.4';
const NODE_MAJOR = 20;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const checkNode = (): Finding => {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= NODE_MAJOR) return { state: 'ok', text: `Node ${process.versions.node}` };
  return {
    state: 'bad',
    text: `Node ${process.versions.node}`,
    advice: `Install Node ${NODE_MAJOR} or newer`,
  };
};

const checkPlatform = (): Finding => {
  const text = `${process.platform} ${process.arch}`;
  if (process.platform === 'linux') return { state: 'ok', text };
  return { state: 'bad', text, advice: 'virglrenderer needs Linux' };
};

const checkAddon = (): Finding => {
  try {
    return { state: 'ok', text: `loaded, ${addon().calls.length} calls` };
  } catch (error) {
    return { state: 'bad', text: messageOf(error) };
  }
};

const checkLibrary = (): Finding => {
  try {
    const { path, release, exact, functions } = inspectLibrary();
    const present = Object.values(functions).filter(Boolean).length;
    const text = `${path}, release ${release}${exact ? '' : ' or newer'}, ${present} functions`;
    if (release !== '0.9') return { state: 'ok', text };
    return { state: 'bad', text, advice: `Install virglrenderer ${OLDEST_TESTED} or newer` };
  } catch (error) {
    return { state: 'bad', text: messageOf(error) };
  }
};

const readableNode = (node: string): boolean => {
  try {
    accessSync(node, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

const checkRenderNodes = (): Finding => {
  const nodes = findRenderNodes();
  if (nodes.length === 0) {
    return {
      state: 'note',
      text: 'none: rendering is done in software',
      advice: 'Nothing, unless this machine has a GPU',
    };
  }
  const closed = nodes.filter((node) => !readableNode(node));
  if (closed.length === 0) return { state: 'ok', text: nodes.join(', ') };
  return {
    state: 'note',
    text: `${closed.join(', ')} can't be opened by this user`,
    advice: 'Join the group that owns it: sudo usermod -aG render $USER, then log in again',
  };
};

const describeReport = ({ gl, start }: InfoReport): string => {
  const where = `${start.platform}${start.renderNode === undefined ? '' : ` on ${start.renderNode}`}`;
  const failures = start.failedStarts.length === 0 ? '' : `, after ${start.failedStarts.join('; ')}`;
  return `${gl.renderer}, GL ${gl.version}, ${where}${failures}`;
};

// In a process of its own, because libepoxy and drivers abort when a library of theirs is missing.
const checkRendering = async (): Promise<Finding> => {
  try {
    const { stdout } = await run(process.execPath, [path.join(__dirname, 'main.js'), 'info', '--json']);
    return { state: 'ok', text: describeReport(JSON.parse(stdout) as InfoReport) };
  } catch (error) {
    const { signal, stderr } = error as { signal?: string; stderr?: string };
    const crash = typeof signal === 'string' ? `the renderer died of ${signal}: ` : '';
    return {
      state: 'bad',
      text: `${crash}${stderr?.trim() ?? messageOf(error)}`,
      advice: 'Install Mesa with EGL: apt install libegl1 libegl-mesa0 libgl1-mesa-dri libopengl0',
    };
  }
};

/** All checks, in the order in which one builds on the other. */
export const CHECKS: readonly Check[] = [
  { name: 'node', run: checkNode },
  { name: 'platform', run: checkPlatform },
  { name: 'addon', run: checkAddon },
  { name: 'library', run: checkLibrary },
  { name: 'render nodes', run: checkRenderNodes },
  { name: 'rendering', run: checkRendering },
  { name: 'venus', run: checkVenus },
];
