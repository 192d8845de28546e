// A client of a vtest server, ours or virgl_test_server: one method per command of the protocol.
// Facts: virglrenderer vtest/vtest_protocol.h; Mesa src/gallium/winsys/virgl/vtest/virgl_vtest_socket.c.

import { UnixSocket } from '../../host';
import { invalidArgument, type VirglError } from '../../protocol/error';
import { NEWEST_VTEST_VERSION, type VtestVersion } from '../commands';
import { VtestCommands } from './command-methods';
import { ClientConnection, type ConnectionEnd } from './connection';
import { checkVersion, negotiateVersion, shakeHands } from './handshake';
import type { ClientSocket } from './input';
import { readBothCaps, readCaps, readCapset } from './replies';
import { encodeRequest } from './requests';

/** Options of {@link VtestClient.over}. */
export interface VtestClientOptions {
  /** Who this is, for the server's log. Default `virgl`. */
  name?: string;
  /** The newest version to ask for; the server may choose an older one. Default 4. */
  version?: VtestVersion;
  /** How long the server may take to say hello. Default 10 seconds. */
  timeoutMs?: number;
  /** Asked when the server has closed the connection: what else is known, for example how its process ended. */
  whyEnded?: () => Promise<ConnectionEnd>;
}

/** Options of {@link VtestClient.connect}. */
export interface VtestConnectOptions extends VtestClientOptions {
  /** The server's socket. Default: `VTEST_SOCKET_NAME` of the environment, else `/tmp/.virgl_test`. */
  path?: string;
}

const DEFAULT_PATH = '/tmp/.virgl_test';
const DEFAULT_NAME = 'virgl';
const DEFAULT_TIMEOUT_MS = 10_000;
const OPTION_NAMES = ['name', 'version', 'timeoutMs', 'whyEnded'];

const checkOptions = (operation: string, options: object, names: readonly string[]): void => {
  for (const key of Object.keys(options))
    if (!names.includes(key))
      throw invalidArgument(operation, key, `one of the options ${names.join(', ')}`, key);
};

/**
 * A connection to a vtest server. Requests may be made while others are pending: they go out together and are executed in
 * the order they are made. Each promise settles when its command has been executed. The protocol has no error replies: a
 * server that doesn't like a command closes the connection, and everything rejects with `ERR_VIRGL_CLOSED`, which names
 * the oldest command in flight.
 */
export class VtestClient extends VtestCommands implements Disposable {
  readonly #knowsVersions: boolean;
  #version: VtestVersion;

  private constructor(connection: ClientConnection, version: VtestVersion, knowsVersions: boolean) {
    super(connection);
    this.#version = version;
    this.#knowsVersions = knowsVersions;
  }

  /**
   * Connects to a server that listens at a path.
   * @throws VirglError `ERR_VIRGL_SYSTEM` when nobody listens there, `ERR_VIRGL_ARGUMENT`, `ERR_VIRGL_CLOSED`
   */
  static async connect(options: VtestConnectOptions = {}): Promise<VtestClient> {
    checkOptions('VtestClient.connect', options, [...OPTION_NAMES, 'path']);
    const { path = process.env.VTEST_SOCKET_NAME || DEFAULT_PATH, ...rest } = options;
    return VtestClient.over(UnixSocket.connect(path), rest);
  }

  /** Speaks over a socket that is connected already, and closes it with the client or when it can't be agreed on a version. */
  static async over(socket: ClientSocket, options: VtestClientOptions = {}): Promise<VtestClient> {
    const connection = new ClientConnection(socket, options.whyEnded);
    let timer: NodeJS.Timeout | undefined;
    try {
      checkOptions('VtestClient', options, OPTION_NAMES);
      const { name = DEFAULT_NAME, version = NEWEST_VTEST_VERSION, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
      const wanted = checkVersion('VtestClient', version);
      const late = `the vtest server did not say hello within ${timeoutMs} ms`;
      timer = setTimeout(() => connection.fail('ERR_VIRGL_CLOSED', late), timeoutMs);
      const agreed = await shakeHands(connection, name, wanted);
      return new VtestClient(connection, agreed.version, agreed.knowsVersions);
    } catch (error) {
      connection.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The version that was agreed on. */
  override get version(): VtestVersion {
    return this.#version;
  }

  /** True once the connection has ended, for whatever reason. */
  get closed(): boolean {
    return this.connection.failure !== undefined;
  }

  /** Why the connection has ended. */
  get failure(): VirglError | undefined {
    return this.connection.failure;
  }

  /** PING_PROTOCOL_VERSION: does nothing but answer. */
  async ping(): Promise<void> {
    await this.replied('PING_PROTOCOL_VERSION', {});
  }

  /**
   * PROTOCOL_VERSION: agrees on another version, at most the one given.
   * @returns what the server chose
   */
  async protocolVersion(version: VtestVersion): Promise<VtestVersion> {
    checkVersion('PROTOCOL_VERSION', version);
    if (!this.#knowsVersions) return this.#version;
    this.#version = await negotiateVersion(this.connection, version);
    return this.#version;
  }

  /** GET_CAPS: capability set 1. */
  async getCaps(): Promise<Uint8Array> {
    return this.connection.request('GET_CAPS', encodeRequest('GET_CAPS', {}), readCaps);
  }

  /** GET_CAPS2: capability set 2; undefined from servers that only have set 1. */
  async getCaps2(): Promise<Uint8Array | undefined> {
    // Those answer only the second one.
    const both = [...encodeRequest('GET_CAPS2', {}), ...encodeRequest('GET_CAPS', {})];
    return this.connection.request('GET_CAPS2', both, readBothCaps);
  }

  /** GET_PARAM: one of `VTEST_PARAMS`; undefined if the server doesn't know it. */
  async getParam(param: number): Promise<number | undefined> {
    const { valid, value } = await this.replied('GET_PARAM', { param });
    return valid === 0 ? undefined : value;
  }

  /** GET_CAPSET: any capability set; undefined if the server has no such set or version. */
  async getCapset(capsetId: number, version = 0): Promise<Uint8Array | undefined> {
    const request = encodeRequest('GET_CAPSET', { capsetId, version });
    return this.connection.request('GET_CAPSET', request, readCapset);
  }

  /** CONTEXT_INIT: which protocol the context speaks, before anything else is made. */
  contextInit(capsetId: number): Promise<void> {
    return this.silent('CONTEXT_INIT', { capsetId });
  }

  /** Ends the connection; pending requests reject. Harmless when it has ended. */
  close(): void {
    this.connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
