// Runs an unmodified program with a private vtest server behind its OpenGL.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { VirglError } from '../../protocol/error';
import type { VtestClientInfo, VtestClientReport, VtestServerEvent } from '../server/events';
import type { VtestServerOptions } from '../server/options';
import { VtestServer } from '../server/server';
import { checkProgram } from './find-program';
import { detour } from './fixed-path';

/** What {@link runProgram} is told. */
export interface RunOptions {
  /** The server; its path is chosen here. */
  server?: Omit<VtestServerOptions, 'path'>;
  /** Told what may surprise. */
  onWarning?: (message: string) => void;
}

/** How a program's run went. */
export interface RunReport {
  /** Undefined when a signal ended it. */
  exitCode?: number;
  signal?: NodeJS.Signals;
  durationMs: number;
  /** Its connections, in the order in which they ended. */
  clients: (VtestClientInfo & VtestClientReport)[];
}

/** The environment in which Mesa renders through the vtest server at a path. */
export const clientEnvironment = (socketPath: string): Readonly<Record<string, string>> => ({
  // Otherwise Mesa looks for a DRM device first.
  LIBGL_ALWAYS_SOFTWARE: '1',
  GALLIUM_DRIVER: 'virpipe',
  // Mesa from 23.0 on.
  VTEST_SOCKET_NAME: socketPath,
});

const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const start = async (
  command: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ exitCode?: number; signal?: NodeJS.Signals }> => {
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: 'inherit', env });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of FORWARDED_SIGNALS) process.on(signal, forward);
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return { exitCode: code ?? undefined, signal: signal ?? undefined };
  } catch (cause) {
    throw new VirglError('ERR_VIRGL_SYSTEM', `${program}: ${(cause as Error).message}`, {
      operation: 'spawn',
      cause,
    });
  } finally {
    for (const signal of FORWARDED_SIGNALS) process.off(signal, forward);
  }
};

/**
 * Runs a program on a private server that ends with it.
 * @param command program and arguments
 * @throws VirglError `ERR_VIRGL_SYSTEM` when it can't be started; as {@link VtestServer.listen}
 */
export const runProgram = async (
  command: readonly string[],
  options: RunOptions = {},
): Promise<RunReport> => {
  const { server: serverOptions = {}, onWarning } = options;
  const [program = ''] = command;
  checkProgram(program);
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'virgl-run-'));
  const clients: RunReport['clients'] = [];
  const onEvent = (event: VtestServerEvent): void => {
    // Who said nothing only looked whether the server lives.
    if (event.event === 'disconnected' && event.commands > 0) clients.push(event);
    serverOptions.onEvent?.(event);
  };
  try {
    const socketPath = path.join(folder, 'vtest.sock');
    await using server = await VtestServer.listen({ ...serverOptions, path: socketPath, onEvent });
    using way = detour(socketPath);
    if (way.problem !== undefined) onWarning?.(way.problem);
    const since = performance.now();
    const env = { ...process.env, ...clientEnvironment(socketPath) };
    const outcome = await start([...way.prefix, ...command], env);
    const durationMs = performance.now() - since;
    await server.drain();
    return { ...outcome, durationMs, clients };
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
};
