// A vtest server for tests: it remembers what it is asked, keeps the bytes of resources, and renders nothing. Written from the
// description of the protocol, and byte by byte, so that it does not share a mistake with the client.

import { SharedMemory, UnixSocket } from '../../lib/host';
import { VTEST_COMMANDS, type VtestCommand, type VtestCommandName } from '../../lib/vtest/commands';

/** A request as it came. */
export interface FakeRequest {
  name: VtestCommandName;
  length: number;
  fields: Record<string, number>;
  tail: Uint8Array;
}

/** Bytes per texel of the formats that tests use. */
const TEXEL_BYTES: Readonly<Record<number, number>> = { 64: 1, 1: 4, 67: 4, 31: 16 };
const NAMES = new Map(Object.entries(VTEST_COMMANDS).map(([name, { id }]) => [id, name as VtestCommandName]));

const minify = (size: number, level: number): number => Math.max(1, size >> level);

/** Texels of a resource, level by level, x then y then layers. */
export class FakeResource {
  readonly texel: number;
  readonly levels: { width: number; height: number; layers: number; bytes: Uint8Array }[] = [];
  memory: SharedMemory | undefined;

  constructor(readonly fields: Record<string, number>) {
    this.texel = TEXEL_BYTES[fields.format];
    for (let level = 0; level <= fields.lastLevel; level += 1) {
      const width = fields.target === 0 ? fields.width : minify(fields.width, level);
      const height = minify(fields.height, level);
      const layers = fields.target === 3 ? minify(fields.depth, level) : fields.arraySize;
      this.levels.push({
        width,
        height,
        layers,
        bytes: new Uint8Array(width * height * layers * this.texel),
      });
    }
  }

  /** Copies a box between the texels and memory, one texel after the other. */
  move(direction: 'put' | 'get', fields: Record<string, number>, memory: Uint8Array, offset: number): void {
    const { level, x, y, z, width, height, depth, stride = 0, layerStride = 0 } = fields;
    const to = this.levels[level];
    const rowStride = stride || to.width * this.texel;
    const sliceStride = layerStride || rowStride * to.height;
    // As virglrenderer: one layer is read at a time.
    const layers = direction === 'get' ? Math.min(depth, 1) : depth;
    for (let layer = 0; layer < layers; layer += 1)
      for (let row = 0; row < height; row += 1)
        for (let column = 0; column < width * this.texel; column += 1) {
          const at = offset + layer * sliceStride + row * rowStride + column;
          const place = (((z + layer) * to.height + y + row) * to.width + x) * this.texel + column;
          if (direction === 'put') to.bytes[place] = memory[at];
          else memory[at] = to.bytes[place];
        }
  }
}

/** What a test may change. */
export interface FakeServerOptions {
  /** Newest version; 0 with `knowsVersions: false` is a server before PING. */
  version?: number;
  knowsVersions?: boolean;
  /** Requests for which it closes the connection. */
  refuses?: (request: FakeRequest) => boolean;
  /** Resources that it does not make, without a word. */
  makesNo?: (fields: Record<string, number>) => boolean;
  /** Bytes of the memory that it shares, other than asked for. */
  sharedBytes?: (asked: number) => number;
}

const u32 = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);

/** One connection's server. */
export class FakeVtestServer {
  readonly requests: FakeRequest[] = [];
  readonly resources = new Map<number, FakeResource>();
  /** Replaces the answer to a command. */
  readonly answers: Partial<Record<VtestCommandName, (request: FakeRequest) => void | Promise<void>>> = {};
  /** Nothing is answered before this. */
  gate: Promise<void> = Promise.resolve();
  readonly ended: Promise<void>;
  #buffer = new Uint8Array(0);
  #version = 0;
  #nextId = 1;

  constructor(
    readonly socket: UnixSocket,
    readonly options: FakeServerOptions = {},
  ) {
    this.ended = this.#serve().catch(() => undefined);
  }

  /** A server, and the socket to speak with it. */
  static pair(options: FakeServerOptions = {}): [UnixSocket, FakeVtestServer] {
    const [ours, theirs] = UnixSocket.pair('stream');
    return [ours, new FakeVtestServer(theirs, options)];
  }

  /** Requests of a command. */
  of(name: VtestCommandName): FakeRequest[] {
    return this.requests.filter((request) => request.name === name);
  }

  /** Names of all requests but those that only ask for an answer. */
  get names(): VtestCommandName[] {
    const plumbing: readonly string[] = ['RESOURCE_BUSY_WAIT', 'PING_PROTOCOL_VERSION'];
    return this.requests.map(({ name }) => name).filter((name) => !plumbing.includes(name));
  }

  send(...bytes: Uint8Array[]): Promise<void> {
    return this.socket.send(bytes);
  }

