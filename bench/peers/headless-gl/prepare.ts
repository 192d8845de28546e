// Builds the npm package `gl` from source in build/bench/headless-gl: its prebuilt binaries cannot be had everywhere.
// Needs g++, python3, pkg-config and, on Debian: libx11-dev libxext-dev libxi-dev libgl-dev xvfb.
// Also a program: `tsx bench/peers/headless-gl/prepare.ts`. Does nothing if it is there already.

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { BUILD, ROOT } from '../../paths';

const VERSION = '8.1.6';
const FOLDER = path.join(BUILD, 'headless-gl');
const MODULE = path.join(FOLDER, 'node_modules', 'gl');
const BINARY = path.join(MODULE, 'build', 'Release', 'webgl.node');
const LOG = path.join(FOLDER, 'build.log');
const NODE_GYP = path.join(ROOT, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
// Where distributions put the headers of node, which node-gyp else downloads.
const SYSTEM_NODE = '/usr';

/** The folder of the module, or why there is none. */
export type HeadlessGl = { module: string } | { missing: string };

const hasProgram = (name: string): boolean =>
  (process.env.PATH ?? '').split(path.delimiter).some((folder) => fs.existsSync(path.join(folder, name)));

const runLogged = (cwd: string, program: string, args: readonly string[]): SpawnSyncReturns<Buffer> => {
  const log = fs.openSync(LOG, 'a');
  try {
    return spawnSync('nice', ['-n', '10', program, ...args], { cwd, stdio: ['ignore', log, log] });
  } finally {
    fs.closeSync(log);
  }
};

// The compiler's own line says more than what node-gyp, npm and make say after it.
const lastErrorLine = (): string => {
  const lines = fs
    .readFileSync(LOG, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const errors = lines.filter((line) => /\berror\b|not found|no such file/i.test(line));
  const own = errors.filter((line) => !/^(make|gyp|npm)\b/.test(line));
  return (own.at(-1) ?? errors.at(-1) ?? lines.at(-1) ?? 'no output').trim();
};

const nodeDirectory = (): string[] => {
  const named = process.env.npm_config_nodedir;
  const hasHeaders = fs.existsSync(path.join(SYSTEM_NODE, 'include', 'node', 'node_api.h'));
  if (named !== undefined && named !== '') return [`--nodedir=${named}`];
  return hasHeaders && process.execPath.startsWith(SYSTEM_NODE) ? [`--nodedir=${SYSTEM_NODE}`] : [];
};

/** Installs and compiles it unless that is done. Takes about a minute. */
export const prepareHeadlessGl = (): HeadlessGl => {
  if (!hasProgram('xvfb-run')) return { missing: 'no xvfb-run (Debian: xvfb)' };
  if (fs.existsSync(BINARY)) return { module: MODULE };
  fs.mkdirSync(FOLDER, { recursive: true });
  fs.writeFileSync(LOG, '');
  // Its own manifest and prefix keep npm from installing into the repository.
  fs.writeFileSync(path.join(FOLDER, 'package.json'), '{ "private": true }\n');
  const install = [
    'install',
    `gl@${VERSION}`,
    '--prefix',
    FOLDER,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
  ];
  const build = [NODE_GYP, 'rebuild', '-j', 'max', ...nodeDirectory()];
  const steps = [() => runLogged(FOLDER, 'npm', install), () => runLogged(MODULE, process.execPath, build)];
  for (const step of steps) {
    const { status } = step();
    if (status !== 0) return { missing: `gl ${VERSION} could not be built: ${lastErrorLine()} (see ${LOG})` };
  }
  return fs.existsSync(BINARY)
    ? { module: MODULE }
    : { missing: `gl ${VERSION} was built without ${BINARY}` };
};

if (require.main === module) {
  const prepared = prepareHeadlessGl();
  console.log('missing' in prepared ? prepared.missing : prepared.module);
}
