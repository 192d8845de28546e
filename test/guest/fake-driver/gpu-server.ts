// A server for fake drivers, and what it has told.

import { UnixSocket } from '../../../lib/host';
import {
  type VhostUserGpuEvent,
  VhostUserGpuServer,
  type VhostUserGpuServerOptions,
} from '../../../lib/vhost-user';
import { FakeDriver, type FakeDriverOptions } from './fake-driver';

type EventOf<Name> = Extract<VhostUserGpuEvent, { event: Name }>;

/** A server that listens. */
export class GpuServer implements AsyncDisposable {
  readonly events: VhostUserGpuEvent[] = [];
  readonly server: VhostUserGpuServer;
  readonly path: string;

  private constructor(server: VhostUserGpuServer, path: string, events: VhostUserGpuEvent[]) {
    this.server = server;
    this.path = path;
    this.events = events;
  }

  static async start(path: string, options: VhostUserGpuServerOptions = {}): Promise<GpuServer> {
    const events: VhostUserGpuEvent[] = [];
    const server = await VhostUserGpuServer.listen({
      spareProcesses: 0,
      ...options,
      path,
      onEvent: (event) => events.push(event),
    });
    return new GpuServer(server, path, events);
  }

  connect(): UnixSocket {
    return UnixSocket.connect(this.path);
  }

  guest(options: FakeDriverOptions = {}): Promise<FakeDriver> {
    return FakeDriver.start(this.connect(), options);
  }

  /** What was told of this kind so far. */
  told<Name extends VhostUserGpuEvent['event']>(name: Name): EventOf<Name>[] {
    return this.events.filter((event): event is EventOf<Name> => event.event === name);
  }

  get warnings(): string[] {
    return this.told('warning').map(({ message }) => message);
  }

  /** Waits until so many events of a kind were told; returns the last of them. */
  async until<Name extends VhostUserGpuEvent['event']>(name: Name, count = 1): Promise<EventOf<Name>> {
    const limit = performance.now() + 20_000;
    while (this.told(name).length < count) {
      if (performance.now() > limit) throw new Error(`${name} was not told: ${JSON.stringify(this.events)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return this.told(name)[count - 1];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server.close();
  }
}
