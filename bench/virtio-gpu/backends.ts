// The two backends that are compared, each with a driver that is connected.

import { UnixSocket } from '../../lib/host';
import { FakeDriver } from '../../test/guest/fake-driver/fake-driver';
import { GpuServer } from '../../test/guest/fake-driver/gpu-server';
import { buildC } from '../peers/build-c';
import { PeerProcess } from '../peers/peer-process';
import { childPids } from './placement';

const LIMIT_MS = 30_000;

/** A backend that serves a driver. */
export interface Backend {
  driver: FakeDriver;
  /** Its process, and none of others. */
  pids: readonly number[];
  close(): Promise<void>;
}

const startedSince = (before: readonly number[]): number[] =>
  childPids().filter((pid) => !before.includes(pid));

/** bench/peers/c/gpu.c. */
export const startC = async (path: string): Promise<Backend> => {
  const before = childPids();
  const [peer] = await PeerProcess.start({ program: buildC('gpu'), args: [path] }, 'ready');
  const driver = await FakeDriver.start(UnixSocket.connect(path), { limitMs: LIMIT_MS });
  const close = async (): Promise<void> => {
    driver[Symbol.dispose]();
    await peer.close();
  };
  return { driver, pids: startedSince(before), close };
};

/** `virgl vhost-user-gpu`: a session process of its server. */
export const startOurs = async (path: string): Promise<Backend> => {
  const before = childPids();
  const server = await GpuServer.start(path);
  const driver = await server.guest({ limitMs: LIMIT_MS });
  const close = async (): Promise<void> => {
    driver[Symbol.dispose]();
    await server.server.close();
    if (server.warnings.length > 0) throw new Error(server.warnings[0]);
  };
  return { driver, pids: startedSince(before), close };
};