  async sendMemory(memory: SharedMemory): Promise<void> {
    using fd = memory.duplicateFd();
    await this.socket.send(Uint8Array.of(0), { fds: [fd] });
  }

  close(): void {
    this.socket.close();
    for (const { memory } of this.resources.values()) memory?.close();
  }

  async #bytes(count: number): Promise<Uint8Array> {
    while (this.#buffer.length < count) {
      const more = new Uint8Array(65536);
      const length = await this.socket.receive(more);
      if (length === 0) throw new Error('end');
      const joined = new Uint8Array(this.#buffer.length + length);
      joined.set(this.#buffer);
      joined.set(more.subarray(0, length), this.#buffer.length);
      this.#buffer = joined;
    }
    const bytes = this.#buffer.slice(0, count);
    this.#buffer = this.#buffer.slice(count);
    return bytes;
  }

  async #request(): Promise<FakeRequest> {
    const [length, id] = new Uint32Array((await this.#bytes(8)).buffer);
    const name = NAMES.get(id) as VtestCommandName;
    const { fields: names, tail }: VtestCommand = VTEST_COMMANDS[name];
    const words = new Uint32Array((await this.#bytes(names.length * 4)).buffer);
    const fields = Object.fromEntries(names.map((field, index) => [field, words[index]]));
    const tailBytes =
      tail?.kind === 'header-bytes'
        ? length
        : tail?.kind === 'header-dwords'
          ? length * 4
          : tail?.kind === 'bytes'
            ? fields[tail.countField]
            : 0;
    return { name, length, fields, tail: await this.#bytes(tailBytes) };
  }

  async #serve(): Promise<void> {
    for (;;) {
      const request = await this.#request();
      this.requests.push(request);
      await this.gate;
      if (this.options.refuses?.(request) === true) {
        this.socket.close();
        return;
      }
      await (this.answers[request.name] ?? this.#answer).call(this, request);
    }
  }

  readonly #answer = async ({ name, fields, tail }: FakeRequest): Promise<void> => {
    const { knowsVersions = true, version = 4 } = this.options;
    switch (name) {
      case 'PING_PROTOCOL_VERSION':
        return knowsVersions ? this.send(u32(0, 10)) : undefined;
      case 'RESOURCE_BUSY_WAIT':
        return this.send(u32(1, 7, 0));
      case 'PROTOCOL_VERSION':
        this.#version = Math.min(version, fields.version);
        return this.send(u32(1, 11, this.#version));
      case 'GET_CAPS':
        return this.send(u32(309, 1), new Uint8Array(308).fill(1));
      case 'GET_CAPS2':
        return this.send(u32(1377, 2), new Uint8Array(1376).fill(2));
      case 'GET_CAPSET':
        return fields.capsetId === 4 ? this.send(u32(3, 16, 1, 8, 9)) : this.send(u32(1, 16, 0));
      case 'GET_PARAM':
        return this.send(u32(2, 15, fields.param === 1 ? 1 : 0, fields.param === 1 ? 64 : 0));
      case 'RESOURCE_CREATE':
      case 'RESOURCE_CREATE2':
        return this.#create(name, fields);
      case 'RESOURCE_UNREF':
        this.resources.get(fields.handle)?.memory?.close();
        this.resources.delete(fields.handle);
        return;
      case 'TRANSFER_PUT':
        this.#resource(fields).move('put', fields, tail, 0);
        return;
      case 'TRANSFER_GET': {
        const data = new Uint8Array(fields.dataSize);
        this.#resource(fields).move('get', fields, data, 0);
        return this.send(data);
      }
      case 'TRANSFER_PUT2':
      case 'TRANSFER_GET2': {
        const resource = this.#resource(fields);
        const memory = (resource.memory as SharedMemory).bytes;
        resource.move(name === 'TRANSFER_PUT2' ? 'put' : 'get', fields, memory, fields.offset);
        return;
      }
      default:
    }
  };

  async #create(name: 'RESOURCE_CREATE' | 'RESOURCE_CREATE2', fields: Record<string, number>): Promise<void> {
    if (this.options.makesNo?.(fields) === true) return;
    const handle = this.#version >= 3 ? this.#nextId++ : fields.handle;
    const resource = new FakeResource(fields);
    this.resources.set(handle, resource);
    if (this.#version >= 3) await this.send(u32(1, VTEST_COMMANDS[name].id, handle));
    const asked = fields.dataSize ?? 0;
    if (asked === 0) return;
    resource.memory = SharedMemory.create(this.options.sharedBytes?.(asked) ?? asked);
    await this.sendMemory(resource.memory);
  }

  #resource({ handle }: Record<string, number>): FakeResource {
    const resource = this.resources.get(handle);
    if (resource !== undefined) return resource;
    this.socket.close();
    throw new Error(`no resource ${handle}`);
  }
}
