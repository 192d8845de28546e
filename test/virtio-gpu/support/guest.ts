// A driver and its memory, to drive a device from the guest's side.

import {
  type MemoryRange,
  type NullAnswers,
  NullHost,
  type RenderHost,
  SharedMemory,
} from '../../../lib/host';
import { VirglError } from '../../../lib/protocol/error';
import {
  type CommandFields,
  type CommandName,
  CURSOR_COMMANDS,
  type DecodedResponse,
  decodeResponse,
  encodeRequest,
  type GuestError,
  type GuestMemory,
  type MessageHeader,
  type TailValue,
  VirtioGpuDevice,
  type VirtioGpuDeviceOptions,
  type VirtioGpuListener,
} from '../../../lib/virtio-gpu';

/** Guest-physical memory whose first page is at this address. */
export const BASE = 0x10_0000;
const MEMORY_BYTES = 1024 * 1024;

/** Fields of a request without what is counted. */
export type Fields<Name extends CommandName> = Parameters<typeof encodeRequest<Name>>[1];

/** Memory of a guest, in one piece. */
export class FlatMemory implements GuestMemory {
  readonly memory: SharedMemory;

  constructor(
    sizeBytes = MEMORY_BYTES,
    readonly base = BASE,
  ) {
    this.memory = SharedMemory.create(sizeBytes);
  }

  ranges(address: number, lengthBytes: number): MemoryRange[] {
    const offset = address - this.base;
    if (offset < 0 || offset + lengthBytes > this.memory.sizeBytes)
      throw new VirglError('ERR_VIRGL_ARGUMENT', `no memory at 0x${address.toString(16)}`);
    return [this.memory.range(offset, lengthBytes)];
  }
}

/** What a capability set of the fake host holds. */
export const CAPSET_BYTES = { 1: 308, 2: 1376 } as const;

/** A host with the two capability sets of virgl, and an empty one as virglrenderer 0.10 has for venus. */
export const fakeHost = (answers: NullAnswers = {}): NullHost =>
  new NullHost({
    getCapSet: ({ capsetId }) => ({
      maxVersion: capsetId <= 2 ? capsetId : 0,
      maxSizeBytes: { 1: 308, 2: 1376, 4: 156 }[capsetId] ?? 0,
    }),
    fillCaps: ({ capsetId }) => new Uint8Array({ 1: 308, 2: 1376, 4: 156 }[capsetId] ?? 0).fill(capsetId % 4),
    resourceGetMapInfo: () => 1,
    ...answers,
  });

/** Something that a device told. */
export type Told = [name: keyof VirtioGpuListener, ...args: unknown[]];

/** A device with a driver. */
export class Guest {
  readonly told: Told[] = [];

  private constructor(
    readonly device: VirtioGpuDevice,
    readonly host: RenderHost,
    readonly memory: FlatMemory,
    told: Told[],
  ) {
    this.told = told;
  }

  static async boot(
    options: Partial<VirtioGpuDeviceOptions> = {},
    answers: NullAnswers = {},
  ): Promise<Guest> {
    const told: Told[] = [];
    const listener = new Proxy(
      {},
      {
        get:
          (_, name) =>
          (...args: unknown[]) =>
            void told.push([name as Told[0], ...args]),
      },
    );
    const memory = new FlatMemory();
    const host = options.host ?? fakeHost(answers);
    const device = await VirtioGpuDevice.open({ memory, listener, ...options, host });
    return new Guest(device, host, memory, told);
  }

  /** Sends bytes and waits for the answer. */
  raw(request: Uint8Array, queue: 'control' | 'cursor' = 'control'): Promise<DecodedResponse> {
    return new Promise((resolve, reject) => {
      this.device[queue](request, (bytes) => {
        try {
          resolve(decodeResponse(bytes));
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  }

  /** Sends a command and waits for the answer. */
  send<Name extends CommandName>(
    name: Name,
    fields: Fields<Name>,
    header: MessageHeader = {},
    tail?: TailValue,
  ): Promise<DecodedResponse> {
    return this.raw(
      encodeRequest(name, fields, header, tail),
      name in CURSOR_COMMANDS ? 'cursor' : 'control',
    );
  }

  /** As {@link send}, for a command that must succeed. */
  async ok<Name extends CommandName>(
    ...args: Parameters<typeof encodeRequest<Name>>
  ): Promise<DecodedResponse> {
    const response = await this.send(...args);
    if (response.name.startsWith('ERR_'))
      throw new Error(`${args[0]}: ${response.name}: ${this.errors().at(-1)?.message}`);
    return response;
  }

  /** A picture with memory behind it. */
  async picture(
    resourceId: number,
    size: { width: number; height: number },
    format = 2,
    offset = 0,
  ): Promise<void> {
    await this.ok('RESOURCE_CREATE_2D', { resourceId, format, ...size });
    const lengthBytes = size.width * size.height * 4;
    await this.ok('RESOURCE_ATTACH_BACKING', { resourceId }, {}, [{ address: BASE + offset, lengthBytes }]);
  }

  /** A context. */
  async context(contextId: number, name = 'test', contextInit = 0): Promise<void> {
    const debugName = new Uint8Array(64);
    const { written } = new TextEncoder().encodeInto(name, debugName);
    await this.ok('CTX_CREATE', { nameLength: written, contextInit, debugName }, { contextId });
  }

  /** Wrong commands so far. */
  errors(): GuestError[] {
    return this.heard('guestError').map(([error]) => error as GuestError);
  }

  /** What was told of one kind. */
  heard(wanted: keyof VirtioGpuListener): unknown[][] {
    return this.told.filter(([name]) => name === wanted).map(([, ...args]) => args);
  }

  /** Ends the device; nothing of it may be left on the host. */
  async shutDown(): Promise<void> {
    await this.device.close();
    expect(this.device.counts()).toEqual({ contexts: 0, resources: 0, backings: 0, fences: 0, commands: 0 });
    expect(this.host.counts()).toMatchObject({ contexts: 0, resources: 0, backings: 0 });
    this.memory.memory.close();
  }
}

/** A rectangle. */
export const rect = (x: number, y: number, width: number, height: number) => ({ x, y, width, height });

/** The fields of RESOURCE_CREATE_3D for a texture to draw to. */
export const texture3d = (
  resourceId: number,
  change: Partial<CommandFields<'RESOURCE_CREATE_3D'>> = {},
): CommandFields<'RESOURCE_CREATE_3D'> => ({
  resourceId,
  target: 2,
  format: 2,
  bind: 0x14_000a,
  width: 16,
  height: 8,
  depth: 1,
  arraySize: 1,
  lastLevel: 0,
  nrSamples: 0,
  flags: 0,
  ...change,
});
