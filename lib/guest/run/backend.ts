// The GPU of a guest: a vhost-user-gpu server of its own.

import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {
  nameConnectionFiles,
  type RecordedFile,
  removeConnectionFiles,
} from '../../trace/record/trace-files';
import {
  type GuestScreen,
  type VhostUserGpuEvent,
  VhostUserGpuServer,
  type VhostUserGpuServerOptions,
} from '../../vhost-user';
import { recordGuests } from './recorder';

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
  /** Recordings, once the server has ended. */
  recordings: RecordedFile[];
}

/** A server for guests of this process, and what it told. */
export class GuestBackend implements AsyncDisposable {
  readonly socketPath: string;
  readonly #server: VhostUserGpuServer;
  readonly #folder: string;
  readonly #record: string | undefined;
  readonly #report: BackendReport;
  #isClosed = false;

  private constructor(server: VhostUserGpuServer, folder: string, report: BackendReport, record?: string) {
    this.#server = server;
    this.#folder = folder;
    this.socketPath = socketIn(folder);
    this.#record = record;
    this.#report = report;
  }

  /** Starts one on a private socket. @throws VirglError as VhostUserGpuServer.listen */
  static async open({ record, server, onEvent }: GuestBackendOptions = {}): Promise<GuestBackend> {
    if (record !== undefined) removeConnectionFiles(record);
    const folder = await mkdtemp(path.join(os.tmpdir(), 'virgl-gpu-'));
    const report: BackendReport = { commands: 0, warnings: [], failures: [], recordings: [] };
    try {
      const listening = await VhostUserGpuServer.listen({
        // Guests are started without a display of QEMU's, and pictures of them are taken through QMP.
        dmabuf: false,
        ...server,
        path: socketIn(folder),
        wrapHostModule: record === undefined ? undefined : recordGuests(record),
        onEvent: (event) => {
          note(report, event);
          onEvent?.(event);
        },
      });
      return new GuestBackend(listening, folder, report, record);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** What it told so far. */
  get report(): Readonly<BackendReport> {
    return this.#report;
  }

  /** Displays of a guest, by the number of its connection from 1. */
  screens(client: number): readonly GuestScreen[] {
    return this.#server.screens(client);
  }

  /** Ends it; guests that are connected lose their GPU. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#server.close();
    if (this.#record !== undefined) this.#report.recordings.push(...nameConnectionFiles(this.#record));
    await rm(this.#folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const socketIn = (folder: string): string => path.join(folder, 'gpu.sock');

const note = (report: BackendReport, event: VhostUserGpuEvent): void => {
  if (event.event === 'warning') report.warnings.push(event.message);
  if (event.event !== 'disconnected') return;
  report.commands += event.commands;
  if (event.reason !== undefined) report.failures.push(event.reason);
};
