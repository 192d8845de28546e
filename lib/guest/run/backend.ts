// The GPU of a guest: a vhost-user-gpu server of its own.

import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { recordSessions } from '../../trace';
import { type VhostUserGpuEvent, VhostUserGpuServer, type VhostUserGpuServerOptions } from '../../vhost-user';

/** What {@link GuestBackend.open} is told. */
export interface GuestBackendOptions {
  /** File for a recording of what the guest draws. */
  record?: string;
  /** More for the server. */
  server?: Omit<VhostUserGpuServerOptions, 'path' | 'fd' | 'wrapHostModule' | 'onEvent'>;
  onEvent?: (event: VhostUserGpuEvent) => void;
}

/** What a server told of its guests. */
export interface BackendReport {
  /** Commands of guests that are gone. */
  commands: number;
  /** What guests, or the streams that they submitted, did wrong. */
  warnings: string[];
  /** Why sessions ended, other than that QEMU left. */
  failures: string[];
}

/** A server for guests of this process, and what it told. */
export class GuestBackend implements AsyncDisposable {
  readonly socketPath: string;
  readonly #server: VhostUserGpuServer;
  readonly #folder: string;
  readonly #report: BackendReport;

  private constructor(server: VhostUserGpuServer, folder: string, socketPath: string, report: BackendReport) {
    this.#server = server;
    this.#folder = folder;
    this.socketPath = socketPath;
    this.#report = report;
  }

  /** Starts one on a private socket. @throws VirglError as VhostUserGpuServer.listen */
  static async open({ record, server, onEvent }: GuestBackendOptions = {}): Promise<GuestBackend> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'virgl-gpu-'));
    const socketPath = path.join(folder, 'gpu.sock');
    const report: BackendReport = { commands: 0, warnings: [], failures: [] };
    try {
      const listening = await VhostUserGpuServer.listen({
        spareProcesses: 1,
        ...server,
        path: socketPath,
        wrapHostModule: record === undefined ? undefined : recordSessions({ file: path.resolve(record) }),
        onEvent: (event) => {
          note(report, event);
          onEvent?.(event);
        },
      });
      return new GuestBackend(listening, folder, socketPath, report);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** What it told so far. */
  get report(): Readonly<BackendReport> {
    return this.#report;
  }

  /** Ends it; guests that are connected lose their GPU. */
  async close(): Promise<void> {
    await this.#server.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const note = (report: BackendReport, event: VhostUserGpuEvent): void => {
  if (event.event === 'warning') report.warnings.push(event.message);
  if (event.event !== 'disconnected') return;
  report.commands += event.commands;
  if (event.reason !== undefined) report.failures.push(event.reason);
};
