// A client of QEMU's machine protocol: JSON, one object a line. Facts: QEMU's docs/interop/qmp-spec.rst.

import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { VirglError } from '../../protocol/error';

/** Something that happened in the machine, such as `RESET`. */
export interface QmpEvent {
  event: string;
  data?: Record<string, unknown>;
}

interface Message extends Partial<QmpEvent> {
  QMP?: unknown;
  return?: unknown;
  error?: { class: string; desc: string };
  id?: number;
}

interface Waiting {
  command: string;
  resolve: (value: unknown) => void;
  reject: (error: VirglError) => void;
}

/** A connection to one QEMU. */
export class QmpClient {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #onEvent: (event: QmpEvent) => void;
  #lastId = 0;

  private constructor(socket: Socket, onEvent: (event: QmpEvent) => void) {
    this.#socket = socket;
    this.#onEvent = onEvent;
  }

  /** Talks over a connection that QEMU made. */
  static async open(
    socket: Socket,
    onEvent: (event: QmpEvent) => void = () => undefined,
  ): Promise<QmpClient> {
    const client = new QmpClient(socket, onEvent);
    const lines = createInterface({ input: socket });
    lines.on('line', (line) => client.#receive(line));
    // What follows, 'close', is told to whoever waits; both tell of the fault.
    for (const teller of [lines, socket]) teller.on('error', () => undefined);
    socket.once('close', () => client.#end());
    // Until this is said, QEMU understands nothing else; the answer comes after its greeting.
    await client.execute('qmp_capabilities');
    return client;
  }

  /**
   * Executes a command.
   * @returns what it returns
   * @throws VirglError `ERR_VIRGL_REFUSED` in QEMU's words, `ERR_VIRGL_CLOSED` when it is gone
   */
  execute(command: string, args?: Record<string, unknown>): Promise<unknown> {
    if (this.#socket.destroyed) return Promise.reject(this.#gone(command));
    const id = (this.#lastId += 1);
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    return new Promise((resolve, reject) => this.#waiting.set(id, { command, resolve, reject }));
  }

  /** Closes the connection; QEMU goes on. */
  close(): void {
    this.#socket.destroy();
  }

  #receive(line: string): void {
    const message = JSON.parse(line) as Message;
    if (message.event !== undefined) this.#onEvent({ event: message.event, data: message.data });
    const waiting = this.#waiting.get(message.id ?? 0);
    if (waiting === undefined) return;
    this.#waiting.delete(message.id ?? 0);
    const { command, resolve, reject } = waiting;
    if (message.error === undefined) resolve(message.return);
    else
      reject(
        new VirglError('ERR_VIRGL_REFUSED', `${command}: QEMU refused: ${message.error.desc}`, {
          operation: command,
        }),
      );
  }

  #end(): void {
    for (const { command, reject } of this.#waiting.values()) reject(this.#gone(command));
    this.#waiting.clear();
  }

  #gone(command: string): VirglError {
    return new VirglError('ERR_VIRGL_CLOSED', `${command}: QEMU has ended`, { operation: command });
  }
}
